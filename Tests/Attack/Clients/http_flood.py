"""Floods the port of the management API, from addresses of 127.80.0.0/16, until its input ends.

Arguments: PORT CONNECTIONS SOURCES, and `tls` for half of the connections to complete a handshake. Holds so many connections:
silent ones, half heads that get a field more now and then, heads that are too large, bodies that trickle in, requests whose
answers nobody reads, line ends without end (before a request, and as a body), whole requests with a wrong key, one for each
connection (with a handshake each time) or one after the other, questions for the health that are sent ahead, and bytes that
are no TLS, or a ClientHello that goes no further. One that is closed has a successor of its kind. Says `flooding` when all are
open, and what it did at the end, as JSON.

It takes only processor time that nobody else wants: what it slows down is what the server does for it."""

import json
import os
import random
import select
import socket
import ssl
import sys
import time

port, wanted, sources = (int(argument) for argument in sys.argv[1:4])
is_tls = sys.argv[4:] == ["tls"]
chance = random.Random(20261129)
HEAD = b"POST /2022-04-01/users HTTP/1.1\r\nHost: x\r\nAuthorization: Key berth_" + b"x" * 43 + b"\r\n"
GET = b"GET /2022-04-01/users HTTP/1.1\r\nHost: x\r\nAuthorization: Key berth_" + b"y" * 43 + b"\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(chance.randrange(256) for _ in range(32))
# What each sends first, and then every half second.
WAYS = {
    "silent": (b"", b""), "half_head": (HEAD, b"X: y\r\n"), "large_head": (HEAD + b"X: " + b"y" * 40000, b"y" * 4000),
    "slow_body": (HEAD + b"Content-Length: 60000\r\n\r\n", b" "), "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "unread": (GET * 200, GET * 20), "requests": (GET, GET), "one_request": (GET, b""), "health": (HEALTH * 50, HEALTH),
    "no_tls": (bytes(range(256)) * 8, b"\xff" * 100), "half_hello": (HELLO, b"\0"),
    "large_record": (b"\x16\x03\x03\x40\x00" + b"\1" * 16384, b"\x17\x03\x03\xff\xff"),
    "newlines": (b"\r\n" * 8192, b"\n" * 16384),
    "chunk_of_newlines": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n100000\r\n" + b"\n" * 65536, b"\n" * 65536),
}
NAMES = sorted(WAYS)
NEVER_ENCRYPTED = {"no_tls", "half_hello", "large_record"}
counts = dict.fromkeys(["connected", "ended", "failed", "handshakes", "answers"] + NAMES, 0)
poller, held, successors = select.poll(), {}, []
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE


class Connection:
    """One that is made, perhaps encrypted, and then says what its kind says."""

    def __init__(self, name):
        self.name = name
        encrypted = name == "one_request" or (name not in NEVER_ENCRYPTED and chance.random() < 0.63)
        self.stage = "connecting"
        self.encrypts = is_tls and encrypted
        self.socket = socket.socket()
        self.socket.setblocking(False)
        number = chance.randrange(sources)
        try:
            self.socket.bind(("127.80.%d.%d" % (number // 250, number % 250 + 1), 0))
            self.socket.connect(("127.0.0.1", port))
        except BlockingIOError:
            pass
        except OSError:
            self.socket.close()
            raise
        held[self.socket.fileno()] = self
        poller.register(self.socket, select.POLLOUT | select.POLLIN)

    def end(self):
        poller.unregister(self.socket)
        del held[self.socket.fileno()]
        self.socket.close()
        counts["failed" if self.stage == "connecting" else "ended"] += 1
        successors.append(self.name)

    def attempt(self, action):
        """Its result; None where it has to wait, or the connection has ended."""
        try:
            return action()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError:
            self.end()
            return None

    def send(self, data):
        if data:
            self.attempt(lambda: self.socket.send(data))

    def handle(self, events):
        if events & (select.POLLERR | select.POLLHUP | select.POLLRDHUP):
            return self.end()
        if self.stage == "connecting" and events & select.POLLOUT:
            counts["connected"] += 1
            counts[self.name] += 1
            if not self.encrypts:
                return self.begin()
            self.stage = "handshake"
            poller.unregister(self.socket)
            self.socket = context.wrap_socket(self.socket, do_handshake_on_connect=False)
            poller.register(self.socket, select.POLLIN)
        if self.stage == "handshake":
            return self.handshake()
        if events & select.POLLIN:
            self.receive()

    def handshake(self):
        try:
            self.socket.do_handshake()
        except ssl.SSLWantReadError:
            poller.modify(self.socket, select.POLLIN)
        except ssl.SSLWantWriteError:
            poller.modify(self.socket, select.POLLOUT)
        except OSError:
            self.end()
        else:
            counts["handshakes"] += 1
            self.begin()

    def begin(self):
        self.stage = "open"
        # What nobody reads stays where it is: only the end is noticed.
        poller.modify(self.socket, select.POLLRDHUP if self.name == "unread" else select.POLLIN)
        self.send(WAYS[self.name][0])

    def receive(self):
        # A record at a time, where it is encrypted.
        for _ in range(50):
            data = self.attempt(lambda: self.socket.recv(65536))
            if data is None:
                return
            answers = data.count(b"HTTP/1.1 ")
            counts["answers"] += answers
            if not data or (self.name == "one_request" and answers):
                return self.end()
            if self.name == "health":
                self.send(HEALTH * answers)
            if self.socket.fileno() not in held:
                return


def main():
    os.nice(19)
    os.set_blocking(0, False)
    started, trickled, said = time.monotonic(), time.monotonic(), False
    while True:
        for _ in range(min(50, wanted - len(held))):
            try:
                Connection(successors.pop() if successors else chance.choice(NAMES))
            except OSError:
                counts["failed"] += 1
        for descriptor, events in poller.poll(10):
            if descriptor in held:
                held[descriptor].handle(events)
        now = time.monotonic()
        if not said and (counts["connected"] >= wanted or now - started > 5):
            print("flooding", flush=True)
            said = True
        if now - trickled > 0.5:
            trickled = now
            for connection in list(held.values()):
                if connection.stage == "open":
                    connection.send(WAYS[connection.name][1])
        try:
            if os.read(0, 100) == b"":
                break
        except BlockingIOError:
            pass
    counts["seconds"] = time.monotonic() - started
    print(json.dumps(counts), flush=True)


main()
