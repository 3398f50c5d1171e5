"""What a client sends that has logged in, aimed at channels and their requests. Arguments: PORT USER LISTENER-PID."""

import os
import struct
import sys
import time

from ssh_wire import *

PORT, USER, LISTENER = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
PASSWORD = os.environ["BERTH_TEST_PASSWORD"]


def logged_in(**options):
    return Wire(PORT, **options).shake_hands().log_in(USER, PASSWORD)


class Attacker:
    """A connection with a channel, made again whenever the server has ended it."""

    def __init__(self, sftp=False):
        self.wire, self.sftp, self.ended = None, sftp, 0

    def send(self, *payloads):
        """Sends them and waits until they were seen; the kinds of the answers."""
        if self.wire is None:
            self.wire = logged_in()
            self.channel = self.wire.open_channel()
            if self.sftp:
                self.wire.start_sftp(self.channel)
        kinds = []
        try:
            for payload in payloads:
                self.wire.send(payload)
            # Its answer comes behind those to everything before.
            self.wire.send(message(GLOBAL_REQUEST, "seen@example.com", True))
            while REQUEST_FAILURE not in kinds[-1:]:
                kinds.append(self.wire.receive()[0])
        except Closed:
            self.ended += 1
            self.wire = None
        return kinds

    def renew(self):
        if self.wire:
            self.wire.close()
        self.wire = None


# Every request of RFC 4254 and those of clients in use: the name, then what comes behind `want reply`.
REQUESTS = [
    ("exec", text("id")), ("shell", b""), ("subsystem", text("sftp")), ("env", text("A") + text("B")),
    ("pty-req", text("xterm") + number(80) + number(24) + number(0) * 2 + text(b"\x81" + number(38400) + b"\0")),
    ("window-change", number(80) + number(24) + number(0) * 2), ("signal", text("KILL")),
    ("x11-req", b"\0" + text("MIT-MAGIC-COOKIE-1") + text("00") + number(0)),
    ("auth-agent-req@openssh.com", b""), ("auth-agent-req", b""), ("xon-xoff", b"\1"), ("break", number(500)),
    ("exit-status", number(0)), ("exit-signal", text("KILL") + b"\0" + text("") * 2), ("eow@openssh.com", b""),
    ("winadj@putty.projects.tartarus.org", b""), ("tun@openssh.com", number(1)), ("", b""), ("s" * 300, b""),
]
LENGTHS = (0xFFFFFFFF, 35000)


def broken(payload):
    """Every beginning of a payload, and the payload with each aligned length made another."""
    for length in range(1, len(payload)):
        yield payload[:length]
    for place in range(1, len(payload) - 3):
        for length in LENGTHS:
            yield payload[:place] + number(length) + payload[place + 4 :]


def broken_channel_requests():
    """A `subsystem` request of three bytes stopped whole servers in Go. Here a broken request is refused, or ends its own
    connection, and is never taken for a whole one."""
    for name, tail in REQUESTS:
        attacker = Attacker()
        attacker.send()
        whole = message(CHANNEL_REQUEST, attacker.channel, name, True) + tail
        for payload in broken(whole):
            if payload[:1] != whole[:1] or len(payload) < 5:
                continue
            kinds = attacker.send(payload)
            if name == "subsystem" and len(payload) < len(whole):
                assert CHANNEL_SUCCESS not in kinds, payload
            if CHANNEL_SUCCESS in kinds:
                attacker.renew()
        attacker.renew()


def broken_messages():
    """Every other message of the connection protocol, likewise."""
    attacker = Attacker(sftp=True)
    attacker.send()
    channel = attacker.channel
    wholes = [
        message(GLOBAL_REQUEST, "tcpip-forward", True, "127.0.0.1", 0), message(GLOBAL_REQUEST, "", True),
        message(GLOBAL_REQUEST, "hostkeys-prove-00@openssh.com", True, text("ssh-ed25519")),
        message(GLOBAL_REQUEST, "streamlocal-forward@openssh.com", True, "/tmp/x"),
        message(CHANNEL_OPEN, "session", 1, 1 << 20, 32768),
        message(CHANNEL_OPEN, "direct-tcpip", 1, 1 << 20, 32768, "127.0.0.1", 22, "127.0.0.1", 1),
        message(CHANNEL_OPEN, "direct-streamlocal@openssh.com", 1, 1 << 20, 32768, "/run/x", "", 0),
        message(CHANNEL_OPEN, "x11", 1, 1 << 20, 32768, "127.0.0.1", 1),
        message(OPEN_CONFIRMATION, channel, 0, 1 << 20, 32768), message(OPEN_FAILURE, channel, 1, "no", ""),
        message(WINDOW_ADJUST, channel, 1), message(CHANNEL_DATA, channel, text(b"\x10" + number(1) + text("."))),
        message(EXTENDED_DATA, channel, 1, "x"), message(CHANNEL_EOF, channel), message(CHANNEL_CLOSE, channel),
        message(CHANNEL_SUCCESS, channel), message(CHANNEL_FAILURE, channel), message(REQUEST_SUCCESS, 1), message(REQUEST_FAILURE),
        message(SERVICE_REQUEST, "ssh-userauth"), message(SERVICE_REQUEST, "ssh-connection"),
        message(USERAUTH_REQUEST, "root", "ssh-connection", "none"), message(USERAUTH_SUCCESS),
        message(USERAUTH_61, 1, PASSWORD), message(IGNORE, "x"), message(DEBUG, False, "x", ""),
        message(UNIMPLEMENTED, 0), message(EXT_INFO, 1, "server-sig-algs", "x"), message(PING, "x"), message(DISCONNECT, 2, "", ""),
    ]
    for whole in wholes:
        for payload in [whole, *broken(whole)]:
            attacker.send(payload)
    attacker.renew()


def another_user_after_login():
    """A second login on a connection would be one without its checks."""
    for payload in (message(USERAUTH_REQUEST, "root", "ssh-connection", "none"),
                    message(USERAUTH_REQUEST, USER, "ssh-connection", "password", False, PASSWORD)):
        with logged_in() as wire:
            wire.send(payload)
            kinds = wire.answers()
            assert USERAUTH_SUCCESS not in kinds, kinds


def every_maximum_packet_size():
    """CVE-2026-59843: a maximum of zero made the server split data for ever. So does ten, still: its session notices and
    leaves at once, and no signal ends it."""
    for size in [*range(0, 12), 64, 127, 0xFFFFFFFF]:
        with logged_in() as wire:
            try:
                wire.send(message(CHANNEL_OPEN, "session", 0, 1 << 20, size))
                # libssh refuses zero without a word; this is answered behind it.
                wire.send(message(GLOBAL_REQUEST, "seen@example.com", True))
                reply = wire.expect(OPEN_CONFIRMATION, OPEN_FAILURE, REQUEST_FAILURE)
                if reply[0] != OPEN_CONFIRMATION:
                    continue
                wire.expect(REQUEST_FAILURE)
                channel = wire.start_sftp(struct.unpack(">I", reply[5:9])[0])
                assert wire.ask_sftp(channel, 16, text("."))[0] == 104
            except Silent:
                raise AssertionError("no answer in packets of %d bytes" % size)
            except Closed:
                continue


def windows_that_overflow():
    with logged_in() as wire:
        channel = wire.start_sftp(wire.open_channel(window=0xFFFFFFFF))
        for _ in range(3):
            wire.send(message(WINDOW_ADJUST, channel, 0xFFFFFFFF))
        assert wire.ask_sftp(channel, 16, text("."))[0] == 104


def data_after_the_end():
    """CVE-2026-59850: data on a channel that the client has closed was still handled."""
    for end in (CHANNEL_CLOSE, CHANNEL_EOF):
        with logged_in() as wire:
            channel = wire.start_sftp(wire.open_channel())
            wire.send(message(end, channel))
            # After an EOF only the protocol is broken: the channel is still there.
            make = bytes([14 if end == CHANNEL_CLOSE else 16]) + number(1) + text("/after") + number(0)
            for _ in range(300):
                wire.send(message(CHANNEL_DATA, channel, text(make)))
                wire.send(message(EXTENDED_DATA, channel, 1, make))
            wire.send(message(CHANNEL_REQUEST, channel, "subsystem", True, "sftp"))
            wire.send(message(CHANNEL_EOF, channel))
            wire.send(message(CHANNEL_CLOSE, channel))
            wire.send(message(CHANNEL_CLOSE, channel))
            try:
                # What was asked for too late is not done, and the connection goes on or is over.
                wire.send(message(CHANNEL_OPEN, "session", 7, 1 << 20, 32768))
                while wire.receive()[0] != OPEN_CONFIRMATION:
                    pass
            except Closed:
                pass


def resident():
    children = open("/proc/%d/task/%d/children" % (LISTENER, LISTENER)).read().split()
    assert len(children) == 1, children
    return int(open("/proc/%s/statm" % children[0]).read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def data_that_nobody_takes_costs_no_memory():
    """What comes for channels that are closed, or never were, or have no subsystem, is dropped or ends the connection."""
    for prepare in ("closed", "unknown", "without"):
        for _ in range(500):
            if not open("/proc/%d/task/%d/children" % (LISTENER, LISTENER)).read().split():
                break
            time.sleep(0.01)
        with logged_in() as wire:
            channel = wire.open_channel()
            if prepare == "closed":
                wire.start_sftp(channel)
                wire.send(message(CHANNEL_CLOSE, channel))
            before = most = resident()
            try:
                for _ in range(800):
                    wire.send(message(CHANNEL_DATA, channel + (prepare == "unknown"), bytes(32000)))
                    most = max(most, resident())
            except (Closed, AssertionError, OSError):
                pass
            assert most - before < 12 << 20, "%s: %d bytes more" % (prepare, most - before)


run_cases(
    broken_channel_requests, broken_messages, another_user_after_login, every_maximum_packet_size,
    windows_that_overflow, data_after_the_end, data_that_nobody_takes_costs_no_memory)
