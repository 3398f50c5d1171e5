"""A long run: logins with transfers by several users at once, many of them broken off, and what they leave behind."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

from processes import descendants, pss
from servers import Berth

USERS = 4
WORKERS = 8
# What a process may grow by in the second half of the run, in bytes: the noise of an allocator that has settled.
GROWTH_MAX = 2 * 2**20
# And in the whole run, while pools and tables reach their size.
GROWTH_IN_ALL_MAX = 16 * 2**20
# What a login may write to the log: a line when it is granted, one at its end, one for each file.
LOG_BYTES_MAX = 2_000


def add_arguments(parser):
    group = parser.add_argument_group("--only soak")
    group.add_argument("--logins", type=int, default=50000, help="logins in all")


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def disk(directory):
    """Files and directories below, and their bytes."""
    count = size = 0
    for place, directories, files in os.walk(directory):
        count += len(directories) + len(files)
        size += sum((pathlib.Path(place) / file).stat().st_size for file in files)
    return count, size


def running(program):
    """The processes of a program, whoever their parent is by now: of a zombie too, which has no program any more."""
    found = set()
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{entry}/exe").removesuffix(" (deleted)") == str(program):
                found.add(int(entry))
        except OSError:
            pass
    return found


class Watch:
    """Looks at Berth from outside."""

    def __init__(self, server):
        self.server = server
        self.control = server.process.pid
        self.listener = next(pid for pid in descendants(self.control) if pid != self.control)
        self.program = os.readlink(f"/proc/{self.listener}/exe")
        # Another Berth's, on this machine.
        self.others = running(self.program) - set(descendants(self.control))

    def sessions(self):
        """Sessions and their doorkeepers, also those that lost their parent, and children that nobody waited for."""
        mine = running(self.program) - self.others | set(descendants(self.control))
        return len(mine - {self.control, self.listener})

    def settle(self):
        """Waits until no session is left, or 30 seconds; how many are left."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.sessions() > 0:
            time.sleep(0.1)
        # Its end reaches the tables a moment later.
        time.sleep(2)
        return self.sessions()

    def look(self):
        entries, size = disk(self.server.data / "buckets")
        database = sum(each.stat().st_size for each in self.server.data.glob("berth.sqlite*"))
        rest = disk(self.server.data)[0] - entries - len(list(self.server.data.glob("berth.sqlite*")))
        log = self.server.log.stat().st_size
        return {
            "Sessions and doorkeepers (processes)": self.sessions(),
            "Descriptors of berthd": descriptors(self.control),
            "Descriptors of the listener": descriptors(self.listener),
            "Threads of berthd": len(os.listdir(f"/proc/{self.control}/task")),
            "Resident memory of berthd, KiB": resident(self.control) // 1024,
            "Resident memory of the listener, KiB": resident(self.listener) // 1024,
            "Memory of both, KiB (PSS)": pss(self.control)[0] // 1024,
            "Files and directories of partners": entries,
            "Bytes of partners": size,
            "Other files and directories of Berth": rest + len(list(pathlib.Path(tempfile.gettempdir()).glob("berth-empty-*"))),
            "Bytes of the registry": database,
            "Bytes of the log": log,
        }


def run(options, server, users, logins, on_progress):
    """Makes the logins; what failed."""
    load = subprocess.Popen(
        [options.load, "soak", str(server.port), str(logins), str(WORKERS)], stdout=subprocess.PIPE, text=True,
        env=dict(os.environ, BERTH_LOAD_USERS=",".join(f"{name}:{password}" for name, password, _ in users)),
    )
    failures = []
    for line in load.stdout:
        if line.startswith("done "):
            on_progress(int(line.split()[1]))
        else:
            failures.append(line.strip())
    if load.wait() != 0 and not failures:
        failures.append(f"the load generator ended with status {load.returncode}")
    return failures


def main(options, directory):
    """Prints the table; whether nothing was left behind."""
    berth = Berth(options.programs, directory, settings={"BERTHD_SFTP_TRUSTED_NETWORKS": "127.0.0.0/8"})
    try:
        berth.start()
        users = [(berth.user, berth.password, berth.home)] + [berth.make_user(f"/user-{n}") for n in range(1, USERS)]
        watch = Watch(berth)
        # What is set up once is set up by then: pools, caches, the files that are written again and again.
        failures = run(options, berth, users, max(200, options.logins // 50), lambda done: None)
        watch.settle()
        before, began = watch.look(), time.monotonic()

        def note(done):
            if done * 20 % options.logins == 0:
                print(f"{done} logins", file=sys.stderr, flush=True)

        failures += run(options, berth, users, options.logins // 2, note)
        watch.settle()
        middle = watch.look()
        failures += run(options, berth, users, options.logins - options.logins // 2, note)
        left = watch.settle()
        after = watch.look()
        print(f"{options.logins} logins by {USERS} users over {WORKERS} connections at once, "
              f"{time.monotonic() - began:.0f} s\n")
        print("| | before | half | after |\n|---|---|---|---|")
        for name in before:
            print(f"| {name} | {before[name]} | {middle[name]} | {after[name]} |")
        faults = [f"failed: {failure}" for failure in failures[:5]]
        if left:
            faults.append(f"{left} sessions are left")
        for name in before:
            if name.startswith(("Descriptors", "Files", "Other", "Sessions", "Threads")) and after[name] > before[name]:
                faults.append(f"{name}: {after[name] - before[name]} more than before")
            if "emory" in name and (after[name] - middle[name]) * 1024 > GROWTH_MAX:
                faults.append(f"{name}: grew by {after[name] - middle[name]} in the second half")
            if "emory" in name and (after[name] - before[name]) * 1024 > GROWTH_IN_ALL_MAX:
                faults.append(f"{name}: grew by {after[name] - before[name]} in all")
        if (after["Bytes of the registry"] - middle["Bytes of the registry"]) > 2**20:
            faults.append("the registry grew in the second half")
        # The log grows by what happened, and by that alone.
        if after["Bytes of the log"] - before["Bytes of the log"] > options.logins * LOG_BYTES_MAX:
            faults.append("the log grew by more than what happened")
        for fault in faults:
            print(f"LEAK OR FAILURE: {fault}")
        return not faults
    finally:
        berth.stop()
