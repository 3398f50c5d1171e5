"""Requests one at a time and under way together, while nothing else happens and while it does; large directories."""

import os
import shutil
import threading

from rows import Failed, Row, own
from table import Line, at_least, at_most

THINGS = {"stat": "STAT", "open": "OPEN with CLOSE"}
DEPTHS = {1: "one at a time", 16: "16 under way"}


class RoundTrips(Row):
    """STAT, and OPEN with CLOSE, one at a time and several under way."""

    def lines(self):
        for thing, title in THINGS.items():
            for depth, under_way in DEPTHS.items():
                yield Line(f"requests-{thing}-{depth}", f"{title} a second, {under_way}", True, (at_least(2, "OpenSSH"),))

    def units(self):
        return [(thing, depth) for thing in THINGS for depth in DEPTHS]

    def keys(self, thing, depth):
        return [f"requests-{thing}-{depth}"]

    def prepare(self):
        source = self.bench.make_file("one", 1)
        for server in self.bench.servers:
            self.bench.place(server, source.name, source)

    def measure(self, server, thing, depth):
        answer = self.bench.load(self.name, "requests", server, thing, depth, 0.5 if self.quick else 3, 0, "one")
        yield f"requests-{thing}-{depth}", answer["count"] / answer["seconds"]


class Latency(Row):
    """STAT now and then beside eight streams, half of them in each direction."""

    streams, pause = 8, 0.005

    def lines(self):
        for share in (50, 99):
            yield Line(f"latency-p{share}", f"STAT beside {self.streams} streams, ms, {share} %", False,
                       (at_most(1, "OpenSSH"),))
        yield Line("latency-rate", "MiB/s of these streams", True, ahead_of=())

    def prepare(self):
        self.size = 32 if self.quick else 64
        self.source = self.bench.make_file(f"latency-{self.size}", self.size)
        for server in self.bench.servers:
            self.bench.place(server, self.source.name, self.source)

    def measure(self, server):
        clients = [self.bench.client(server) for _ in range(self.streams)]
        over, moved, failures = threading.Event(), [0] * self.streams, []
        seconds = 2 if self.quick else 10

        def run(index):
            try:
                while not over.is_set():
                    clients[index].run(
                        f"get {self.source.name} {self.bench.directory}/latency-copy-{index}" if index % 2
                        else f"put {self.source} latency-copy-{index}")
                    moved[index] += 0 if over.is_set() else self.size
            except Exception as error:  # The thread's end must not be silent.
                failures.append(error)

        threads = [threading.Thread(target=run, args=(index,)) for index in range(self.streams)]
        for each in threads:
            each.start()
        try:
            answer = self.bench.load(self.name, "requests", server, "stat", 1, seconds, self.pause, self.source.name)
        finally:
            over.set()
            for each in threads:
                each.join()
            for client in clients:
                client.close()
        if failures:
            raise Failed(f"a stream broke off: {failures[0]}")
        for place in (self.bench.directory, server.home):
            for copy in place.glob("latency-copy-*"):
                copy.unlink()
        yield "latency-p50", answer["p50"] * 1000
        yield "latency-p99", answer["p99"] * 1000
        yield "latency-rate", sum(moved) / answer["seconds"]


class Listing(Row):
    """A directory with a hundred thousand files, one READDIR after the other as clients do it."""

    count = 100_000

    def lines(self):
        for which, title in (("first", "first entries"), ("last", "last entry")):
            yield Line(f"listing-{which}", f"Listing {self.count:,} entries, {title}, ms", False, (at_most(0.333, "OpenSSH"),))

    def prepare(self):
        for server in self.bench.servers:
            place = server.home / "many"
            place.mkdir()
            for number in range(self.count):
                os.close(os.open(f"{place}/partner-file-{number:06}.dat", os.O_CREAT | os.O_WRONLY, 0o644))
            own(server, place)

    def measure(self, server):
        # Without what a peer may have remembered of the last time.
        server.refresh()
        answer = self.bench.load(self.name, "list", server, "many")
        # Some tell of `.` and `..`, too.
        if answer["count"] not in (self.count, self.count + 2):
            raise Failed(f"{answer['count']} names")
        yield "listing-first", answer["first"] * 1000
        yield "listing-last", answer["last"] * 1000

    def finish(self):
        for server in self.bench.servers:
            shutil.rmtree(server.home / "many", ignore_errors=True)
