"""Clients that keep a connection open without coming further: NAME. Each ends when the server hangs up."""
import itertools
import os
import socket
import sys
import time

from peer import *

PAUSE = 0.05


def plain(payload):
    """A packet before the first keys."""
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + os.urandom(padding)


def trickle(pieces):
    """Sends them one by one until the server hangs up."""
    client = socket.create_connection(("127.0.0.1", port()))
    client.settimeout(PAUSE)
    for piece in pieces:
        try:
            client.sendall(piece)
            if not client.recv(65536):
                return
        except socket.timeout:
            continue
        except OSError:
            return
    sys.exit("the server takes everything")


def single(data):
    return (bytes([byte]) for byte in data)


def key_exchange_offer():
    lists = [b"curve25519-sha256", b"ssh-ed25519"] + [b"aes256-ctr"] * 2 + [b"hmac-sha2-256"] * 2 + [b"none"] * 2
    names = b"".join(struct.pack(">I", len(name)) + name for name in lists + [b"", b""])
    return plain(b"\x14" + os.urandom(16) + names + b"\0" * 5)


def banner():
    trickle(single(b"SSH-2.0-" + b"x" * 100_000))


def lines():
    trickle(b"line %d\r\n" % number for number in itertools.count())


def exchange():
    trickle(itertools.chain([b"SSH-2.0-slow\r\n"], single(plain(b"\x14" + b"\0" * 30_000))))


def ignored():
    """Whole packets that mean nothing, instead of a key exchange."""
    trickle(itertools.chain([b"SSH-2.0-slow\r\n"], (plain(b"\x02\0\0\0\0") for _ in itertools.count())))


def halfway():
    """The offer, and then packets that mean nothing."""
    packets = (plain(b"\x02\0\0\0\0") for _ in itertools.count())
    trickle(itertools.chain([b"SSH-2.0-slow\r\n", key_exchange_offer()], packets))


def after_keys(kind, pause):
    transport = connect()
    while transport.is_active():
        message = Message()
        message.add_byte(bytes([kind]))
        # always_display, for SSH_MSG_DEBUG.
        if kind == 4:
            message.add_boolean(False)
        message.add_string("")
        message.add_string("")
        try:
            transport._send_message(message)
        except (OSError, EOFError):
            return
        time.sleep(pause)


def ignored_after_keys():
    after_keys(2, 0.1)


def debug_after_keys():
    after_keys(4, 0.1)


def flood_after_keys():
    after_keys(2, 0)


def rekey_storm():
    """Asks for new keys again and again, and for nothing else."""
    transport = logged_in()
    exchanges = 0
    try:
        while exchanges < 1000:
            transport.renegotiate_keys()
            exchanges += 1
    except (paramiko.SSHException, OSError, EOFError):
        pass
    print("exchanges", exchanges, flush=True)
    if not 5 < exchanges < 40:
        sys.exit("new keys were agreed %d times" % exchanges)


def rekeys_with_traffic():
    """Many new keys, each after some work."""
    transport = logged_in()
    channel = sftp_channel(transport)
    open_zero(channel)
    for number in range(60):
        channel.sendall(read_request(number))
        read_frame(channel)
        transport.renegotiate_keys()
    transport.close()


globals()[sys.argv[2]]()
