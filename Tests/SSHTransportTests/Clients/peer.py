"""What the test clients share: a connection below paramiko's own authentication and channels."""
import queue
import signal
import socket
import struct
import sys

import paramiko
from paramiko.message import Message

# No test waits for a client that hangs.
signal.alarm(60)

USER, PASSWORD = "partner", "secret-1"
SUCCESS, FAILURE, SERVICE_ACCEPT, INFO_REQUEST = 52, 51, 6, 60


def port():
    return int(sys.argv[1])


def connect():
    """A transport whose key exchange is done."""
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", port())))
    transport.start_client(timeout=10)
    return transport


def logged_in():
    transport = connect()
    transport.auth_password(USER, PASSWORD)
    return transport


class RawAuthentication:
    """Sends any authentication message and hands over the answers."""

    def __init__(self):
        self.transport = connect()
        self.answers = queue.Queue()
        table = dict(self.transport._handler_table)
        for kind in (SUCCESS, FAILURE, SERVICE_ACCEPT, INFO_REQUEST):
            table[kind] = lambda _, message, kind=kind: self.answers.put(kind)
        self.transport._handler_table = table

    def send(self, kind, *members):
        message = Message()
        message.add_byte(bytes([kind]))
        for member in members:
            if isinstance(member, bool):
                message.add_boolean(member)
            elif isinstance(member, int):
                message.add_int(member)
            else:
                message.add_string(member)
        self.transport._send_message(message)

    def service(self, name="ssh-userauth"):
        self.send(5, name)

    def request(self, method, *members, user=USER):
        self.send(50, user, "ssh-connection", method, *members)

    def answer(self, seconds=5):
        """The next answer, or `closed`, or `silence`."""
        for _ in range(int(seconds * 50)):
            try:
                return self.answers.get(timeout=0.02)
            except queue.Empty:
                if not self.transport.is_active():
                    return "closed"
        return "silence"


def expect(got, wanted):
    if got != wanted:
        sys.exit("expected %r, got %r" % (wanted, got))


def frame(kind, identifier, body=b""):
    payload = struct.pack(">BI", kind, identifier) + body
    return struct.pack(">I", len(payload)) + payload


def string(text):
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack(">I", len(raw)) + raw


def read_exactly(channel, count):
    got = b""
    while len(got) < count:
        piece = channel.recv(count - len(got))
        if not piece:
            return got
        got += piece
    return got


def read_frame(channel):
    length = struct.unpack(">I", read_exactly(channel, 4))[0]
    return read_exactly(channel, length)


def sftp_channel(transport, **options):
    channel = transport.open_session(**options)
    channel.invoke_subsystem("sftp")
    return channel


def open_zero(channel):
    """Starts SFTP and opens a file without end. The handle is 1."""
    channel.sendall(frame(1, 3))
    read_frame(channel)
    channel.sendall(frame(3, 1, string("/dev/zero") + struct.pack(">II", 1, 0)))
    read_frame(channel)


def read_request(identifier):
    return frame(5, identifier, string(struct.pack(">I", 1)) + struct.pack(">QI", 0, 261120))


def stop_reading(transport):
    """From now on nothing is taken from the socket."""
    import threading

    transport.packetizer.read_message = lambda: threading.Event().wait()
