"""Attacks on the SFTP server by a client that has logged in. Each either gets the right error or ends the session."""

import socket
import struct
import sys

from common import ARGUMENTS, logged_in
import paramiko

INIT, OPEN, CLOSE, READ, WRITE, FSTAT, OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME = (
    1, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 17, 18)
STATUS, HANDLE, DATA = 101, 102, 103
NO_SUCH_FILE, FAILURE, BAD_MESSAGE, UNSUPPORTED = 2, 4, 5, 8
# What OpenSSH's server answers about a handle that it did not give, by request; and the plain word for it.
UNKNOWN_HANDLE = (NO_SUCH_FILE, FAILURE, BAD_MESSAGE)

connection = logged_in()
channel = connection.open_session()
channel.settimeout(10)
channel.invoke_subsystem("sftp")


def text(value):
    return struct.pack(">I", len(value)) + value


def number(value):
    return struct.pack(">I", value)


def frame(kind, body):
    return struct.pack(">IB", len(body) + 1, kind) + body


buffered = b""


def receive():
    """The next packet (type, body), or None when the server has ended the session."""
    global buffered
    while len(buffered) < 4 or len(buffered) < 4 + struct.unpack(">I", buffered[:4])[0]:
        try:
            part = channel.recv(65536)
        except socket.timeout:
            raise AssertionError("no answer and no end")
        if not part:
            return None
        buffered += part
    length = struct.unpack(">I", buffered[:4])[0]
    packet, buffered = buffered[4 : 4 + length], buffered[4 + length :]
    return packet[0], packet[1:]


def ask(kind, body, request=77):
    channel.sendall(frame(kind, number(request) + body))
    answer = receive()
    assert answer is not None, "the session ended"
    assert struct.unpack(">I", answer[1][:4])[0] == request, answer
    return answer[0], answer[1][4:]


def status(kind, body):
    """The status code of the answer."""
    answer, rest = ask(kind, body)
    assert answer == STATUS, (kind, body[:80], answer, rest)
    return struct.unpack(">I", rest[:4])[0]


def init():
    channel.sendall(frame(INIT, number(3)))
    answer = receive()
    assert answer and answer[0] == 2, answer


def still_serves():
    kind, _ = ask(REALPATH, text(b"."))
    assert kind == 104, kind


def ended():
    assert receive() is None, "the session goes on"


def opened(path=b"/f", flags=0x1B):
    kind, rest = ask(OPEN, text(path) + number(flags) + number(0))
    assert kind == HANDLE, (kind, rest)
    return rest[4:]


def forged_handles():
    init()
    for handle in [b"", b"\0", b"\0" * 4, b"\xff" * 8, b"A" * 256, b"0", b"/etc/passwd"]:
        for kind, tail in [(CLOSE, b""), (READ, struct.pack(">QI", 0, 10)), (FSTAT, b""), (READDIR, b""),
                           (WRITE, struct.pack(">Q", 0) + text(b"x"))]:
            assert status(kind, text(handle) + tail) in UNKNOWN_HANDLE, (handle, kind)
    real = opened()
    for index in range(len(real)):
        for bit in range(8):
            forged = bytearray(real)
            forged[index] ^= 1 << bit
            assert status(CLOSE, text(bytes(forged))) in UNKNOWN_HANDLE
    assert status(CLOSE, text(real)) == 0
    still_serves()


def stale_handle():
    init()
    first = opened(b"/a")
    assert status(CLOSE, text(first)) == 0
    second = opened(b"/b")
    assert second != first, "a handle was used again at once"
    assert status(WRITE, text(first) + struct.pack(">Q", 0) + text(b"x")) in UNKNOWN_HANDLE
    assert status(CLOSE, text(first)) in UNKNOWN_HANDLE
    assert status(CLOSE, text(second)) == 0
    still_serves()


def nul_in_paths():
    init()
    for path in [b"a\0b", b"\0a", b"/a\0/../..", b"\0" * 300]:
        for kind, tail in [(STAT, b""), (OPENDIR, b""), (MKDIR, number(0)), (REMOVE, b""), (REALPATH, b""),
                           (OPEN, number(0x1A) + number(0)), (RENAME, text(b"ok"))]:
            assert status(kind, text(path) + tail) in (NO_SUCH_FILE, FAILURE, BAD_MESSAGE), (path, kind)
    assert status(MKDIR, text(b"made") + number(0)) == 0
    assert status(RENAME, text(b"made") + text(b"a\0b")) in (NO_SUCH_FILE, FAILURE, BAD_MESSAGE)
    still_serves()


def long_paths():
    init()
    for path in [b"a" * 256, b"a" * 5_000, b"a/" * 60_000, b"../" * 20_000 + b"etc/passwd"]:
        assert status(STAT, text(path)) in (NO_SUCH_FILE, FAILURE, BAD_MESSAGE), len(path)
    still_serves()


def bad_bodies():
    init()
    for kind in list(range(3, 21)) + [200]:
        for body in [b"", b"\0", text(b"x")[:-1], number(0xFFFFFFFF), number(0x7FFFFFFF) + b"x", number(5) + b"abcd"]:
            answer, rest = ask(kind, body)
            assert answer == STATUS and struct.unpack(">I", rest[:4])[0] == BAD_MESSAGE, (kind, body, answer, rest)
    still_serves()


def unknown_requests():
    init()
    for kind in [0, 2, 21, 99, 101, 105, 150, 199, 201, 255]:
        assert status(kind, b"anything") == UNSUPPORTED, kind
    assert status(200, text(b"no-such-thing@example.com")) == UNSUPPORTED
    still_serves()


def oversized_packet():
    init()
    channel.sendall(number(0xFFFFFFFF) + b"\x05")
    ended()


def zero_length_packet():
    init()
    channel.sendall(number(0))
    ended()


def truncated_packet():
    init()
    handle = opened(b"/whole")
    assert status(WRITE, text(handle) + struct.pack(">Q", 0) + text(b"kept")) == 0
    channel.sendall(frame(WRITE, number(9) + text(handle) + struct.pack(">Q", 4) + text(b"x" * 1000))[:500])
    channel.shutdown_write()
    ended()
    assert paramiko.SFTPClient.from_transport(connection).open("/whole").read() == b"kept"


def before_init():
    channel.sendall(frame(STAT, number(1) + text(b"/")))
    answer = receive()
    assert answer is None or answer[0] == STATUS, answer


def huge_read():
    init()
    handle = opened(b"/f")
    assert status(WRITE, text(handle) + struct.pack(">Q", 0) + text(b"data")) == 0
    kind, rest = ask(READ, text(handle) + struct.pack(">QI", 0, 0xFFFFFFFF))
    assert kind == DATA and rest == text(b"data"), (kind, rest)
    assert status(READ, text(handle) + struct.pack(">QI", 2**64 - 1, 100)) in (1, FAILURE, BAD_MESSAGE)
    assert status(WRITE, text(handle) + struct.pack(">Q", 2**64 - 1) + text(b"x")) in (FAILURE, BAD_MESSAGE)
    still_serves()


def many_handles():
    init()
    opened(b"/f")
    for count in range(100_000):
        kind, rest = ask(OPEN, text(b"/f") + number(1) + number(0))
        if kind == STATUS:
            assert struct.unpack(">I", rest[:4])[0] == FAILURE
            break
    else:
        raise AssertionError("no limit on handles")
    assert count > 50, count
    still_serves()


def many_handles_on_two_channels():
    """New files, which take two descriptors each: the bound is met before the process has none left."""
    global channel
    init()
    assert status(MKDIR, text(b"/in") + number(0)) == 0
    first = channel
    for count in range(700):
        opened(b"/in/a%d" % count)
    channel = connection.open_session()
    channel.settimeout(10)
    channel.invoke_subsystem("sftp")
    init()
    for count in range(324):
        opened(b"/in/b%d" % count)
    for channel in (channel, first):
        kind, rest = ask(OPEN, text(b"/in/new") + number(26) + number(0))
        assert kind == STATUS and b"Too many open files and directories" in rest, rest
        assert status(MKDIR, text(b"/in/made") + number(0)) == 0
        assert status(RMDIR, text(b"/in/made")) == 0
    assert status(RENAME, text(b"/in/a0") + text(b"/renamed")) == 0
    assert status(REMOVE, text(b"/renamed")) == 0
    still_serves()


def other_channels():
    init()
    attempts = [lambda c: c.exec_command("id"), lambda c: c.invoke_shell(),
                lambda c: c.invoke_subsystem("netconf"), lambda c: c.invoke_subsystem("")]
    for number_of_attempt, attempt in enumerate(attempts):
        other = connection.open_session()
        try:
            attempt(other)
        except paramiko.SSHException:
            pass
        else:
            # A polite server takes the request to say why it serves nothing.
            assert other.recv(1000) == b"" and other.recv_exit_status() == 1, number_of_attempt
    for kind, extra in [("direct-tcpip", (("127.0.0.1", 22), ("127.0.0.1", 1))), ("forwarded-tcpip", (("127.0.0.1", 22), ("127.0.0.1", 1))), ("x11", (None, ("127.0.0.1", 1)))]:
        try:
            connection.open_channel(kind, *extra, timeout=5)
        except paramiko.SSHException:
            continue
        raise AssertionError(kind)
    still_serves()


def forged_log_line():
    init()
    path = b"/x\n2026-01-01T00:00:00.000Z error forged\x1b[31m"
    assert status(CLOSE, text(opened(path))) == 0
    assert status(REMOVE, text(path)) == 0


globals()[ARGUMENTS[0]]()
connection.close()
