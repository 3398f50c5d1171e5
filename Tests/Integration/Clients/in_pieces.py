"""Sends requests ahead, cut anywhere, and expects every answer in the order of the requests.

Arguments: PORT plain|tls open|ended ROUNDS SEED; the key is in BERTH_API_KEY. A round is up to 39 requests (fewer than a
connection may have on the way) of all kinds, in pieces of 1 to 4,096 bytes: of the records of TLS, and of the bytes on the
wire, where a piece ends within a record as well. With `ended` the client's side is over behind the last byte (SHUT_WR,
behind a close_notify with TLS), which takes nothing from the answers; with `open` the connection goes on to the next round.
Prints how many rounds and answers there were."""

import os
import random
import socket
import ssl
import sys
import time

PORT, IS_TLS, IS_ENDED, ROUNDS = int(sys.argv[1]), sys.argv[2] == "tls", sys.argv[3] == "ended", int(sys.argv[4])
KEY = os.environ["BERTH_API_KEY"]
CHANCE = random.Random(f"{sys.argv[5]} {sys.argv[2]} {sys.argv[3]}")
REQUESTS_MAX = 39
PIECE_BYTES_MAX = 4_096
ANSWER_SECONDS = 10


def pieces(data):
    """The same bytes, cut: as often into few of them as into many."""
    while data:
        count = min(int(2 ** CHANCE.uniform(0, 12.001)), PIECE_BYTES_MAX)
        yield data[:count]
        data = data[count:]


def request(request_id):
    """A request of some kind, and the status that its answer has."""
    kind = CHANCE.choice(["health", "list", "unknown", "head", "stranger", "body", "body", "chunked", "chunked"])
    method, target, status, fields, body = "GET", "/2022-04-01/users", 200, [f"Authorization: Key {KEY}"], b""
    if kind == "health":
        target, fields = "/healthz", []
    elif kind == "unknown":
        target, status = "/2022-04-01/nothing", 404
    elif kind == "head":
        method, target = "HEAD", "/healthz"
    elif kind == "stranger":
        status, fields = 401, ["Authorization: Key berth_wrong"]
    elif kind in ("body", "chunked"):
        # JSON that is no user, with line ends in it.
        method, status = "POST", 400
        body = b"{" + b"\r\n" * CHANCE.choice([0, 1, 2, 30]) + b" " * CHANCE.choice([0, 1, 500, 9_000]) + b"\n\n}"
        fields.append("Content-Type: application/json")
        if kind == "body":
            fields.append(f"Content-Length: {len(body)}")
        else:
            fields.append("Transfer-Encoding: chunked")
            chunks, body = body, b""
            while chunks:
                count = CHANCE.choice([1, 7, 100, 5_000])
                part, chunks = chunks[:count], chunks[count:]
                body += b"%x\r\n%s\r\n" % (len(part), part)
            body += b"0\r\n" + CHANCE.choice([b"", b"X-Behind: it\r\n"]) + b"\r\n"
    fields += [f"x-request-id: {request_id}", "X-Filler: " + "x" * CHANCE.choice([0, 1, 50, 700, 5_000])]
    CHANCE.shuffle(fields)
    head = "\r\n".join([f"{method} {target} HTTP/1.1", "Host: a"] + fields) + "\r\n\r\n"
    return head.encode() + body, status, method == "HEAD"


class Connection:
    """A connection whose bytes leave in pieces."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT), timeout=ANSWER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received, self.is_over = b"", False
        if IS_TLS:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = context.wrap_bio(self.incoming, self.outgoing)
            while True:
                try:
                    self.tls.do_handshake()
                except ssl.SSLWantReadError:
                    self.put(self.outgoing.read())
                    self.incoming.write(self.socket.recv(65_536))
                else:
                    break
            self.put(self.outgoing.read())

    def put(self, data):
        for piece in pieces(data):
            self.socket.sendall(piece)
            # Most meet in the server's buffer; before some it has taken all that was there.
            if CHANCE.random() < 0.05:
                time.sleep(CHANCE.choice([0.0002, 0.003]))

    def send(self, data, is_last):
        if IS_TLS:
            for piece in pieces(data):
                self.tls.write(piece)
            if is_last:
                try:
                    self.tls.unwrap()
                except ssl.SSLWantReadError:
                    pass
            data = self.outgoing.read()
        self.put(data)
        if is_last:
            self.socket.shutdown(socket.SHUT_WR)

    def receive(self):
        """Takes what comes next; nothing more does when this is over."""
        data = self.socket.recv(65_536)
        if not IS_TLS:
            self.received += data
            self.is_over = not data
            return
        self.incoming.write(data)
        if not data:
            self.is_over = True
        while True:
            try:
                text = self.tls.read(65_536)
            except ssl.SSLWantReadError:
                return
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                self.is_over = True
                return
            if not text:
                self.is_over = True
                return
            self.received += text

    def line(self, end):
        while end not in self.received:
            if self.is_over:
                raise AssertionError(f"the connection is over; left: {self.received[:200]!r}")
            self.receive()
        text, self.received = self.received.split(end, 1)
        return text

    def answer(self, has_no_body):
        """The next answer: status, request id, and whether the connection ends with it."""
        lines = self.line(b"\r\n\r\n").decode().split("\r\n")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        length = 0 if has_no_body else int(fields.get("content-length", 0))
        while len(self.received) < length:
            assert not self.is_over, "the connection is over within a body"
            self.receive()
        self.received = self.received[length:]
        return int(lines[0].split(" ")[1]), fields.get("x-request-id"), fields.get("connection") == "close"


def main():
    connection, answers = None, 0
    for number in range(ROUNDS):
        connection = connection or Connection()
        made = [request(f"{number}-{index}") for index in range(CHANCE.randint(1, REQUESTS_MAX))]
        place = f"round {number} of {len(made)} requests, {sum(len(text) for text, _, _ in made)} bytes"
        try:
            connection.send(b"".join(text for text, _, _ in made), IS_ENDED)
            for index, (text, status, is_head) in enumerate(made):
                expected = (status, f"{number}-{index}", False)
                found = connection.answer(is_head)
                # The last one of a side that is over may say that it is the last.
                if IS_ENDED and index == len(made) - 1:
                    found = found[:2] + (False,)
                assert found == expected, f"{found} and not {expected}: {text[:200]!r}"
                answers += 1
            if IS_ENDED:
                while not connection.is_over:
                    connection.receive()
            assert connection.received == b"", f"and then: {connection.received[:200]!r}"
        except (AssertionError, OSError) as error:
            sys.exit(f"{place}: {type(error).__name__} {error} (after {answers} answers)")
        if IS_ENDED:
            connection.socket.close()
            connection = None
    print(f"{ROUNDS} rounds, {answers} answers")


main()
