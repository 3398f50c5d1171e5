"""What the scripts share: how they log in. Arguments: HOST PORT USER …; the password is in BERTH_TEST_PASSWORD."""

import os
import struct
import sys

import paramiko

HOST, PORT, USER = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ARGUMENTS = sys.argv[4:]
PASSWORD = os.environ["BERTH_TEST_PASSWORD"]


def transport(**options):
    """A connection that has shaken hands and not logged in."""
    connection = paramiko.Transport((HOST, PORT), **options)
    connection.start_client(timeout=20)
    return connection


def logged_in(**options):
    connection = transport(**options)
    connection.auth_password(USER, PASSWORD)
    return connection


def packet(kind, body):
    return struct.pack(">IB", len(body) + 1, kind) + body


def text(value):
    return struct.pack(">I", len(value)) + value


class Replies:
    """The packets that come on a channel, each without its length."""

    def __init__(self, channel):
        self.channel, self.received = channel, b""

    def __call__(self):
        while len(self.received) < 4 or len(self.received) < 4 + struct.unpack(">I", self.received[:4])[0]:
            part = self.channel.recv(1 << 20)
            assert part, "the server hung up"
            self.received += part
        end = 4 + struct.unpack(">I", self.received[:4])[0]
        answer, self.received = self.received[4:end], self.received[end:]
        return answer
