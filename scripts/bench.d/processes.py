"""Processes as /proc shows them."""

import os
import pathlib


def descendants(pid):
    """A process and all that it started."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry))
            except OSError:
                pass
    found, rest = [], [pid]
    while rest:
        found.append(rest.pop())
        rest += parents.get(found[-1], [])
    return found


def cpu_seconds(pid):
    """Processor time of a process and all that it started, those that have ended included."""
    ticks = 0
    for each in descendants(pid):
        try:
            fields = pathlib.Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            # utime, stime, and those of children that were waited for (proc(5): fields 14 to 17).
            ticks += sum(int(field) for field in fields[11:15])
        except OSError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")


def pss_of(pid):
    """Proportional share of the memory of one process, in bytes; 0 when it has none or is gone."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def pss(pid):
    """Proportional share of the memory of a process and all that it started, in bytes; and how many they are."""
    shares = [share for share in map(pss_of, descendants(pid)) if share]
    return sum(shares), len(shares)
