"""Where and how the table came about, and what is written beside it."""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import time

from rows import CIPHER


def said_by(*command):
    """The first line of what a program says of itself."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return (result.stdout or result.stderr).strip().splitlines()[0]


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def describe(bench):
    """Lines about machine, programs and ways of measuring."""
    options = bench.options
    yield (f"{time.strftime('%Y-%m-%d')}; {os.cpu_count()} cores ({processor()}), Linux {platform.release()}; "
           f"{said_by('ssh', '-V')}; {said_by('rclone', 'version')}; {lftp()}; "
           f"{python_libraries(bench)}.")
    rounds = options.rounds or ("fewer" if options.quick else 5)
    yield (f"{'Short run (--quick): ' if options.quick else ''}{rounds} rounds, servers in turn; "
           f"processor time and memory by {bench.servers[0].account.description}.")


def lftp():
    return "lftp " + said_by("lftp", "--version").removeprefix("LFTP | Version ").partition(" ")[0]


def python_libraries(bench):
    script = "import asyncssh, paramiko; print(f'paramiko {paramiko.__version__}, asyncssh {asyncssh.__version__}')"
    return said_by(bench.options.python, "-c", script) if bench.options.python else "no paramiko, no asyncssh"


def client_shares(bench):
    """The load generator's own part of a processor: far below one, it held nobody back."""
    shares = {
        row: max(statistics.median(values) for values in by_server.values())
        for row, by_server in bench.client_processor.items()
    }
    if shares:
        yield ("Processor of the load generator, in cores, at its most: "
               + ", ".join(f"{row} {share:.2f}" for row, share in shares.items()) + ".")


def report(bench):
    yield from describe(bench)
    yield ""
    yield from bench.table.markdown()
    for table in bench.extra:
        yield ""
        yield table
    yield ""
    yield from client_shares(bench)
    for fault in bench.table.missed():
        yield f"MISSED: {fault}"
    for fault in bench.table.behind():
        yield f"BEHIND: {fault}"


def write_json(bench):
    """All values, for whoever counts differently."""
    if bench.options.json is None:
        return
    bench.options.json.write_text(json.dumps({
        "conditions": list(describe(bench)), "cipher": CIPHER, "lines": bench.table.data(),
        "client_processor": bench.client_processor, **bench.raw,
    }, indent=1, ensure_ascii=False) + "\n")
