"""Walks through what paramiko's SFTPClient offers and stops at the first answer that is not right."""

import errno
import hashlib
import stat

from common import logged_in
import paramiko

connection = logged_in()
sftp = paramiko.SFTPClient.from_transport(connection)
data = hashlib.sha512(b"seed").digest() * 20_000

assert sftp.normalize(".") == "/"
sftp.mkdir("dir", 0o750)
with sftp.open("dir/file", "wb") as file:
    file.set_pipelined(True)
    file.write(data)
assert sftp.stat("dir/file").st_size == len(data)
with sftp.open("dir/file", "rb") as file:
    file.prefetch()
    assert file.read() == data
with sftp.open("dir/file", "rb") as file:
    assert [bytes(part) for part in file.readv([(0, 10), (500_000, 20)])] == [data[:10], data[500_000:500_020]]
with sftp.open("dir/file", "ab") as file:
    file.write(b"tail")
with sftp.open("dir/file", "r+b") as file:
    file.seek(len(data))
    assert file.read() == b"tail"
    file.seek(0)
    file.write(b"HEAD")
    file.flush()
    file.truncate(1_000)
    assert file.stat().st_size == 1_000
with sftp.open("dir/file", "rb") as file:
    assert file.read() == b"HEAD" + data[4:1_000]

names = {entry.filename: entry for entry in sftp.listdir_attr("dir")}
assert set(names) == {"file"} and stat.S_ISREG(names["file"].st_mode), names
sftp.chmod("dir/file", 0o600)
assert stat.S_IMODE(sftp.stat("dir/file").st_mode) == 0o600
sftp.utime("dir/file", (1_000_000_000, 1_100_000_000))
assert (sftp.stat("dir/file").st_atime, sftp.stat("dir/file").st_mtime) == (1_000_000_000, 1_100_000_000)
sftp.symlink("file", "dir/link")
assert sftp.readlink("dir/link") == "file"
assert stat.S_ISLNK(sftp.lstat("dir/link").st_mode) and stat.S_ISREG(sftp.stat("dir/link").st_mode)
sftp.rename("dir/file", "dir/other")
sftp.mkdir("second")
with sftp.open("second/x", "wxb") as file:
    file.write(b"x")
sftp.posix_rename("second/x", "dir/other")
assert sftp.open("dir/other").read() == b"x"


def fails(code, call, *arguments):
    try:
        call(*arguments)
    except IOError as error:
        assert code is None or error.errno == code, (call, arguments, error)
    else:
        raise AssertionError(f"{call} {arguments} went well")


fails(errno.ENOENT, sftp.stat, "dir/none")
fails(None, sftp.rmdir, "dir")
fails(None, sftp.open, "dir/other", "wxb")
fails(None, sftp.mkdir, "dir")
fails(errno.ENOENT, sftp.mkdir, ".berth")
fails(errno.ENOENT, sftp.stat, ".berth")
fails(errno.ENOENT, sftp.open, "dir/.berth/x", "wb")

sftp.remove("dir/link")
sftp.remove("dir/other")
sftp.rmdir("dir")
sftp.rmdir("second")
assert sftp.listdir("/") == []

for number in range(300):
    sftp.open(f"many-{number:03}", "wb").close()
assert sorted(sftp.listdir("/")) == [f"many-{number:03}" for number in range(300)]

second = paramiko.SFTPClient.from_transport(connection)
assert len(second.listdir("/")) == 300
connection.close()
