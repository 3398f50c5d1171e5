"""Fuzzes the SSH port: handshakes before the encryption, packets inside it before and after login. Arguments: SECONDS SEED."""

import os
import sys

import service
from changes import mutated
from ssh_wire import *

# How often a message is changed, left out, doubled or put elsewhere.
CHANGED, ODD = 0.3, 0.08


class Mutator:
    """Stands between what a client would send and what goes out."""

    def __init__(self, chance):
        self.chance, self.kept, self.sent = chance, None, 0

    def __call__(self, payload):
        chance = self.chance
        self.sent += 1
        if chance.random() < CHANGED:
            payload = mutated(chance, payload) or b"\0"
        out = [payload]
        roll = chance.random()
        if roll < ODD:
            out = chance.choice(([], [payload] * 2, [payload] * 30, [bytes([chance.randrange(256)]) + payload[1:]]))
        elif roll < ODD * 1.5:
            # In place of the one that was kept before, which comes later.
            self.kept, out = payload, [self.kept] if self.kept else []
        return [one for one in out if one]


def broken_bytes(chance):
    """Changes sealed bytes: lengths, tags and all."""
    return lambda sealed: mutated(chance, sealed) if chance.random() < 0.2 else sealed


def drain(wire, most=40):
    """Takes what has come, without waiting for more."""
    wire.socket.settimeout(0.01)
    try:
        for _ in range(most):
            wire.receive()
    except (Silent, ValueError):
        pass
    finally:
        wire.socket.settimeout(2)


def handshake(chance):
    wire = Wire(service.SFTP_PORT, chance.choice(("gcm", "chacha", "ctr", "etm")), chance.random() < 0.7, seconds=0.7)
    with wire:
        if chance.random() < 0.1:
            wire.identification = mutated(chance, wire.identification)
        wire.mutate = Mutator(chance)
        seal = wire.sealer.seal
        if chance.random() < 0.5:
            tamper = broken_bytes(chance)
            wire.sealer.seal = lambda count, payload: tamper(seal(count, payload))
        wire.identify()
        wire.offer_keys(wire.kexinit(chance.choice(("curve25519-sha256", "diffie-hellman-group14-sha256", "x" * 9000)),
                                     chance.random() < 0.3))
        if chance.random() < 0.3:
            wire.send(message(chance.randrange(256), chance.randbytes(20)))
        wire.exchange()
        wire.take_offer()
        wire.take_exchange()
        wire.mutate = None
        wire.new_keys()
        wire.service()
        return "handshake completed"


def requests(chance, user):
    """What may come before login."""
    key = text("ssh-ed25519") + text(chance.randbytes(32))
    return [
        message(SERVICE_REQUEST, "ssh-userauth"), message(USERAUTH_REQUEST, user, "ssh-connection", "none"),
        message(USERAUTH_REQUEST, user, "ssh-connection", "password", False, "wrong"),
        message(USERAUTH_REQUEST, user, "ssh-connection", "password", True, "wrong", "new"),
        message(USERAUTH_REQUEST, user, "ssh-connection", "keyboard-interactive", "", ""),
        message(USERAUTH_61, 1, "wrong"), message(USERAUTH_61, 0), message(USERAUTH_61, 3, "a", "b", "c"),
        message(USERAUTH_REQUEST, user, "ssh-connection", "publickey", False, "ssh-ed25519", key),
        message(USERAUTH_REQUEST, user, "ssh-connection", "publickey", True, "ssh-ed25519", key,
                text("ssh-ed25519") + text(bytes(64))),
        message(USERAUTH_REQUEST, user, "ssh-connection", "publickey", True, "rsa-sha2-256",
                text("ssh-rsa") + text(b"\1\0\1") + text(chance.randbytes(256)), text("rsa-sha2-256") + text(bytes(256))),
        message(USERAUTH_REQUEST, user, "ssh-connection", "publickey", True, "ecdsa-sha2-nistp256",
                text("ecdsa-sha2-nistp256") + text("nistp256") + text(b"\4" + chance.randbytes(64)),
                text("ecdsa-sha2-nistp256") + text(text(bytes(32)) * 2)),
        message(USERAUTH_REQUEST, user, "ssh-connection", "gssapi-with-mic", 1, bytes.fromhex("06092a864886f712010202")),
        message(USERAUTH_REQUEST, user, "ssh-connection", "hostbased", "ssh-ed25519", key, "localhost", "root", ""),
        message(IGNORE, chance.randbytes(50)), message(DEBUG, True, "x", ""), message(UNIMPLEMENTED, 3),
        message(EXT_INFO, 1, "server-sig-algs", "x"), message(PING, "x"), message(66, ""), message(USERAUTH_SUCCESS),
        message(DISCONNECT, 11, "bye", ""), message(chance.randrange(256), chance.randbytes(30)),
    ]


def before_login(chance):
    with Wire(service.SFTP_PORT, chance.choice(("gcm", "chacha", "ctr", "etm")), seconds=3) as wire:
        wire.shake_hands()
        wire.mutate = Mutator(chance)
        wire.send(message(SERVICE_REQUEST, "ssh-userauth"))
        for _ in range(chance.randrange(1, 25)):
            # Some of one method, some of any.
            choices = requests(chance, chance.choice((service.USER, "", "nobody", "u" * 255)))
            wire.send(chance.choice(choices + [wire.kexinit(), message(ECDH_INIT, bytes(32)), bytes([NEWKEYS])]))
            if chance.random() < 0.3:
                drain(wire)
        drain(wire)
        return "before login, left"


def channel_messages(chance, channel):
    sftp = chance.choice((b"\x01" + number(3), b"\x10" + number(1) + text("."), b"\x0b" + number(2) + text("/"),
                          bytes([chance.randrange(256)]) + chance.randbytes(30)))
    window, packet = chance.choice((0, 1, 1 << 20, 0xFFFFFFFF)), chance.choice((0, 1, 32768, 0xFFFFFFFF))
    return [
        message(CHANNEL_OPEN, "session", chance.randrange(4), window, packet),
        message(CHANNEL_OPEN, "direct-tcpip", 1, window, packet, "127.0.0.1", 22, "127.0.0.1", 1),
        message(CHANNEL_OPEN, "forwarded-tcpip", 1, window, packet, "127.0.0.1", 22, "127.0.0.1", 1),
        message(CHANNEL_OPEN, "x11", 1, window, packet, "127.0.0.1", 1),
        message(CHANNEL_OPEN, "auth-agent@openssh.com", 1, window, packet),
        message(CHANNEL_REQUEST, channel, "subsystem", True, "sftp"), message(CHANNEL_REQUEST, channel, "shell", True),
        message(CHANNEL_REQUEST, channel, "exec", chance.random() < 0.5, "scp -t /"),
        message(CHANNEL_REQUEST, channel, "pty-req", True, "xterm", 80, 24, 0, 0, b"\x81\0\0\0\0\0"),
        message(CHANNEL_REQUEST, channel, "window-change", False, 80, 24, 0, 0),
        message(CHANNEL_REQUEST, channel, "env", True, "LANG", "C"), message(CHANNEL_REQUEST, channel, "signal", False, "KILL"),
        message(CHANNEL_REQUEST, channel, "x11-req", True, False, "MIT-MAGIC-COOKIE-1", "00", 0),
        message(CHANNEL_REQUEST, channel, "auth-agent-req@openssh.com", True),
        message(CHANNEL_REQUEST, channel, "exit-status", False, 1),
        message(CHANNEL_DATA, channel, text(sftp)), message(CHANNEL_DATA, channel, chance.randbytes(chance.choice((1, 40, 30000)))),
        message(EXTENDED_DATA, channel, 1, chance.randbytes(40)), message(WINDOW_ADJUST, channel, window),
        message(CHANNEL_EOF, channel), message(CHANNEL_CLOSE, channel), message(CHANNEL_SUCCESS, channel),
        message(CHANNEL_FAILURE, channel), message(OPEN_CONFIRMATION, channel, 0, window, packet),
        message(OPEN_FAILURE, channel, 1, "no", ""), message(GLOBAL_REQUEST, "keepalive@openssh.com", True),
        message(GLOBAL_REQUEST, "tcpip-forward", True, "", 0), message(GLOBAL_REQUEST, "no-more-sessions@openssh.com", False),
        message(REQUEST_SUCCESS), message(REQUEST_FAILURE),
    ]


def after_login(chance):
    with Wire(service.SFTP_PORT, chance.choice(("gcm", "chacha", "ctr", "etm")), seconds=3) as wire:
        wire.shake_hands().log_in(service.USER, service.PASSWORD)
        channel = wire.open_channel()
        if chance.random() < 0.8:
            wire.start_sftp(channel)
        wire.mutate = Mutator(chance)
        others = requests(chance, service.USER)
        for _ in range(chance.randrange(1, 40)):
            choices = channel_messages(chance, chance.choice((channel, channel, channel, channel + 1, 0)))
            if chance.random() < 0.1:
                choices = others + [wire.kexinit(), message(ECDH_INIT, bytes(32)), bytes([NEWKEYS])]
            wire.send(chance.choice(choices))
            if chance.random() < 0.3:
                drain(wire)
        if chance.random() < 0.2:
            wire.mutate = None
            wire.rekey()
        drain(wire)
        return "after login, left"


def attack(chance):
    which = chance.choice((handshake, before_login, after_login))
    name = which.__name__.replace("_", " ")
    try:
        return which(chance)
    except Closed:
        return name + ", cut off"
    except Silent:
        return name + ", silence"
    except (ValueError, AssertionError, IndexError, struct.error):
        return name + ", nonsense"


if __name__ == "__main__":
    seconds, seed = float(sys.argv[1]), int(sys.argv[2])
    service.run("ssh", seconds, seed, attack)
