"""Thousands of small files over one session, with and without the disk's confirmation, on tmpfs and on a disk."""

import os
import pathlib
import shutil
import tempfile

from rows import CHEAP_HASH, SSHD_LIMITS, Row, own
from servers import Berth, OpenSSH, Rclone
from table import Line, at_least

DEPTHS = {1: "one at a time", 16: "16 under way"}
PLACES = ("tmpfs", "disk")
# With OpenSSH's server it is the client that asks for it (fsync@openssh.com); rclone's can't.
WAYS = {"up": "up, fsync off", "durable": "up, fsync on", "down": "down"}


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
                               ("OpenSSH", "rclone") if goals else ())

    def units(self):
        return [(place, way, depth) for place in PLACES for way in WAYS for depth in DEPTHS]

    def keys(self, place, way, depth):
        return [f"small-{place}-{way}-{depth}"]

    def prepare(self):
        bench = self.bench
        self.disk = pathlib.Path(tempfile.mkdtemp(prefix="berth-bench-", dir=bench.options.disk))
        self.disk.chmod(0o755)
        self.started, self.sets = [], {}
        for place, directory in (("tmpfs", bench.directory), ("disk", self.disk)):
            others = [server for server in bench.servers if server.name != "Berth"]
            if place == "disk":
                others = [OpenSSH(directory, SSHD_LIMITS, "berth-bench-disk", CHEAP_HASH) if each.name == "OpenSSH"
                          else Rclone(directory) for each in others]
            berths = {}
            for setting in ("close", "never"):
                own_place = directory / f"fsync-{setting}"
                own_place.mkdir()
                own_place.chmod(0o755)
                berths[setting] = Berth(bench.options.programs, own_place, settings={
                    "BERTHD_SFTP_MAX_SESSIONS_PER_ADDRESS": "1000", "BERTHD_SFTP_MAX_SESSIONS_PER_USER": "0",
                    "BERTHD_SFTP_FSYNC": setting})
            new = list(berths.values()) + (others if place == "disk" else [])
            for server in new:
                bench.start(server, is_peer=False)
                self.started.append(server)
            able = [server for server in others if server.name != "rclone"]
            self.sets[place] = {
                "up": [berths["never"], *others], "durable": [berths["close"], *able], "down": [berths["close"], *others]}
            for server in [berths["close"], *others]:
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
