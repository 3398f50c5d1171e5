"""Fuzzes the HTTP port with requests changed byte by byte. Arguments: SECONDS SEED. BERTH_TEST_KEY: a key with every right.

The service must be at its limit of users (api.max_users): whatever a request turns into, no user comes or goes."""

import json
import os
import re
import socket
import sys
import time

import service
from changes import mutated

KEY = os.environ["BERTH_TEST_KEY"]
VERSION = "/2022-04-01"
BODIES = [
    json.dumps({"homeDirectory": "/x", "description": "x"}), json.dumps({"description": "y" * 300}), "{}", "[]", "null",
    '{"homeDirectory": "/\\u0000\\ud800"}', "[" * 600, '{"a":' * 300, '"\\u', '{"description": 1e400}', "\xff\xfe",
    '{"homeDirectory": "/a", "homeDirectory": "/b"}', json.dumps({"legacyAlgorithms": True}),
    json.dumps({"legacyAlgorithms": False}), json.dumps({"legacyAlgorithms": "true"}), " " * 5000,
    '{"homeDirectory": ' + '"/' + "a" * 70000 + '"}',
]


def target(chance):
    user = chance.choice(("ZZZZZZZZ", "", "..", "%2e%2e", "%00", "a" * 9000, "\xe4", "%zz", "AAAAAAAA/x"))
    return chance.choice((
        VERSION + "/users", VERSION + "/users?pageSize=%s&pageToken=%s" % (chance.choice((1, 0, -1, "", "9" * 40, "%31")), user),
        VERSION + "/users/" + user, "/berth/v1/blocks", "/berth/v1/blocks/" + chance.choice(("127.0.0.9", "::/0", "", user)),
        "/berth/v1/users/%s/algorithms" % user, "/healthz", "/readyz", "/openapi.json", "/", "*", "//", "/" + "a/" * 500, "http://x" + VERSION + "/users",
        VERSION + "/../" + VERSION + "/users",
    ))


def right_request(chance):
    """One that is accepted, as long as nothing changes it: the partner's right to weak algorithms comes and goes."""
    body = json.dumps({"legacyAlgorithms": chance.random() < 0.5})
    return ("PUT /berth/v1/users/%s/algorithms HTTP/1.1\r\nHost: x\r\nAuthorization: Key %s\r\nContent-Type: application/json"
            "\r\nContent-Length: %d\r\n\r\n%s" % (service.USER, KEY, len(body), body)).encode()


def request(chance):
    if chance.random() < 0.05:
        return right_request(chance)
    method = chance.choice(("GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "X", ""))
    lines = ["%s %s HTTP/%s" % (method, target(chance), chance.choice(("1.1", "1.1", "1.1", "1.0", "2.0", "0.9", "1.10")))]
    lines.append("Host: " + chance.choice(("127.0.0.1", "", "a" * 300, "x\x00y")))
    if chance.random() < 0.8:
        lines.append("Authorization: " + chance.choice(("Key " + KEY,) * 4 + ("Key ", "Key " + KEY[:-1], "Bearer x", "Key " + "x" * 9000)))
    lines += chance.sample([
        "Content-Type: application/json", "Content-Type: text/plain", "Expect: 100-continue", "Expect: 200", "Connection: close",
        "Connection: upgrade\r\nUpgrade: h2c", "Accept-Encoding: gzip", "X: " + "y" * 3000, "X-\x01: z", " folded", ":", "Cookie: " * 50,
    ], chance.randrange(4)) if chance.random() < 0.6 else ["Content-Type: application/json"]
    body = chance.choice(BODIES).encode("latin-1", "replace") if chance.random() < 0.6 else b""
    length = chance.random()
    if length < 0.5:
        lines.append("Content-Length: %d" % len(body))
    elif length < 0.7:
        lines.append("Transfer-Encoding: chunked")
        cut = chance.randrange(len(body) + 1)
        pieces = [body[:cut], body[cut:]]
        body = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), chance.choice((b"", b"", b";x=y")), piece) for piece in pieces if piece)
        body += chance.choice((b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\nA: b\r\n\r\n", b"", b"ffffffffffffffff\r\n", b"-1\r\n"))
    elif length < 0.8:
        lines.append("Content-Length: " + chance.choice(("-1", "99999999999999999999", "0x10", "1, 2", "5\r\nContent-Length: 6", "")))
    elif length < 0.85:
        lines.append("Content-Length: %d\r\nTransfer-Encoding: chunked" % len(body))
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


def attack(chance):
    raw = b"".join(request(chance) for _ in range(chance.choice((1, 1, 1, 2, 20))))
    if chance.random() < 0.6:
        raw = mutated(chance, raw)
    try:
        connection = socket.create_connection(("127.0.0.1", service.HTTP_PORT), timeout=5)
    except OSError as error:
        raise service.Broken("the port does not answer: %s" % error)
    with connection:
        try:
            if chance.random() < 0.15:
                # In pieces, or broken off in the middle.
                for place in range(0, len(raw), max(1, len(raw) // 8)):
                    connection.sendall(raw[place : place + max(1, len(raw) // 8)])
                    time.sleep(0.002)
                    if chance.random() < 0.05:
                        return "broken off"
            else:
                connection.sendall(raw)
            if chance.random() < 0.5:
                connection.shutdown(socket.SHUT_WR)
            connection.settimeout(0.3)
            answer = b""
            while len(answer) < 1 << 20:
                piece = connection.recv(65536)
                if not piece:
                    break
                answer += piece
        except socket.timeout:
            pass
        except OSError:
            return "cut off"
    codes = STATUS.findall(answer)
    for code in codes:
        if code[:1] == b"5":
            print("raw request:", raw[:3000], "\nanswer:", answer[:1000], flush=True)
            raise service.Broken("status " + code.decode())
    return codes[0].decode() if codes else "no answer"


def users():
    with socket.create_connection(("127.0.0.1", service.HTTP_PORT), timeout=20) as connection:
        connection.sendall(("GET %s/users HTTP/1.1\r\nHost: x\r\nAuthorization: Key %s\r\nConnection: close\r\n\r\n" % (VERSION, KEY)).encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return re.findall(rb'"username"\s*:\s*"([^"]*)"', answer)


if __name__ == "__main__":
    before = users()
    service.run("http", float(sys.argv[1]), int(sys.argv[2]), attack)
    after = users()
    if not before or before != after:
        sys.exit("A rule is broken: users were %s and are %s" % (before, after))
