"""Thousands of small files over one session, with and without the disk's confirmation, on tmpfs and on a disk; and large ones on
the disk."""

import os
import pathlib
import shutil
import tempfile

from rows import CHEAP_HASH, SSHD_LIMITS, Row, own
from servers import Berth, Failed, OpenSSH, Rclone
from table import Line, at_least
from transfers import same

DEPTHS = {1: "one at a time", 16: "16 under way"}
PLACES = ("tmpfs", "disk")
# With OpenSSH's server it is the client that asks for it (fsync@openssh.com); rclone's can't.
WAYS = {"up": "up, fsync off", "durable": "up, fsync on", "down": "down"}


def disk_directory(bench):
    """A new directory on the disk in question."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="berth-bench-", dir=bench.options.disk))
    directory.chmod(0o755)
    return directory


def servers_by_way(row, directory, peers=None):
    """Starts a Berth with fsync and one without, and their peers unless these are there, with their files in a directory;
    says who is measured in which of WAYS. What was started is in the row's `started`."""
    bench = row.bench

    def start(server):
        row.started.append(server)
        return bench.start(server, is_peer=False)

    def berth(setting):
        place = directory / f"fsync-{setting}"
        place.mkdir()
        place.chmod(0o755)
        return start(Berth(bench.options.programs, place, settings={
            "BERTHD_SFTP_MAX_SESSIONS_PER_ADDRESS": "1000", "BERTHD_SFTP_MAX_SESSIONS_PER_USER": "0",
            "BERTHD_SFTP_FSYNC": setting}))

    synced, unsynced = berth("close"), berth("never")
    if peers is None:
        there = {server.name for server in bench.servers}
        peers = [start(OpenSSH(directory, SSHD_LIMITS, "berth-bench-disk", CHEAP_HASH))] if "OpenSSH" in there else []
        peers += [start(Rclone(directory))] if "rclone" in there else []
    able = [server for server in peers if server.name != "rclone"]
    return {"up": [unsynced, *peers], "durable": [synced, *able], "down": [synced, *peers]}


class SmallFiles(Row):
    """Small files up and down, one at a time and several under way, fsync on and off, tmpfs and disk."""

    quick_rounds = 1

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
        self.started, self.sets = [], {}
        self.disk = disk_directory(self.bench)
        for place, directory in (("tmpfs", self.bench.directory), ("disk", self.disk)):
            peers = [server for server in self.bench.servers if server.name != "Berth"]
            self.sets[place] = servers_by_way(self, directory, peers if place == "tmpfs" else None)
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
        for server in self.started:
            self.bench.stop(server)
        for server in self.bench.servers:
            shutil.rmtree(server.home / "small", ignore_errors=True)
            server.refresh()
        shutil.rmtree(self.disk, ignore_errors=True)


class OnDisk(Row):
    """A large file to the disk, with its confirmation and without, and from there; OpenSSH's client."""

    quick_rounds = 1

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
        self.started = []
        self.disk = disk_directory(self.bench)
        self.sets = servers_by_way(self, self.disk)
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
        is_whole = same(target, self.source)
        target.unlink()
        if not is_whole:
            raise Failed("what came is not what was sent")
        yield f"disk-{way}", self.size / seconds

    def finish(self):
        for server in self.started:
            self.bench.stop(server)
        shutil.rmtree(self.disk, ignore_errors=True)
