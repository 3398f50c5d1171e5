"""Fairness: heavy partners upload and download all at once, and a light one asks for something now and then."""

import os
import statistics
import subprocess
import sys
import threading
import time

from client import Client
from figures import percentile
from servers import Berth, Failed, OpenSSH

TRANSFER_MIB = 64
# Between two requests of the light partner, in seconds.
PAUSE = 0.02
# The slowest heavy partner has at least this share of what the fastest has.
SHARE_MIN = 0.7
# What 99 of 100 requests of the light partner take at most beside the heavy ones, in milliseconds.
LATENCY_MAX = 100


def add_arguments(parser):
    group = parser.add_argument_group("--only fairness")
    group.add_argument("--heavy", type=int, default=8, help="partners that transfer without a pause")
    group.add_argument("--fairness-seconds", type=float, default=20, help="how long they do")


class Account:
    """What a Client needs to know."""

    def __init__(self, server, user, password):
        self.port, self.user, self.password = server.port, user, password


class Heavy(threading.Thread):
    """One partner's transfers, one after the other over one session, each in the other direction."""

    def __init__(self, account, directory, cipher, source, number, start, end):
        super().__init__()
        self.client = Client(account, directory, cipher)
        self.source, self.number, self.start_together, self.end = source, number, start, end
        self.target = directory / f"copy{number}"
        self.rate = 0

    def run(self):
        self.start_together.wait()
        began, moved = time.monotonic(), 0
        while not self.end.is_set():
            upload = (moved // TRANSFER_MIB + self.number) % 2 == 0
            self.client.run(f"put {self.source} large{self.number}" if upload else f"get source {self.target}")
            moved += TRANSFER_MIB
        self.rate = moved / (time.monotonic() - began)
        self.client.close()


def latencies(client, seconds):
    """Milliseconds that requests took, one after the other."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        times.append(client.run("pwd") * 1000)
        time.sleep(PAUSE)
    return times


def measure(server, accounts, light, options, directory, source):
    seconds = options.fairness_seconds
    light = Client(light, directory, options.cipher)
    quiet = latencies(light, seconds / 4)
    start, end = threading.Event(), threading.Event()
    heavy = [
        Heavy(account, directory, options.cipher, source, number, start, end)
        for number, account in enumerate(accounts)
    ]
    for each in heavy:
        each.client.run(f"put {source} source")
        each.start()
    start.set()
    loaded = latencies(light, seconds)
    end.set()
    for each in heavy:
        each.join()
    light.close()
    rates = [each.rate for each in heavy]
    if 0 in rates:
        raise Failed(f"{server.name}: a transfer broke off")
    return rates, quiet, loaded


def shown(times):
    return f"{statistics.median(times):.1f} / {percentile(times, 0.99):.1f} / {max(times):.1f}"


def faults(rates, loaded):
    """Which of the goals were missed."""
    if min(rates) < SHARE_MIN * max(rates):
        yield f"the slowest heavy partner had {min(rates) / max(rates):.2f} of the fastest one's rate, not {SHARE_MIN}"
    if percentile(loaded, 0.99) > LATENCY_MAX:
        yield f"99 of 100 requests of the light partner took {percentile(loaded, 0.99):.0f} ms, not {LATENCY_MAX}"


def rows(rates, quiet, loaded):
    yield "MiB/s of all heavy partners", f"{sum(rates):.0f}"
    yield "slowest, fastest, MiB/s", f"{min(rates):.1f}, {max(rates):.1f}"
    yield "slowest : fastest", f"{min(rates) / max(rates):.2f}"
    yield "a light partner's request, ms (median / 99 % / longest), quiet", shown(quiet)
    yield "the same beside the heavy ones", shown(loaded)


def main(options, directory):
    """Prints the table; whether Berth met the goals."""
    servers = [Berth(options.programs, directory)]
    if os.geteuid() == 0:
        servers.append(OpenSSH(directory))
    source = directory / "source"
    source.write_bytes(os.urandom(TRANSFER_MIB * 2**20))
    columns = {}
    for server in servers:
        try:
            server.start()
            if isinstance(server, Berth):
                users = [server.make_user(f"/user{number}")[:2] for number in range(options.heavy + 1)]
            else:
                # The system has the one user for this; its server knows no difference.
                users = [(server.user, server.password)] * (options.heavy + 1)
            accounts = [Account(server, *user) for user in users]
            columns[server.name] = measure(server, accounts[1:], accounts[0], options, directory, source)
            print(f"{server.name} measured", file=sys.stderr, flush=True)
        finally:
            server.stop()
    version = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr.strip()
    print(f"{os.cpu_count()} cores, Linux {os.uname().release}; {version}")
    print(f"{options.heavy} heavy partners for {options.fairness_seconds:g} s, transfers of {TRANSFER_MIB} MiB\n")
    print("| | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    for cells in zip(*(list(rows(*result)) for result in columns.values())):
        print(f"| {cells[0][0]} | " + " | ".join(text for _, text in cells) + " |")
    missed = list(faults(columns["Berth"][0], columns["Berth"][2]))
    for fault in missed:
        print(f"MISSED: {fault}")
    return not missed
