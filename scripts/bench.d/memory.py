"""Memory: of idle sessions, and of one that works as hard as it can or whose client has no manners."""

import dataclasses
import json
import subprocess
import threading
import time

from rows import Failed, Row
from table import Line, at_most

KINDS = {
    "download": "one session downloading at full rate", "upload": "one session uploading at full rate",
    "stall": "a client that reads ahead and takes no answer", "flood": "a client that never waits for answers",
}
# What a session may have in memory above what it has when it is idle, in MiB.
MARGIN = 4
# Clients that share the logins of the idle sessions, so that they are soon made.
HOLDERS = 4


class IdleMemory(Row):
    """What the whole server grows by with each of many idle sessions."""

    quick_rounds = 1

    def __init__(self, bench, name):
        super().__init__(bench, name)
        self.count = 100 if self.quick else 500

    def lines(self):
        yield Line("idle-memory", f"Memory per idle session, KiB (PSS, {self.count} sessions)", False,
                   (at_most(0.15, "OpenSSH"),), ("OpenSSH",))
        yield Line("idle-processes", "Processes per session", False, ahead_of=())

    def measure(self, server):
        before, processes = server.account.pss(), len(server.account.processes())
        holders = [
            subprocess.Popen(
                self.bench.command("hold", server, self.count // HOLDERS), env=self.bench.environment(server),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(HOLDERS)
        ]
        try:
            if any(holder.stdout.readline() != "held\n" for holder in holders):
                raise Failed(f"{self.count} sessions could not be opened")
            time.sleep(1)
            after, processes_after = server.account.pss(), len(server.account.processes())
        finally:
            for holder in holders:
                holder.communicate()
        # Until they have gone, so that the next measurement begins as this one did.
        time.sleep(2)
        yield "idle-memory", (after - before) / self.count / 1024
        yield "idle-processes", (processes_after - processes) / self.count


class LoadMemory(Row):
    """The most that the server grows by above one idle session, at full rate and with clients without manners.

    PSS as it is seen, every few milliseconds; and resident pages as the kernel keeps their highest number, which misses
    nothing and counts what is shared, too.
    """

    quick_rounds = 1

    def lines(self):
        for kind, title in KINDS.items():
            yield Line(f"load-memory-{kind}", f"Memory above idle, {title}, MiB (PSS, peak)", False, (at_most(MARGIN),))
            yield Line(f"load-memory-{kind}-resident", f"Resident pages above idle, {title}, MiB", False, ahead_of=())

    def units(self):
        return [(kind,) for kind in KINDS]

    def keys(self, kind):
        return [f"load-memory-{kind}", f"load-memory-{kind}-resident"]

    def prepare(self):
        self.window = 0
        self.source = self.bench.make_file("source", 128 if self.quick else 1024)
        for server in self.bench.servers:
            self.bench.place(server, "source", self.source)

    def watch(self, server, begin, is_done):
        """Growth of PSS and of resident pages from now until something that is begun here is done."""
        time.sleep(0.3)
        server.account.forget_peaks()
        idle, resident, peak, highest = server.account.pss(), server.account.resident(), 0, {}
        begin()
        while not is_done():
            peak = max(peak, server.account.pss())
            # Kept as it goes: a session may end before its client does.
            highest.update(server.account.resident("VmHWM"))
            time.sleep(0.003)
        grown = sum(highest[pid] - resident[pid] for pid in highest if pid in resident)
        return max(0, peak - idle) / 2**20, max(0, grown) / 2**20

    def measure(self, server, kind):
        measured = self.transfer(server, kind) if kind in ("download", "upload") else self.press(server, kind)
        for key, value in zip(self.keys(kind), measured):
            yield key, value

    def transfer(self, server, kind):
        target = self.bench.directory / "downloaded"
        client = self.bench.client(server)
        thread = threading.Thread(
            target=client.run, args=(f"get source {target}" if kind == "download" else f"put {self.source} uploaded",))
        measured = self.watch(server, thread.start, lambda: not thread.is_alive())
        client.close()
        moved = target if kind == "download" else server.home / "uploaded"
        if moved.stat().st_size != self.source.stat().st_size:
            raise Failed("the transfer is not whole")
        moved.unlink()
        return measured

    def press(self, server, kind):
        with subprocess.Popen(
            self.bench.command("press", server, kind, 2 if self.quick else 5, "source"),
            env=self.bench.environment(server), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as client:
            if client.stdout.readline() != "held\n":
                raise Failed("the client could not log in")

            def begin():
                client.stdin.write("\n")
                client.stdin.flush()

            measured = self.watch(server, begin, lambda: client.poll() is not None)
            if client.returncode != 0:
                raise Failed(f"the client ended with status {client.returncode}")
            if server.name == "Berth":
                self.window = max(self.window, json.loads(client.stdout.read())["window"])
        # The large gap that it left is no longer needed.
        (server.home / "flooded").unlink(missing_ok=True)
        time.sleep(1)
        return measured

    def finish(self):
        lines = self.bench.table.lines
        for kind in ("stall", "flood"):
            key = f"load-memory-{kind}"
            lines[key] = dataclasses.replace(lines[key], goals=(at_most(round(self.window / 2**20 + MARGIN, 1)),))
