"""The service that is fuzzed, as its fuzzers look at it: that it lives, what it holds, that a partner can log in.

BERTH_TEST_USER, BERTH_TEST_PASSWORD: a partner. BERTH_TEST_PIDS: berthd and its listener. BERTH_TEST_PORTS: SFTP and HTTP."""

import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Attack/Clients"))
from ssh_wire import Closed, Silent, Wire, text

USER, PASSWORD = os.environ["BERTH_TEST_USER"], os.environ["BERTH_TEST_PASSWORD"]
BERTHD, LISTENER = (int(pid) for pid in os.environ["BERTH_TEST_PIDS"].split())
SFTP_PORT, HTTP_PORT = (int(port) for port in os.environ["BERTH_TEST_PORTS"].split())
# More than the first thousands of connections make anything grow, and far less than a leak per connection.
GROWTH_LIMIT = int(os.environ.get("BERTH_FUZZ_GROWTH_MIB", "24")) << 20
# HTTP connections that were broken off may linger for their idle time, a minute; a short run does not wait for them. What the
# listener holds goes with its sessions.
SETTLE_SECONDS = float(os.environ.get("BERTH_FUZZ_SETTLE_SECONDS", "75"))
LISTENER_SETTLE_SECONDS = max(2.0, SETTLE_SECONDS)


class Broken(Exception):
    """A rule is broken."""


def held(pid):
    """Resident bytes and descriptors of a process."""
    try:
        pages = int(open("/proc/%d/statm" % pid).read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/%d/fd" % pid))
    except OSError:
        raise Broken("process %d is gone" % pid)


def sessions():
    try:
        return len(open("/proc/%d/task/%d/children" % (LISTENER, LISTENER)).read().split())
    except OSError:
        raise Broken("the listener is gone")


def partner_logs_in(seconds=20.0):
    """A login and a request, from an address of its own; the seconds that it took."""
    started = time.monotonic()
    try:
        with Wire(SFTP_PORT, seconds=seconds, source="127.0.0.2") as wire:
            wire.shake_hands().log_in(USER, PASSWORD)
            channel = wire.start_sftp(wire.open_channel())
            kind, _ = wire.ask_sftp(channel, 16, text("."))
            if kind != 104:
                raise Broken("REALPATH is answered by %d" % kind)
    except (Closed, Silent, AssertionError, OSError) as error:
        raise Broken("a partner can't log in: %s %s" % (type(error).__name__, error))
    return time.monotonic() - started


def settle(seconds=30.0):
    """Waits until no session is left."""
    end = time.monotonic() + seconds
    while sessions() > 0:
        if time.monotonic() > end:
            raise Broken("%d sessions stay" % sessions())
        time.sleep(0.05)


def run(name, seconds, seed, attack):
    """Calls `attack(random)` until the time is over, looks at the service all the while, and says what it amounted to."""
    print("%s: seed %d" % (name, seed), flush=True)
    counts, slowest, rounds = {}, 0.0, 0
    first = last = None
    at_once = ThreadPoolExecutor(8)
    started = time.monotonic()
    try:
        slowest = partner_logs_in()
        while time.monotonic() - started < seconds:
            # Each has chance of its own, so that one can be had again whatever the others did.
            chances = [random.Random("%d %d %d" % (seed, rounds, index)) for index in range(100)]
            for result in at_once.map(attack, chances):
                counts[result] = counts.get(result, 0) + 1
            rounds += 1
            slowest = max(slowest, partner_logs_in())
            # What the first connections leave in caches is no growth.
            if first is None and time.monotonic() - started > seconds / 10:
                settle()
                first = (held(BERTHD), held(LISTENER))
        settle()
        last = (held(BERTHD), held(LISTENER))
        first = first or last
        for place, seconds in ((0, SETTLE_SECONDS), (1, LISTENER_SETTLE_SECONDS)):
            end = time.monotonic() + seconds
            while last[place][1] > first[place][1] + 4 and time.monotonic() < end:
                time.sleep(0.2)
                last = (held(BERTHD), held(LISTENER))
        for who, before, after, seconds in zip(
                ("berthd", "listener"), first, last, (SETTLE_SECONDS, LISTENER_SETTLE_SECONDS)):
            if after[0] - before[0] > GROWTH_LIMIT:
                raise Broken("%s holds %d KiB more" % (who, (after[0] - before[0]) >> 10))
            if seconds > 0 and after[1] > before[1] + 4:
                raise Broken("%s holds %d descriptors more" % (who, after[1] - before[1]))
    except Broken as broken:
        print("A rule is broken: %s (round %d)" % (broken, rounds), flush=True)
        sys.exit(1)
    finally:
        at_once.shutdown()
        print("%s: %d attacks in %d s, %s; slowest login of a partner %.2f s" % (
            name, sum(counts.values()), time.monotonic() - started,
            ", ".join("%s %d" % item for item in sorted(counts.items())), slowest), flush=True)
    for who, before, after in zip(("berthd", "listener"), first, last):
        print("%s: %d -> %d KiB, %d -> %d descriptors" % (who, before[0] >> 10, after[0] >> 10, before[1], after[1]))
