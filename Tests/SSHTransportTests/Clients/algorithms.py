"""Key exchanges that ordinary clients don't begin."""
import os
import socket
import struct
import sys

from peer import *

MODERN = [b"curve25519-sha256", b"ssh-ed25519", b"aes128-ctr", b"aes128-ctr", b"hmac-sha2-256", b"hmac-sha2-256"]
OLD = [b"diffie-hellman-group1-sha1"] + MODERN[1:]


def packet(message):
    padding = 8 - (len(message) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(message) + padding + 1, padding) + message + bytes(padding)


def offer(lists):
    lists = lists + [b"none", b"none", b"", b""]
    return packet(b"\x14" + os.urandom(16) + b"".join(string(names) for names in lists) + bytes(5))


def raw():
    connection = socket.create_connection(("127.0.0.1", port()))
    connection.settimeout(20)
    return connection


def read_to_end(connection):
    got = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return got
        if not piece:
            return got
        got += piece


def old_offer_at_once():
    connection = raw()
    connection.sendall(b"SSH-2.0-old\r\n" + offer(OLD))
    # The client is told what it could have had.
    if b"curve25519-sha256" not in read_to_end(connection):
        sys.exit("the server's offer did not come")


def old_offer_after_the_servers():
    connection = raw()
    connection.sendall(b"SSH-2.0-patient\r\n")
    got = b""
    while b"curve25519-sha256" not in got:
        got += connection.recv(65536)
    connection.sendall(offer(OLD))
    read_to_end(connection)


def old_offer_behind_an_ignore():
    connection = raw()
    connection.sendall(b"SSH-2.0-noisy\r\n" + packet(b"\x02" + string(b"noise")) + offer(OLD))
    read_to_end(connection)


def endless_lists():
    names = b",".join(b"x%d\n\xff" % number for number in range(3000))
    connection = raw()
    connection.sendall(b"SSH-2.0-endless\r\n" + offer([names] + MODERN[1:]))
    read_to_end(connection)


def weak_after_login_is_refused():
    """Logs in with what is modern, then wants the keys renewed with what is not."""
    transport = logged_in()
    options = transport.get_security_options()
    options.ciphers = ("aes128-cbc",)
    try:
        transport.renegotiate_keys()
    except Exception:
        return
    sys.exit("a weak cipher was agreed after login: " + transport.remote_cipher)


def renewing_goes_on_with_weak_algorithms():
    """Logs in with old algorithms and renews them."""
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", port())))
    options = transport.get_security_options()
    options.ciphers = ("aes128-cbc",)
    options.digests = ("hmac-sha1",)
    options.kex = ("diffie-hellman-group14-sha1",)
    options.key_types = ("ssh-rsa",)
    transport.start_client(timeout=10)
    transport.auth_password(USER, PASSWORD)
    transport.renegotiate_keys()
    expect(transport.remote_cipher, "aes128-cbc")
    channel = sftp_channel(transport)
    channel.sendall(frame(1, 3))
    expect(read_frame(channel)[0], 2)


globals()[sys.argv[2]]()
