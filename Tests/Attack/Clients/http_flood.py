"""Floods the port of the management API, from addresses of 127.80.0.0/16, until its input ends.

Arguments: PORT CONNECTIONS SOURCES. Holds so many connections: silent
ones, half heads that get a field more now and then, heads that are too large, bodies that trickle in, requests whose answers
nobody reads, whole requests with a wrong key, and bytes that are no TLS, or a ClientHello that goes no further. One that is
closed has a successor. Says `flooding` when all are open, and what it did at the end, as JSON."""

import json
import os
import random
import select
import socket
import sys
import time

port, wanted, sources = (int(argument) for argument in sys.argv[1:4])
chance = random.Random(20261129)
HEAD = b"POST /2022-04-01/users HTTP/1.1\r\nHost: x\r\nAuthorization: Key berth_" + b"x" * 43 + b"\r\n"
GET = b"GET /2022-04-01/users HTTP/1.1\r\nHost: x\r\nAuthorization: Key berth_" + b"y" * 43 + b"\r\n\r\n"
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(chance.randrange(256) for _ in range(32))
# What each sends first, and then every half second.
WAYS = {
    "silent": (b"", b""), "half_head": (HEAD, b"X: y\r\n"), "large_head": (HEAD + b"X: " + b"y" * 40000, b"y" * 4000),
    "slow_body": (HEAD + b"Content-Length: 60000\r\n\r\n", b" "), "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "unread": (GET * 200, GET * 20), "requests": (GET, GET), "no_tls": (bytes(range(256)) * 8, b"\xff" * 100),
    "half_hello": (HELLO, b"\0"), "large_record": (b"\x16\x03\x03\x40\x00" + b"\1" * 16384, b"\x17\x03\x03\xff\xff"),
}
NAMES = sorted(WAYS)
counts = dict.fromkeys(["connected", "ended", "failed"] + NAMES, 0)
poller, held = select.poll(), {}


def connect():
    connection = socket.socket()
    connection.setblocking(False)
    try:
        number = chance.randrange(sources)
        connection.bind(("127.80.%d.%d" % (number // 250, number % 250 + 1), 0))
        connection.connect(("127.0.0.1", port))
    except BlockingIOError:
        pass
    except OSError:
        counts["failed"] += 1
        connection.close()
        return
    held[connection.fileno()] = [connection, chance.choice(NAMES), None]
    poller.register(connection, select.POLLOUT | select.POLLIN)


def end(descriptor):
    connection, _, begun = held.pop(descriptor)
    poller.unregister(descriptor)
    connection.close()
    counts["ended" if begun else "failed"] += 1


def send(descriptor, data):
    try:
        held[descriptor][0].send(data)
    except BlockingIOError:
        pass
    except OSError:
        end(descriptor)


def handle(descriptor, events):
    connection, name, begun = held[descriptor]
    if events & (select.POLLERR | select.POLLHUP):
        return end(descriptor)
    if events & select.POLLOUT and begun is None:
        held[descriptor][2] = time.monotonic()
        counts["connected"] += 1
        counts[name] += 1
        # What nobody reads stays where it is: only the end is noticed.
        poller.modify(connection, select.POLLRDHUP if name == "unread" else select.POLLIN)
        return send(descriptor, WAYS[name][0])
    if events & select.POLLRDHUP:
        return end(descriptor)
    if events & select.POLLIN:
        try:
            if not connection.recv(65536):
                end(descriptor)
        except BlockingIOError:
            pass
        except OSError:
            end(descriptor)


def main():
    os.set_blocking(0, False)
    started, trickled, said = time.monotonic(), time.monotonic(), False
    while True:
        for _ in range(min(50, wanted - len(held))):
            connect()
        for descriptor, events in poller.poll(10):
            if descriptor in held:
                handle(descriptor, events)
        now = time.monotonic()
        if not said and (counts["connected"] >= wanted or now - started > 5):
            print("flooding", flush=True)
            said = True
        if now - trickled > 0.5:
            trickled = now
            for descriptor in list(held):
                if held[descriptor][2]:
                    send(descriptor, WAYS[held[descriptor][1]][1])
        try:
            if os.read(0, 100) == b"":
                break
        except BlockingIOError:
            pass
    counts["seconds"] = time.monotonic() - started
    print(json.dumps(counts), flush=True)


main()
