"""Measures Berth beside OpenSSH's server: same machine, same client, same tmpfs, turn by turn."""

import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import fairness
import flood
import registry
import soak
from client import Client
from servers import Berth, OpenSSH, clean, pss

def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="256 MiB and short rounds instead of 1 GiB and long ones")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each measurement; the median counts")
    parser.add_argument("--cipher", default="aes256-gcm@openssh.com", help="cipher of the transfers")
    parser.add_argument(
        "--only", choices=["logins", "memory", "transfers", "fairness", "flood", "registry", "soak"],
        help="one kind of measurement; fairness, flood, registry and soak are done only when asked for")
    fairness.add_arguments(parser)
    flood.add_arguments(parser)
    registry.add_arguments(parser)
    soak.add_arguments(parser)
    parser.add_argument("--programs", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--load", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def progress(text):
    print(text, file=sys.stderr, flush=True)


def logins(server, load, clients, seconds):
    environment = dict(os.environ, BERTH_LOAD_PASSWORD=server.password)
    command = [load, "login", str(server.port), server.user, str(seconds), str(clients)]
    return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def memory_per_session(server, load, count):
    """Growth of the whole server (every process of it) by one idle session, in bytes, and processes per session."""
    before, processes_before = pss(server.process.pid)
    environment = dict(os.environ, BERTH_LOAD_PASSWORD=server.password)
    with subprocess.Popen(
        [load, "hold", str(server.port), server.user, str(count)], env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    ) as holder:
        if holder.stdout.readline() != "held\n":
            raise SystemExit(f"{server.name}: {count} sessions could not be opened")
        time.sleep(1)
        after, processes_after = pss(server.process.pid)
        holder.stdin.close()
        holder.wait(60)
    return (after - before) / count, (processes_after - processes_before) / count


def transfers(server, directory, cipher, source):
    """MiB per second of one upload and one download of the file."""
    size = source.stat().st_size
    target = directory / "downloaded"
    client = Client(server, directory, cipher)
    up = client.run(f"put {source} uploaded")
    stored = server.home / "uploaded"
    if stored.stat().st_size != size:
        raise SystemExit(f"{server.name}: the upload is not whole")
    down = client.run(f"get uploaded {target}")
    if target.stat().st_size != size:
        raise SystemExit(f"{server.name}: the download is not whole")
    client.close()
    stored.unlink()
    target.unlink()
    return size / 2**20 / up, size / 2**20 / down


def measure(options, servers, directory):
    seconds = 2 if options.quick else 4
    results = {}

    def note(name, server, value):
        results.setdefault(name, {}).setdefault(server.name, []).append(value)

    source = directory / "source"
    if options.only in (None, "transfers"):
        with open(source, "wb") as file:
            for _ in range(256 if options.quick else 1024):
                file.write(os.urandom(2**20))
    for number in range(options.rounds):
        progress(f"round {number + 1} of {options.rounds}")
        # The order alternates, so that neither always comes second.
        turn = servers if number % 2 == 0 else servers[::-1]
        for server in turn:
            if options.only in (None, "logins"):
                note("Logins per second, 1 client", server, logins(server, options.load, 1, seconds))
                note("Logins per second, 8 clients", server, logins(server, options.load, 8, seconds))
        for server in turn:
            if options.only in (None, "transfers"):
                up, down = transfers(server, directory, options.cipher, source)
                note(f"Upload, MiB/s ({options.cipher})", server, up)
                note(f"Download, MiB/s ({options.cipher})", server, down)
        for server in turn:
            if options.only in (None, "memory"):
                memory, processes = memory_per_session(server, options.load, 100)
                note("Memory per idle session, KiB (PSS, 100 sessions)", server, memory / 1024)
                note("Processes per session", server, processes)
    return results


def report(results, servers):
    names = [server.name for server in servers]
    print(f"| median of the rounds (lowest–highest) | {' | '.join(names)} | {names[0]} : {names[-1]} |")
    print("|---|" + "---|" * (len(names) + 1))
    for name, by_server in results.items():
        medians = [statistics.median(by_server[each]) for each in names]
        cells = [
            f"{median:.0f} ({min(by_server[each]):.0f}–{max(by_server[each]):.0f})"
            for each, median in zip(names, medians)
        ]
        ratio = f"{medians[0] / medians[-1]:.2f}" if len(names) > 1 and medians[-1] else ""
        print(f"| {name} | {' | '.join(cells)} | {ratio} |")


def main():
    options = arguments()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="berth-bench-", dir="/dev/shm"))
    directory.chmod(0o755)
    servers = []
    try:
        apart = {"fairness": fairness, "flood": flood, "registry": registry, "soak": soak}
        if options.only in apart:
            return 0 if apart[options.only].main(options, directory) else 1
        servers.append(Berth(options.programs, directory))
        if os.geteuid() == 0:
            servers.append(OpenSSH(directory))
        else:
            progress("not root: OpenSSH's server can check no password here, so only Berth is measured")
        for server in servers:
            server.start()
        results = measure(options, servers, directory)
        version = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr.strip()
        print(f"{os.cpu_count()} cores, Linux {platform.release()}; {version}", end="")
        print(f"; its password hash: {servers[1].scheme} (y is yescrypt)" if len(servers) > 1 else "")
        print()
        report(results, servers)
        return 0
    finally:
        for server in servers:
            server.stop()
        clean(directory)


sys.exit(main())
