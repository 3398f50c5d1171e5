"""A flood test: connections that never log in by the thousand, and password guesses, while partners log in and transfer."""

import json
import os
import subprocess
import sys
import threading
import time

from client import Client, Ended
from figures import percentile
from processes import cpu_seconds, pss
from servers import Berth, Failed, OpenSSH

# The partner that logged in before; the flood comes from 127.64.0.0/10, unknown addresses are 127.200.0.0 and so on.
KNOWN = "127.0.0.10"
TRANSFER_MIB = 64


def add_arguments(parser):
    group = parser.add_argument_group("--only flood")
    group.add_argument("--half-open", type=int, default=2000, help="connections that are begun and left, held at once")
    group.add_argument("--guesses", type=float, default=200, help="passwords guessed per second")
    group.add_argument("--sources", type=int, default=2000, help="addresses that the flood comes from")
    group.add_argument("--pause", type=float, default=1, help="seconds until a dropped one has a successor")
    group.add_argument("--seconds", type=float, default=60, help="how long the flood lasts")
    group.add_argument("--no-openssh", action="store_true", help="Berth alone")


class Transfers(threading.Thread):
    """The known partner's transfers, one login each, until it is told to stop."""

    def __init__(self, server, directory, cipher, source):
        super().__init__()
        self.server, self.directory, self.cipher, self.source = server, directory, cipher, source
        self.up, self.down, self.failures = [], [], []
        self.is_over = threading.Event()

    def run(self):
        size = self.source.stat().st_size / 2**20
        while not self.is_over.is_set():
            try:
                client = Client(self.server, self.directory, self.cipher, KNOWN)
                up = client.run(f"put {self.source} large")
                down = client.run(f"get large {self.directory / 'large'}")
                client.close()
            except Ended as error:
                self.failures.append(str(error))
                time.sleep(0.2)
                continue
            if (self.directory / "large").read_bytes() != self.source.read_bytes():
                self.failures.append("not whole")
            self.up.append(size / up)
            self.down.append(size / down)


class Partner:
    """The load generator as one who logs in again and again."""

    def __init__(self, load, server, user, password, source, seconds):
        self.process = subprocess.Popen(
            [load, "partner", str(server.port), user, str(seconds), "0.2", source], stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, BERTH_LOAD_PASSWORD=password),
        )

    def result(self):
        """Milliseconds of each login, and the lines about those that failed."""
        lines = self.process.communicate()[0].splitlines()
        times = [float(line.split()[1]) for line in lines if line.startswith("login ")]
        return times, [line for line in lines if not line.startswith("login ")]


def phase(server, options, directory, seconds, is_flooded):
    """What partners get for so long, and what it costs the server."""
    flood = None
    if is_flooded:
        names = ",".join([server.user, "root", "admin", "NOBODY00"])
        flood = subprocess.Popen(
            [options.load, "flood", str(server.port), str(options.half_open), str(options.guesses),
             str(options.sources), str(options.pause), names],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        if flood.stdout.readline() != "flooding\n":
            raise Failed("the flood did not begin")
    source = directory / "source"
    transfers = Transfers(server, directory, options.cipher, source)
    cpu_before, began = cpu_seconds(server.process.pid), time.monotonic()
    known = Partner(options.load, server, server.user, server.password, KNOWN, seconds)
    unknown = Partner(options.load, server, *server.other, "fresh", seconds)
    transfers.start()
    memory = processes = 0
    while time.monotonic() < began + seconds:
        time.sleep(min(3, seconds / 3))
        now = pss(server.process.pid)
        memory, processes = max(memory, now[0]), max(processes, now[1])
    cpu = (cpu_seconds(server.process.pid) - cpu_before) / (time.monotonic() - began)
    transfers.is_over.set()
    result = {"known": known.result(), "unknown": unknown.result()}
    transfers.join()
    result.update(up=transfers.up, down=transfers.down, transfer_failures=transfers.failures, cpu=cpu, memory=memory,
                  processes=processes)
    if flood:
        result["flood"] = json.loads(flood.communicate("")[0])
    return result


def mean_rate(rates):
    """MiB per second of all transfers together, which are of one size."""
    return len(rates) / sum(1 / rate for rate in rates) if rates else 0.0


def rows(result):
    """Name and text of each row of the table."""
    for name, who in (("known", "a known address"), ("unknown", "unknown addresses")):
        times, failures = result[name]
        shown = ", ".join(f"{percentile(times, share):.0f}" for share in (0.5, 0.99, 1)) if times else "–"
        yield f"Logins from {who}: made, failed", f"{len(times)}, {len(failures)}"
        yield f"Time of a login from {who}, ms: median, 99 %, longest", shown
    yield "Upload, MiB/s", f"{mean_rate(result['up']):.0f}"
    yield "Download, MiB/s", f"{mean_rate(result['down']):.0f}"
    yield "Transfers: made, failed", f"{len(result['up'])}, {len(result['transfer_failures'])}"
    yield "Processor of the server, cores", f"{result['cpu']:.2f}"
    yield "Memory of the server, MiB (PSS, most)", f"{result['memory'] / 2**20:.0f}"
    yield "Processes of the server (most)", str(result["processes"])
    flood = result.get("flood")
    rates = {name: value / flood["seconds"] for name, value in flood.items()} if flood else {}
    yield "Flood: connections held; greeted by the server", \
        f"{flood['held']:.0f}; {flood['held_greeted']:.0f}" if flood else ""
    yield "Flood: connections begun per second", f"{rates['connected']:.0f}" if flood else ""
    yield "Flood: guesses per second; answered, cut off, refused", \
        f"{rates['guesses']:.0f}; {rates['answered']:.0f}, {rates['guesses_cut']:.0f}, {rates['guesses_refused']:.0f}" \
        if flood else ""
    yield "Flood: its own processor, cores", f"{rates['cpu_seconds']:.2f}" if flood else ""


def faults(quiet, flooded):
    """Which of the goals were missed."""
    found = []
    for name in ("known", "unknown"):
        times, failures = flooded[name]
        if not times or failures:
            found.append(f"{name} address: {len(failures)} logins failed: {failures[:3]}")
        elif max(times) >= 1000:
            found.append(f"{name} address: a login took {max(times):.0f} ms")
    if flooded["transfer_failures"]:
        found.append(f"{len(flooded['transfer_failures'])} transfers failed: {flooded['transfer_failures'][:3]}")
    for way in ("up", "down"):
        before, then = mean_rate(quiet[way]), mean_rate(flooded[way])
        if then < before / 2:
            found.append(f"{way}load: {then:.0f} MiB/s, less than half of {before:.0f}")
    if flooded["flood"]["admitted"]:
        found.append("a guess was right")
    return found


def main(options, directory):
    """Prints the table; whether Berth met the goals."""
    berth = Berth(options.programs, directory, settings={"BERTHD_SFTP_TRUSTED_NETWORKS": ""})
    servers = [berth]
    if os.geteuid() == 0 and not options.no_openssh:
        servers.append(OpenSSH(directory, limits=""))
    with open(directory / "source", "wb") as file:
        file.write(os.urandom(TRANSFER_MIB * 2**20))
    columns, missed = {}, []
    for server in servers:
        try:
            server.start()
            server.other = server.make_user("/other")[:2] if server is berth else (server.user, server.password)
            quiet = phase(server, options, directory, max(5, options.seconds / 3), False)
            print(f"{server.name}: quiet measured", file=sys.stderr, flush=True)
            flooded = phase(server, options, directory, options.seconds, True)
            print(f"{server.name}: flood measured", file=sys.stderr, flush=True)
            columns[f"{server.name}, quiet"], columns[f"{server.name}, flood"] = quiet, flooded
            if server is berth:
                missed = faults(quiet, flooded)
        finally:
            server.stop()
    version = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr.strip()
    print(f"{os.cpu_count()} cores, Linux {os.uname().release}; {version}")
    print(f"{options.half_open} half-open connections, {options.guesses:.0f} guesses/s, {options.sources} addresses, "
          f"a dropped one comes again after {options.pause:g} s, {options.seconds:g} s\n")
    print("| | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    for cells in zip(*(list(rows(result)) for result in columns.values())):
        print(f"| {cells[0][0]} | " + " | ".join(text for _, text in cells) + " |")
    for fault in missed:
        print(f"MISSED: {fault}")
    return not missed
