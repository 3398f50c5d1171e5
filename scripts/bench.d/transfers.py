"""Large files by OpenSSH's client: rates, what they cost the server, many at once."""

import threading

from rows import CIPHER, Failed, Row
from table import Line, at_least, at_most

CIPHERS = {
    "aes128-gcm": "aes128-gcm@openssh.com", "aes256-gcm": "aes256-gcm@openssh.com",
    "chacha20-poly1305": "chacha20-poly1305@openssh.com", "aes128-ctr": "aes128-ctr",
}


class Transfer(Row):
    """One stream by each of four ciphers with OpenSSH's client, and the server's processor time."""

    def __init__(self, bench, name):
        super().__init__(bench, name)
        self.size = 128 if self.quick else 1024
        self.goals = {
            "download": (at_least(1.5, "OpenSSH"), at_least(1.2, "rclone")),
            "upload": (at_least(1.3, "OpenSSH"), at_least(1.2, "rclone")),
        }[name]

    def lines(self):
        title = self.name.capitalize()
        for cipher in CIPHERS:
            yield Line(f"{self.name}-{cipher}", f"{title}, {cipher}, MiB/s", True, self.goals)
        for cipher in CIPHERS:
            yield Line(f"{self.name}-cpu-{cipher}", f"Server CPU, {self.name}, {cipher}, s per GiB", False,
                       (at_most(0.5, "OpenSSH"),))

    def units(self):
        return [(cipher,) for cipher in CIPHERS]

    def keys(self, cipher):
        return [f"{self.name}-{cipher}", f"{self.name}-cpu-{cipher}"]

    def servers(self, cipher):
        return [server for server in self.bench.servers if CIPHERS[cipher] in server.ciphers()]

    def prepare(self):
        self.source = self.bench.make_file("source", self.size)
        for server in self.bench.servers:
            self.bench.place(server, "source", self.source)

    def measure(self, server, cipher):
        target = self.bench.directory / "downloaded"
        client = self.bench.client(server, CIPHERS[cipher])
        before = server.account.cpu_seconds()
        if self.name == "download":
            seconds, moved = client.run(f"get source {target}"), target
        else:
            seconds, moved = client.run(f"put {self.source} uploaded"), server.home / "uploaded"
        cpu = server.account.cpu_seconds() - before
        client.close()
        take_away(moved, self.source)
        yield f"{self.name}-{cipher}", self.size / seconds
        yield f"{self.name}-cpu-{cipher}", cpu * 1024 / self.size

    def finish(self):
        (self.bench.directory / "downloaded").unlink(missing_ok=True)


class Streams(Row):
    """4 and 16 streams at once, which logged in before the clock runs: rate of all, slowest ÷ fastest."""

    counts = (4, 16)
    quick_rounds = 1

    def lines(self):
        for way in ("download", "upload"):
            for count in self.counts:
                yield Line(f"streams-{way}-{count}", f"{count} streams, {way}, MiB/s of all", True,
                           (at_least(1.3, "OpenSSH"),))
                yield Line(f"streams-{way}-{count}-fairness", f"{count} streams, {way}, slowest ÷ fastest", True,
                           (at_least(0.7),), ahead_of=())

    def units(self):
        return [(way, count) for way in ("download", "upload") for count in self.counts]

    def keys(self, way, count):
        return [f"streams-{way}-{count}", f"streams-{way}-{count}-fairness"]

    def prepare(self):
        self.size = 256 if self.quick else 1024
        for count in self.counts:
            source = self.bench.make_file(f"part-{count}", self.size // count)
            for server in self.bench.servers:
                self.bench.place(server, source.name, source)

    def measure(self, server, way, count):
        directory = self.bench.directory
        clients = [self.bench.client(server, CIPHER) for _ in range(count)]
        seconds = [None] * count
        gate = threading.Barrier(count)

        def run(index):
            gate.wait()
            seconds[index] = clients[index].run(
                f"get part-{count} {directory}/stream-{index}" if way == "download"
                else f"put {directory}/part-{count} stream-{index}")

        threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        for client in clients:
            client.close()
        place = directory if way == "download" else server.home
        arrived = [place / f"stream-{index}" for index in range(count)]
        if None in seconds or not all(same(each, directory / f"part-{count}") for each in arrived):
            raise Failed("a stream is not whole")
        for each in arrived:
            each.unlink()
        yield f"streams-{way}-{count}", self.size / max(seconds)
        yield f"streams-{way}-{count}-fairness", min(seconds) / max(seconds)


def take_away(arrived, sent):
    """Removes what was transferred, when it is whole."""
    if not same(arrived, sent):
        raise Failed("what came is not what was sent")
    arrived.unlink()


def same(one, other):
    """Whether two files have the same content."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with open(one, "rb") as first, open(other, "rb") as second:
        while piece := first.read(2**22):
            if piece != second.read(2**22):
                return False
    return True
