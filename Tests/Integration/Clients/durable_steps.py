"""One change after the other, each answered before the next is asked for."""

from common import logged_in
import paramiko

sftp = paramiko.SFTPClient.from_transport(logged_in())
sftp.mkdir("a")
sftp.mkdir("a/b")
with sftp.open("a/new", "wb") as file:
    file.write(b"content")
sftp.rename("a/new", "a/b/renamed")
sftp.posix_rename("a/b/renamed", "moved")
sftp.symlink("target", "a/link")
sftp._request(200, b"hardlink@openssh.com", b"/moved", b"/a/hard")
sftp.truncate("moved", 3)
sftp.remove("a/hard")
sftp.rmdir("a/b")
