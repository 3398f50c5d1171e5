"""What a fixed small workload costs in system calls (strace) and instructions (callgrind), beside what is recorded.

Times depend on the machine and on what else it does; these counts hardly do. Both are of the data plane: listener, doorkeeper
and session. Each tool runs a listener of its own, beside a berthd that is not traced, as systemd runs them.
"""

import collections
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

from client import Client
from servers import Berth, Failed, wait_for_port
from tracers import Calls, Instructions

RECORDED = pathlib.Path(__file__).parent / "guard.txt"
# The share by which a count may be above what is recorded; more below it is to be recorded anew.
CHANGE_MAX = 0.10
# A count that is too high is taken again: what the kernel and the client do at the same time as a session is never quite the
# same, and the lowest is what the session costs.
TRIES = 3
LOGINS = 5
STATS = 500
ENTRIES = 1000
MEBIBYTES = 8
CIPHER = "aes256-gcm@openssh.com"
# Debian's packages that the counts depend on.
PACKAGES = ("libc6", "libssh-4", "libssl3", "openssh-client", "valgrind")


def add_arguments(parser):
    group = parser.add_argument_group("--guard")
    group.add_argument(
        "--guard", action="store_true",
        help="count system calls and instructions; ends with status 1 when a count is more than 10 %% above what is recorded")
    group.add_argument("--record", action="store_true", help="with --guard: record the counts")


def figures(tracer, berth, load, directory):
    """What each thing that partners do costs, by kind."""

    def work(kind, count, path="."):
        command = [load, "work", str(berth.port), berth.user, kind, str(count), path]
        subprocess.run(command, env=dict(os.environ, BERTH_LOAD_PASSWORD=berth.password), check=True)

    def transfer(command):
        client = Client(berth, directory, CIPHER)
        client.run(command)
        client.close()

    def cost(amount, work, without):
        """Of one of so many, without what its session costs anyway."""
        total = tracer.measure(work)
        total.subtract(without)
        return {kind: count / amount for kind, count in total.items()}

    source, empty, target = directory / "source", directory / "empty", directory / "target"
    # The first login of an address is dearer than those after it.
    work("login", 1)
    login = tracer.measure(lambda: work("login", 1))
    result = {"login": cost(LOGINS, lambda: work("login", LOGINS), {})}
    result["STAT"] = cost(STATS, lambda: work("stat", STATS, "empty"), login)
    result["listing of 1,000 entries"] = cost(1, lambda: work("list", ENTRIES, "entries"), login)
    session = tracer.measure(lambda: transfer(f"put {empty} nothing"))
    result["upload of a MiB"] = cost(MEBIBYTES, lambda: transfer(f"put {source} whole"), session)
    session = tracer.measure(lambda: transfer(f"get empty {target}"))
    result["download of a MiB"] = cost(MEBIBYTES, lambda: transfer(f"get whole {target}"), session)
    if target.read_bytes() != source.read_bytes():
        raise Failed("what came back is not what was sent")
    return result


def prepare(berth, directory):
    """Runs Berth once untraced, which makes its host keys, and makes what the workload needs."""
    berth.start()
    berth.stop()
    (directory / "empty").touch()
    (directory / "source").write_bytes(os.urandom(MEBIBYTES * 2**20))
    (berth.home / "entries").mkdir()
    for number in range(ENTRIES):
        (berth.home / "entries" / f"entry-{number:04}").touch()
    (berth.home / "empty").touch()


def count(tracer, berth, load, directory):
    socket = tracer.directory / "control.sock"
    try:
        berth.launch({"BERTHD_SFTP_CONTROL_SOCKET": str(socket), "BERTHD_SANDBOX": "auto"}, waits=False)
        while not socket.exists():
            if berth.process.poll() is not None:
                raise Failed(f"berthd ended: {berth.log.read_text()}")
            time.sleep(0.05)
        tracer.start(socket)
        try:
            wait_for_port(berth.port, tracer.process, tracer.log)
            return figures(tracer, berth, load, directory)
        finally:
            tracer.stop()
    finally:
        berth.stop()


def build_name(programs):
    """Machine and configuration, which the counts are of: "x86_64 debug"."""
    return f"{platform.machine()} {programs.name}"


def versions():
    """Of what the counts depend on, where it can be told."""
    found = []
    try:
        query = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES]
        found += subprocess.run(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
        swift = subprocess.run(["swift", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        found += re.findall(r"Swift version [\d.]+", swift)
    except FileNotFoundError:
        pass
    return ", ".join(found)


def upstream(text):
    """Versions without what Debian adds to them for its own changes."""
    return re.sub(r"(?<=\d)-\S+?(?=,|$)", "", text)


class Records:
    """The recorded counts: a file with a line for each, and one for the versions they were taken with."""

    def __init__(self):
        self.counts, self.kinds, self.versions = {}, {}, {}
        for line in RECORDED.read_text().splitlines() if RECORDED.exists() else []:
            if line.startswith("with "):
                _, machine, build, text = line.split(maxsplit=3)
                self.versions[f"{machine} {build}"] = text
            elif line and not line.startswith("#"):
                text, _, kinds = line.partition(" # ")
                machine, build, unit, number, figure = text.split(maxsplit=4)
                self.counts[f"{machine} {build}", unit, figure.strip()] = float(number)
                self.kinds[f"{machine} {build}", unit, figure.strip()] = kinds

    def replace(self, build, results):
        self.versions[build] = versions()
        for records in (self.counts, self.kinds):
            for key in [key for key in records if key[0] == build]:
                del records[key]
        for (unit, figure), by_kind in results.items():
            self.counts[build, unit, figure] = sum(by_kind.values())
            self.kinds[build, unit, figure] = most(by_kind)

    def write(self):
        lines = ["# Written by `scripts/bench --guard --record`: machine, build, unit, count, what it is of, most of it."]
        for build in sorted(self.versions):
            lines.append(f"\nwith {build} {self.versions[build]}")
            for key in self.counts:
                if key[0] == build:
                    lines.append(f"{build} {key[1]:12} {shown(key[1], self.counts[key]):>11} {key[2]:24} # {self.kinds[key]}")
        RECORDED.write_text("\n".join(lines) + "\n")


def shown(unit, number):
    return f"{number:.1f}" if unit == Calls.name else f"{number:.0f}"


def most(by_kind):
    """The five kinds with most of a count."""
    return ", ".join(f"{kind} {number:.0f}" for kind, number in collections.Counter(by_kind).most_common(5))


def is_above(recorded, number):
    return recorded is not None and number > recorded * (1 + CHANGE_MAX)


def compare(build, records, results):
    """Prints the counts beside what is recorded; whether all are fine."""
    is_fine = True
    print(f"        {'':24} {'':12} {'recorded':>11} {'now':>11}  change")
    for (unit, figure), by_kind in results.items():
        number, recorded = sum(by_kind.values()), records.counts.get((build, unit, figure))
        row = f"{figure:24} {unit:12} "
        if recorded is None:
            is_fine = False
            print(f"FAILED  {row}{'nothing':>11} {shown(unit, number):>11}")
            continue
        change = number / recorded - 1
        row += f"{shown(unit, recorded):>11} {shown(unit, number):>11} {change * 100:+6.1f} %"
        if is_above(recorded, number):
            is_fine = False
            print(f"FAILED  {row}\n          recorded: {records.kinds[build, unit, figure]}\n          now:      {most(by_kind)}")
        else:
            print(f"ok      {row}" + ("; to be recorded anew (--record)" if change < -CHANGE_MAX else ""))
    if not is_fine and records.versions.get(build) != versions():
        print(f"recorded with {records.versions[build]}\nnow with      {versions()}")
    return is_fine


def main(options, directory):
    """Whether no count is above what is recorded."""
    # By the path that its name can be seen in: .build/debug is a link.
    build, records = build_name(options.programs.resolve()), Records()
    if not options.record and upstream(records.versions.get(build, "")) != upstream(versions()):
        recorded = records.versions.get(build, "nothing")
        print(f"⚠ the guard is NOT TRIED: {build} is recorded with {recorded}; now there is {versions()}")
        return True
    berth = Berth(options.programs, directory)
    prepare(berth, directory)
    results = {}
    for kind in (Calls, Instructions):
        tracer, tries = kind(options.programs, directory), {}
        for attempt in range(TRIES):
            print(f"{kind.name}, {attempt + 1} of at most {TRIES}", file=sys.stderr, flush=True)
            for figure, by_kind in count(tracer, berth, options.load, directory).items():
                tries.setdefault((kind.name, figure), []).append(by_kind)
            for key, counts in tries.items():
                counts.sort(key=lambda by_kind: sum(by_kind.values()))
                # Recorded is the middle one of all.
                results[key] = counts[len(counts) // 2 if options.record else 0]
            above = [
                key for key in tries
                if is_above(records.counts.get((build, *key)), sum(results[key].values()))
            ]
            if not above and not options.record:
                break
    if options.record:
        records.replace(build, results)
        records.write()
    return compare(build, records, results)
