"""Fuzzes the broker of a running berthd, which takes this for its listener: sessions that say anything, in any order.

Arguments: SECONDS SEED. BERTH_TEST_CONTROL: the path of berthd's socket. BERTH_TEST_USER, BERTH_TEST_PASSWORD: a partner.
BERTH_TEST_PIDS: berthd. Rules: nobody is granted anything without the password, whatever was said before, and no descriptor
comes without a grant; a session in good order is granted all the while; berthd lives and does not grow."""

import array
import os
import random
import socket
import struct
import sys
import time

from changes import mutated

USER, PASSWORD = os.environ["BERTH_TEST_USER"].encode(), os.environ["BERTH_TEST_PASSWORD"].encode()
BERTHD, PATH = int(os.environ["BERTH_TEST_PIDS"].split()[0]), os.environ["BERTH_TEST_CONTROL"]
VERSION = 5
HELLO, SESSION, ENDED, READY, FAILED, STOPPING, ALIVE = range(1, 8)
CLIENT, AUTHENTICATE, TRAFFIC, EVENT, CLOSING = range(1, 6)
END, PING = 3, 5
DENIED, GRANTED = 1, 2


class Broken(Exception):
    """A rule is broken."""


def number(value):
    return struct.pack(">I", value)


def large(value):
    return struct.pack(">Q", value)


def text(raw):
    return number(len(raw)) + raw


def packet(kind, *members, version=VERSION):
    return bytes([version, kind]) + b"".join(members)


def failures(chance):
    """Kinds of requests that failed, known or not, and how often."""
    count = chance.choice((0, 1, 3, 300))
    return number(count) + b"".join(bytes([chance.randrange(20), chance.choice((2, 3, 4, 5, 8, 9))])
                                    + large(chance.randrange(1 << 64)) for _ in range(count))


def authenticate(attempt, user, password, method=1, weak=()):
    return packet(AUTHENTICATE, number(attempt), text(user), bytes([method]), text(password), number(len(weak)),
                  *(text(name) for name in weak))


class Listener:
    def __init__(self):
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for _ in range(100):
            try:
                self.link.connect(PATH)
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise Broken("berthd takes no listener")
        self.link.settimeout(10)
        self.report(packet(HELLO, number(os.getpid())))
        self.report(packet(READY, number(0), number(0), text(b"0"), number(0)))

    def report(self, message, *descriptors):
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        self.link.sendmsg([message], passed)

    def heed(self):
        """Answers what has come: a session that is to end has ended."""
        self.link.setblocking(False)
        try:
            while command := self.link.recv(1 << 18):
                if command[1] == PING:
                    self.report(packet(ALIVE))
                elif command[1] == END:
                    self.report(packet(ENDED, command[2:10], text(b"ended by the broker"), number(9), bytes([0])))
        except BlockingIOError:
            pass
        finally:
            self.link.settimeout(10)

    def session(self, chance, name=b""):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        identifier = large(chance.randrange(1, 1 << 64))
        self.report(packet(SESSION, identifier, text(b"127.0.0.1:%d" % chance.randrange(1, 65536)), text(name),
                           large(int(time.time())), b"\0"), theirs.fileno())
        theirs.close()
        ours.settimeout(5)
        return identifier, ours

    def ended(self, identifier):
        self.report(packet(ENDED, identifier, text(b""), number(0), bytes([0])))


def replies(session, wait):
    """Kinds of what came, and how many descriptors with them."""
    kinds, descriptors = [], 0
    session.settimeout(wait)
    try:
        while True:
            message, passed, _, _ = session.recvmsg(1 << 18, socket.CMSG_SPACE(64))
            for _, _, data in passed:
                given = array.array("i")
                given.frombytes(data[: len(data) - len(data) % 4])
                descriptors += len(given)
                for descriptor in given:
                    os.close(descriptor)
            if not message:
                break
            kinds.append(message[1])
    except (socket.timeout, BlockingIOError, OSError):
        pass
    return kinds, descriptors


def attack(listener, chance):
    identifier, session = listener.session(chance)
    attempt, proved = 0, False
    with session:
        for _ in range(chance.randrange(1, 30)):
            attempt += chance.random() < 0.7
            user = chance.choice((USER, USER + b"\0", b"", b"NOBODY00", b"u" * 256))
            wrong = chance.choice((b"wrong", b"", b"\0", PASSWORD[:-1], b"p" * 2000))
            message = chance.choice((
                packet(CLIENT, text(b"SSH-2.0-x")), packet(CLIENT, text(chance.randbytes(300))),
                packet(TRAFFIC, large(chance.randrange(1 << 64)), large(0), failures(chance)),
                packet(EVENT, bytes([chance.randrange(12)]), text(b"/x"), text(b""), large(1)),
                packet(CLOSING, text(b"bye"), large(1), large(1), number(0)), authenticate(attempt, user, wrong),
                authenticate(chance.randrange(1 << 32), user, wrong, chance.randrange(4), (b"3des-cbc", b"x" * 100)),
                packet(GRANTED, number(attempt), number(0)), chance.randbytes(chance.randrange(200)) or b"\0",
            ))
            if chance.random() < 0.15:
                message = mutated(chance, message) or b"\0"
            if chance.random() < 0.1:
                message = bytes([chance.choice((0, 1, 2, 3, 4, 5, 6, 255))]) + message[1:]
            if chance.random() < 0.05:
                message, proved = authenticate(max(1, attempt), USER, PASSWORD), True
            try:
                session.settimeout(0.2)
                passing = chance.random() < 0.05
                session.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))] if passing else [])
            except OSError:
                break
        kinds, descriptors = replies(session, 0.003)
        if not proved and (GRANTED in kinds or descriptors):
            raise Broken("a grant without the password: %s, %d descriptors" % (kinds, descriptors))
        if kinds.count(GRANTED) > 1 or descriptors > kinds.count(GRANTED):
            raise Broken("more than one grant: %s, %d descriptors" % (kinds, descriptors))
    listener.ended(identifier)
    listener.heed()
    return "granted" if GRANTED in kinds else "ended" if 3 in kinds else "denied" if DENIED in kinds else "no answer"


def good_login(listener, chance):
    identifier, session = listener.session(chance)
    with session:
        session.send(authenticate(1, USER, PASSWORD))
        session.settimeout(10)
        started = time.monotonic()
        try:
            message, passed, _, _ = session.recvmsg(1 << 18, socket.CMSG_SPACE(64))
        except socket.timeout:
            raise Broken("a session in good order gets no answer")
        if message[1:2] != bytes([GRANTED]) or len(passed) != 1:
            raise Broken("a session in good order is not granted: %r" % message)
        os.close(array.array("i", passed[0][2])[0])
    listener.ended(identifier)
    return time.monotonic() - started


def held():
    try:
        return (int(open("/proc/%d/statm" % BERTHD).read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 10,
                len(os.listdir("/proc/%d/fd" % BERTHD)))
    except OSError:
        raise Broken("berthd is gone")


def run(seconds, seed):
    print("control: seed %d" % seed, flush=True)
    counts, slowest, links, rounds, first = {}, 0.0, 0, 0, None
    started = time.monotonic()
    listener = Listener()
    while time.monotonic() - started < seconds:
        chance = random.Random("%d %d" % (seed, rounds))
        rounds += 1
        for _ in range(100):
            result = attack(listener, chance)
            counts[result] = counts.get(result, 0) + 1
        slowest = max(slowest, good_login(listener, chance))
        listener.heed()
        if chance.random() < 0.2:
            # A link that breaks, or whose listener says what none says.
            links += 1
            try:
                for _ in range(chance.randrange(3)):
                    listener.report(mutated(chance, packet(chance.randrange(9), large(1), text(b"x" * 20), number(3))) or b"\0")
            except OSError:
                pass
            listener.link.close()
            listener = Listener()
        if first is None and time.monotonic() - started > seconds / 10:
            first = held()
    listener.link.close()
    time.sleep(0.5)
    last = held()
    print("control: %d sessions in %d s, %s; %d links; slowest grant %.2f s; berthd %s -> %s (KiB, descriptors)" % (
        sum(counts.values()), time.monotonic() - started, counts, links, slowest, first, last), flush=True)
    if last[0] - first[0] > 24 << 10 or last[1] > first[1] + 4:
        raise Broken("berthd grows")


if __name__ == "__main__":
    try:
        run(float(sys.argv[1]), int(sys.argv[2]))
    except Broken as broken:
        sys.exit("A rule is broken: %s" % broken)
