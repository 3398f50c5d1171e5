"""What all processes of a server use together: those that have ended, and those that lost their parent, included.

A control group (cgroup 2) counts exactly that. Where none can be made, a process that takes in orphans does: the load
generator's `reap`, whose processor time is counted in the system's ticks of 10 ms.
"""

import os
import pathlib
import time

from processes import cpu_seconds, descendants, pss_of

ROOTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")


def group_root():
    """Where control groups can be made, or None."""
    for root in map(pathlib.Path, ROOTS):
        if (root / "cgroup.controllers").exists() and os.access(root, os.W_OK) and os.geteuid() == 0:
            return root
    return None


class Group:
    """A control group with a server in it."""

    description = "control groups"

    def __init__(self, root, name):
        self.place = root / name
        self.place.mkdir()

    def wrapped(self, command):
        """The command line that runs this one in the group."""
        return ["sh", "-c", 'echo $$ >"$0"; exec "$@"', str(self.place / "cgroup.procs"), *command]

    def cpu_seconds(self):
        """Processor time, user and system."""
        fields = (self.place / "cpu.stat").read_text().split()
        return int(fields[fields.index("usage_usec") + 1]) / 1e6

    def processes(self, pid):
        return [int(line) for line in (self.place / "cgroup.procs").read_text().split()]

    def close(self):
        """Ends what is left in it: only what the server started is."""
        kill = self.place / "cgroup.kill"
        for _ in range(100):
            try:
                if self.processes(0) and kill.exists():
                    kill.write_text("1")
                self.place.rmdir()
                return
            except OSError:
                time.sleep(0.05)


class Reaper:
    """A parent that orphans come to."""

    description = "a process that waits for orphans (ticks of 10 ms)"

    def __init__(self, load):
        self.load, self.pid = load, None

    def wrapped(self, command):
        return [str(self.load), "reap", *command]

    def cpu_seconds(self):
        return cpu_seconds(self.pid)

    def processes(self, pid):
        self.pid = pid
        return descendants(pid)

    def close(self):
        pass


class Account:
    """The books of one server."""

    def __init__(self, load, name):
        root = group_root()
        self.books = Group(root, f"berth-bench-{os.getpid()}-{name}") if root else Reaper(load)
        self.description, self.wrapped, self.close = self.books.description, self.books.wrapped, self.books.close
        self.pid = None

    def processes(self):
        return self.books.processes(self.pid)

    def cpu_seconds(self):
        self.books.pid = self.pid
        return self.books.cpu_seconds()

    def pss(self):
        """Proportional share of memory, in bytes."""
        return sum(map(pss_of, self.processes()))

    def forget_peaks(self):
        """From here on `peaks` are of what comes."""
        for pid in self.processes():
            try:
                pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
            except OSError:
                pass

    def resident(self, field="VmRSS"):
        """Resident bytes by process; with VmHWM the most that they ever were, which the kernel keeps without gaps."""
        found = {}
        for pid in self.processes():
            try:
                for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith(field + ":"):
                        found[pid] = int(line.split()[1]) * 1024
            except OSError:
                pass
        return found
