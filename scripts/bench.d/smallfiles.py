"""Thousands of small files over one session, with and without the disk's confirmation, on tmpfs and on a disk; and large ones on
the disk."""

import os
import shutil

from rows import CHEAP_HASH, SSHD_LIMITS, Row, own
from servers import Berth, OpenSSH, Rclone, clean, new_directory
from table import Line, at_least
from transfers import take_away

DEPTHS = {1: "one at a time", 16: "16 under way"}
PLACES = ("tmpfs", "disk")
# With OpenSSH's server it is the client that asks for it (fsync@openssh.com); rclone's can't.
WAYS = {"up": "up, fsync off", "durable": "up, fsync on", "down": "down"}


class ByWay(Row):
    """What is measured with servers of its own, with fsync and without, on the disk."""

    quick_rounds = 1

    def prepare(self):
        self.started = []
        self.disk = new_directory(self.bench.options.disk)

    def start(self, server):
        self.started.append(server)
        return self.bench.start(server, is_peer=False)

    def start_berth(self, directory, setting):
        place = directory / f"fsync-{setting}"
        place.mkdir()
        place.chmod(0o755)
        settings = {**Berth.MANY_SESSIONS, "BERTHD_SFTP_FSYNC": setting}
        return self.start(Berth(self.bench.options.programs, place, settings))

    def start_peers(self):
        """Peers like those that are there, with their files on the disk."""
        there = {server.name for server in self.bench.servers}
        peers = [OpenSSH(self.disk, SSHD_LIMITS, "berth-bench-disk", CHEAP_HASH), Rclone(self.disk)]
        return [self.start(server) for server in peers if server.name in there]

    def servers_by_way(self, directory, peers):
        """Who is measured in which of WAYS, beside two Berths with their files in a directory."""
        synced, unsynced = self.start_berth(directory, "close"), self.start_berth(directory, "never")
        able = [server for server in peers if server.name != "rclone"]
        return {"up": [unsynced, *peers], "durable": [synced, *able], "down": [synced, *peers]}

    def finish(self):
        for server in self.started:
            self.bench.stop(server)
        clean(self.disk)


class SmallFiles(ByWay):
    """Small files up and down, one at a time and several under way, fsync on and off, tmpfs and disk."""

    def __init__(self, bench, name):
        super().__init__(bench, name)
        self.count = 1_000 if self.quick else 10_000

    def lines(self):
        for place in PLACES:
            for way, title in WAYS.items():
                for depth, under_way in DEPTHS.items():
                    goals = (at_least(1.3, "OpenSSH"),) if way != "durable" else ()
                    yield Line(f"small-{place}-{way}-{depth}",
                               f"{self.count:,} files of 1 KiB {title}, {under_way}, {place}, files/s", True, goals,
                               ("OpenSSH", "rclone") if goals else ("OpenSSH",))

    def units(self):
        return [(place, way, depth) for place in PLACES for way in WAYS for depth in DEPTHS]

    def keys(self, place, way, depth):
        return [f"small-{place}-{way}-{depth}"]

    def prepare(self):
        super().prepare()
        peers = [server for server in self.bench.servers if server.name != "Berth"]
        self.sets = {
            "tmpfs": self.servers_by_way(self.bench.directory, peers),
            "disk": self.servers_by_way(self.disk, self.start_peers()),
        }
        for place in PLACES:
            for server in self.sets[place]["down"]:
                self.fill(server)

    def fill(self, server):
        """Makes the files that are downloaded."""
        place = server.home / "small"
        place.mkdir()
        for number in range(self.count):
            (place / str(number)).write_bytes(bytes(1024))
            own(server, place / str(number))
        own(server, place)
        server.refresh()

    def servers(self, place, way, depth):
        return self.sets[place][way]

    def measure(self, server, place, way, depth):
        if place == "disk":
            os.sync()
        directory = "small"
        if way != "down":
            directory = "new"
            (server.home / directory).mkdir()
            own(server, server.home / directory)
            server.refresh()
        kind = {"up": "up", "down": "down", "durable": "up" if server.name == "Berth" else "up-fsync"}[way]
        try:
            answer = self.bench.load(self.name, "files", server, kind, depth, self.count, directory)
        finally:
            shutil.rmtree(server.home / "new", ignore_errors=True)
            server.refresh()
        yield f"small-{place}-{way}-{depth}", self.count / answer["seconds"]

    def finish(self):
        super().finish()
        for server in self.bench.servers:
            shutil.rmtree(server.home / "small", ignore_errors=True)
            server.refresh()


class OnDisk(ByWay):
    """A large file to the disk, with its confirmation and without, and from there; OpenSSH's client."""

    def __init__(self, bench, name):
        super().__init__(bench, name)
        self.size = 128 if self.quick else 1024

    def lines(self):
        for way, title in WAYS.items():
            yield Line(f"disk-{way}", f"{self.size:,} MiB {title}, disk, MiB/s", True, (),
                       ("OpenSSH", "rclone") if way != "durable" else ("OpenSSH",))

    def units(self):
        return [(way,) for way in WAYS]

    def keys(self, way):
        return [f"disk-{way}"]

    def servers(self, way):
        return self.sets[way]

    def prepare(self):
        super().prepare()
        self.sets = self.servers_by_way(self.disk, self.start_peers())
        self.source = self.bench.make_file("source", self.size)
        for server in self.sets["down"]:
            self.bench.place(server, "source", self.source)

    def measure(self, server, way):
        os.sync()
        client = self.bench.client(server)
        # Berth syncs by itself; with OpenSSH's server it is the client that asks for it.
        put = "put -f" if way == "durable" and server.name != "Berth" else "put"
        target = self.bench.directory / "downloaded" if way == "down" else server.home / "uploaded"
        seconds = client.run(f"get source {target}" if way == "down" else f"{put} {self.source} uploaded")
        client.close()
        take_away(target, self.source)
        yield f"disk-{way}", self.size / seconds
