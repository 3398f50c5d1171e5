"""An SSH client that sends what it is told, packet by packet, right or wrong. No thread, no state beyond its keys."""

import hashlib
import os
import socket
import struct
import sys
import time

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ssh_ciphers import SUITES, Plain

(DISCONNECT, IGNORE, UNIMPLEMENTED, DEBUG, SERVICE_REQUEST, SERVICE_ACCEPT, EXT_INFO) = range(1, 8)
KEXINIT, NEWKEYS, ECDH_INIT, ECDH_REPLY = 20, 21, 30, 31
USERAUTH_REQUEST, USERAUTH_FAILURE, USERAUTH_SUCCESS, USERAUTH_BANNER = 50, 51, 52, 53
USERAUTH_60, USERAUTH_61 = 60, 61
GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 80, 81, 82
(CHANNEL_OPEN, OPEN_CONFIRMATION, OPEN_FAILURE, WINDOW_ADJUST, CHANNEL_DATA, EXTENDED_DATA, CHANNEL_EOF,
 CHANNEL_CLOSE, CHANNEL_REQUEST, CHANNEL_SUCCESS, CHANNEL_FAILURE) = range(90, 101)
PING = 192
STRICT_CLIENT, STRICT_SERVER = "kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com"


class Closed(Exception):
    """The server has closed the connection."""


class Silent(Exception):
    """Nothing came in time."""


def number(value):
    return struct.pack(">I", value)


def text(value):
    raw = value.encode() if isinstance(value, str) else value
    return number(len(raw)) + raw


def mpint(raw):
    raw = raw.lstrip(b"\0")
    return text((b"\0" if raw and raw[0] & 0x80 else b"") + raw)


def message(kind, *members):
    """A message's payload: integers are uint32, booleans one byte, everything else a string."""
    payload = bytes([kind])
    for member in members:
        if isinstance(member, bool):
            payload += bytes([member])
        else:
            payload += number(member) if isinstance(member, int) else text(member)
    return payload


def string_at(payload, offset):
    """The string there, and where it ends."""
    length = struct.unpack(">I", payload[offset : offset + 4])[0]
    return payload[offset + 4 : offset + 4 + length], offset + 4 + length


class Wire:
    def __init__(self, port, suite="gcm", strict=True, seconds=5.0, identification=b"SSH-2.0-wire", source="127.0.0.1"):
        self.suite, self.strict = SUITES[suite], strict
        self.sealer, self.opener = Plain(), Plain()
        self.sent, self.received = 0, 0
        self.session = None
        self.buffer = b""
        self.identification, self.identified = identification, None
        self.offer = None
        # Payloads that go out instead of one: fuzzers set it.
        self.mutate = None
        # Bytes that are held back, to go out in one piece.
        self.corked = None
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds, source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Bytes.

    def put(self, raw):
        """Sends bytes as they are."""
        if self.corked is not None:
            self.corked += raw
            return
        try:
            self.socket.sendall(raw)
        except socket.timeout:
            raise Silent()
        except OSError:
            raise Closed()

    def cork(self):
        self.corked = b""

    def uncork(self):
        raw, self.corked = self.corked, None
        self.put(raw)

    def read(self, count):
        while len(self.buffer) < count:
            try:
                piece = self.socket.recv(65536)
            except socket.timeout:
                raise Silent()
            except OSError:
                raise Closed()
            if not piece:
                raise Closed()
            self.buffer += piece
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    # Packets.

    def send(self, payload, tamper=None):
        """Seals a payload and sends it; `tamper` changes the sealed bytes."""
        payloads = self.mutate(payload) if self.mutate else [payload]
        for one in payloads:
            sealed = self.sealer.seal(self.sent, one)
            self.sent = (self.sent + 1) & 0xFFFFFFFF
            self.put(tamper(sealed) if tamper else sealed)

    def receive(self):
        payload = self.opener.open(self.received, self.read)
        self.received = (self.received + 1) & 0xFFFFFFFF
        return payload

    def expect(self, *kinds):
        """The next message of one of these kinds; what says nothing about a request is passed over."""
        while True:
            payload = self.receive()
            if payload[:1] and payload[0] in kinds:
                return payload
            if payload[:1] and payload[0] == DISCONNECT:
                raise Closed()
            if payload[:1] and payload[0] not in (IGNORE, DEBUG, EXT_INFO, USERAUTH_BANNER, UNIMPLEMENTED, WINDOW_ADJUST):
                raise AssertionError("expected %s, got %d" % (kinds, payload[0]))

    def answers(self):
        """The kinds of all messages that come, until the server closes. Raises when it doesn't."""
        kinds = []
        while True:
            try:
                payload = self.receive()
            except Closed:
                return kinds
            kinds.append(payload[0])

    # The handshake.

    def identify(self):
        self.put(self.identification + b"\r\n")
        line = b""
        while not line.endswith(b"\n"):
            line += self.read(1)
        self.identified = line.rstrip(b"\r\n")

    def kexinit(self, exchanges="curve25519-sha256", follows=False, lists=None):
        _, cipher, mac = self.suite
        names = lists or [
            exchanges + ("," + STRICT_CLIENT if self.strict and self.session is None else ""),
            "ssh-ed25519", cipher, cipher, mac, mac, "none", "none", "", "",
        ]
        return bytes([KEXINIT]) + os.urandom(16) + b"".join(text(name) for name in names) + bytes([follows]) + number(0)

    def offer_keys(self, payload=None):
        """Sends a KEXINIT (RFC 4253, 7.1) and takes the server's."""
        self.own_offer = payload or self.kexinit()
        self.send(self.own_offer)

    def take_offer(self):
        self.offer = self.expect(KEXINIT)

    def offers_strict(self):
        return STRICT_SERVER.encode() in string_at(self.offer, 17)[0].split(b",")

    def exchange(self):
        """Curve25519 (RFC 8731), without a look at the host key."""
        self.secret = X25519PrivateKey.generate()
        self.public = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.send(message(ECDH_INIT, self.public))

    def take_exchange(self):
        reply = self.expect(ECDH_REPLY)
        host_key, offset = string_at(reply, 1)
        theirs, _ = string_at(reply, offset)
        shared = mpint(self.secret.exchange(X25519PublicKey.from_public_bytes(theirs)))
        seen = [self.identification, self.identified, self.own_offer, self.offer, host_key, self.public, theirs]
        digest = hashlib.sha256(b"".join(text(part) for part in seen) + shared).digest()
        self.session = self.session or digest

        def derive(letter, size):
            key = hashlib.sha256(shared + digest + letter + self.session).digest()
            while len(key) < size:
                key += hashlib.sha256(shared + digest + key).digest()
            return key[:size]

        kind = self.suite[0]
        self.keys = [
            kind(derive(key, kind.key_size), derive(iv, kind.iv_size), derive(mac, kind.mac_size))
            for iv, key, mac in ((b"A", b"C", b"E"), (b"B", b"D", b"F"))
        ]

    def new_keys(self):
        """NEWKEYS both ways. With strict key exchange both count from 0 again."""
        self.send(bytes([NEWKEYS]))
        self.sealer = self.keys[0]
        if self.strict:
            self.sent = 0
        self.expect(NEWKEYS)
        self.opener = self.keys[1]
        if self.strict:
            self.received = 0

    def shake_hands(self):
        self.identify()
        self.rekey()
        return self

    def rekey(self, payload=None):
        self.offer_keys(payload)
        self.take_offer()
        self.exchange()
        self.take_exchange()
        self.new_keys()

    # Logging in and channels.

    def service(self, name="ssh-userauth"):
        self.send(message(SERVICE_REQUEST, name))
        self.expect(SERVICE_ACCEPT)
        return self

    def request(self, method, *members, user, service="ssh-connection"):
        self.send(message(USERAUTH_REQUEST, user, service, method, *members))

    def log_in(self, user, password):
        self.service()
        self.request("password", False, password, user=user)
        if self.expect(USERAUTH_SUCCESS, USERAUTH_FAILURE)[0] != USERAUTH_SUCCESS:
            raise AssertionError("not logged in")
        return self

    def open_channel(self, own=0, window=1 << 20, packet=32768):
        """A session channel; the server's number for it."""
        self.send(message(CHANNEL_OPEN, "session", own, window, packet))
        reply = self.expect(OPEN_CONFIRMATION, OPEN_FAILURE)
        if reply[0] == OPEN_FAILURE:
            raise AssertionError("no channel")
        return struct.unpack(">I", reply[5:9])[0]

    def start_sftp(self, channel):
        self.send(message(CHANNEL_REQUEST, channel, "subsystem", True, "sftp"))
        self.expect(CHANNEL_SUCCESS)
        self.send(message(CHANNEL_DATA, channel, text(b"\x01" + number(3))))
        self.take_sftp()
        return channel

    def take_sftp(self):
        """The next SFTP packet, with its length. What is behind it in the same message is lost."""
        data = b""
        while len(data) < 4 or len(data) < 4 + struct.unpack(">I", data[:4])[0]:
            data += string_at(self.expect(CHANNEL_DATA), 5)[0]
        return data

    def ask_sftp(self, channel, kind, body, identifier=7):
        """One SFTP request; its answer's type and body."""
        self.send(message(CHANNEL_DATA, channel, text(bytes([kind]) + number(identifier) + body)))
        data = self.take_sftp()
        return data[4], data[9:]


def run_cases(*cases):
    """Runs each; what went wrong is printed, one line each, and is the exit status."""
    failed = 0
    for case in cases:
        started = time.monotonic()
        try:
            case()
            print("ok %s %.1f s" % (case.__name__, time.monotonic() - started), flush=True)
        except Exception as error:
            failed += 1
            print("FAILED %s: %s %s" % (case.__name__, type(error).__name__, error), flush=True)
    sys.exit(1 if failed else 0)
