"""A partner whose home is /home1 reaches for /home10, and asks for rights that its handles and attributes don't have.

Arguments: PORT USER BUCKET-DIRECTORY (on the host; it is the test's own, to know what a client could guess)."""

import os
import struct
import sys

from ssh_wire import *

PORT, USER, BUCKET = int(sys.argv[1]), sys.argv[2], sys.argv[3]
PASSWORD = os.environ["BERTH_TEST_PASSWORD"]
(OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT,
 RENAME, READLINK, SYMLINK) = range(3, 21)
EXTENDED, STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED_REPLY = 200, 101, 102, 103, 104, 105, 201
READING, WRITING, CREATING = 1, 2, 8
MODE = number(4)

wire = Wire(PORT).shake_hands().log_in(USER, PASSWORD)
channel = wire.start_sftp(wire.open_channel())


def ask(kind, *members):
    """Strings are paths; bytes go as they are."""
    body = b"".join(text(member) if isinstance(member, str) else member for member in members)
    return wire.ask_sftp(channel, kind, body)


def code(kind, *members):
    answer, body = ask(kind, *members)
    assert answer == STATUS, (kind, members, answer)
    return struct.unpack(">I", body[:4])[0]


def opened(path, flags):
    answer, body = ask(OPEN, path, number(flags), number(0))
    assert answer == HANDLE, (path, body)
    return body


WAYS = [
    "/../home10/secret", "../home10/secret", "/..//home10///secret", "/./.././home10/./secret", "..\\home10\\secret",
    "/home10/secret", "0/secret", "/../home1/../home10/secret", "../../../home10/secret", "%2e%2e/home10/secret",
    "..%2fhome10%2fsecret", "..;/home10/secret", "....//home10/secret", "~/../home10/secret", "../home10/secret/",
    "../home10/secret\0", "..\0/home10/secret", "/proc/self/root" + BUCKET + "/home10/secret",
    "/proc/self/cwd/../home10/secret", "/dev/fd/3/../home10/secret", BUCKET + "/home10/secret",
    "file://" + BUCKET + "/home10/secret", "//" + BUCKET.lstrip("/") + "/home10/secret", "\u2025/home10/secret",
]


def no_way_leads_to_a_home_with_a_longer_name():
    """Erlang CVE-2026-23942 (/home/user1 let into /home/user10: a comparison of prefixes), SFTPGo CVE-2026-30914 (paths
    made plain twice, each time otherwise). No request reaches the other's file by any of them."""
    for way in WAYS:
        for kind in (STAT, LSTAT, READLINK, OPENDIR):
            assert code(kind, way) != 0, (kind, way)
        assert code(OPEN, way, number(READING), number(0)) != 0, way
        assert code(OPEN, way, number(WRITING), number(0)) != 0, way
        for kind in (SETSTAT, REMOVE, RMDIR):
            members = (way, MODE, number(0o777)) if kind == SETSTAT else (way,)
            assert code(kind, *members) != 0, (kind, way)
        assert code(RENAME, way, "/mine") != 0, way
        for name in ("posix-rename@openssh.com", "hardlink@openssh.com"):
            assert code(EXTENDED, name, way, "/mine") != 0, (name, way)
        assert code(EXTENDED, "lsetstat@openssh.com", way, MODE, number(0o777)) != 0, way
        answer, body = ask(REALPATH, way)
        assert answer == STATUS or BUCKET.encode() not in body or way.find(BUCKET) >= 0, (way, body)
        # A link may say what it likes, and leads nowhere.
        ask(SYMLINK, way, "/link")
        assert code(OPEN, "/link", number(READING), number(0)) != 0, way
        assert code(STAT, "/link") != 0, way
        ask(REMOVE, "/link")


def copies_need_handles_with_the_rights():
    """ProFTPD's mod_copy (CVE-2015-3306, CVE-2019-12815) copied without the checks of other commands. copy-data takes
    handles alone, and only those that READ and WRITE would take."""
    for path in ("/from", "/to"):
        handle = opened(path, WRITING | CREATING)
        assert code(WRITE, handle, struct.pack(">Q", 0), path) == 0
        assert code(CLOSE, handle) == 0
    closed = opened("/from", READING)
    assert code(CLOSE, closed) == 0
    reading, writing, read_only = opened("/from", READING), opened("/to", WRITING), opened("/to", READING)
    directory = ask(OPENDIR, "/")[1]
    everything = struct.pack(">QQ", 0, 0)
    for source, target in [(writing, writing), (reading, read_only), (closed, writing), (reading, closed),
                           (directory, writing), (reading, directory), (text("/../home10/secret"), writing),
                           (reading, text("/../home10/secret")), (text(""), text(""))]:
        assert code(EXTENDED, "copy-data", source, everything, target, struct.pack(">Q", 0)) != 0, (source, target)
    assert ask(READ, read_only, struct.pack(">QI", 0, 100)) == (DATA, text("/to"))


def attributes_are_set_within_the_rights():
    """ProFTPD: SETSTAT requests went past the filters that the same commands of FTP met."""
    reading = opened("/from", READING)
    kinds = [
        lambda *attributes: code(SETSTAT, "/from", *attributes),
        lambda *attributes: code(FSETSTAT, reading, *attributes),
        lambda *attributes: code(EXTENDED, "lsetstat@openssh.com", "/from", *attributes),
    ]
    for change in kinds:
        # An owner is never given away; special bits are not stored.
        assert change(number(2), number(0), number(0)) != 0
        change(MODE, number(0o107777))
        answer, body = ask(STAT, "/from")
        flags = struct.unpack(">I", body[:4])[0]
        assert answer == ATTRS and flags & 4, flags
        mode = struct.unpack(">I", body[20:24])[0]
        assert mode & 0o7000 == 0, oct(mode)
    # Shortening is writing.
    assert code(FSETSTAT, reading, number(1), struct.pack(">Q", 1)) != 0
    for path in ("/.berth/x", ".berth", "/../.berth"):
        assert code(SETSTAT, path, MODE, number(0o777)) == 2, path
    assert code(STAT, "/../../home10") == 2


run_cases(
    no_way_leads_to_a_home_with_a_longer_name, copies_need_handles_with_the_rights, attributes_are_set_within_the_rights)
