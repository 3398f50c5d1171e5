"""Uploads a file, and closes it when told to. Arguments: HOST PORT USER. Says "written", and in the end whether the CLOSE
was answered."""

import sys

from common import logged_in
import paramiko

sftp = paramiko.SFTPClient.from_transport(logged_in())
file = sftp.open("file", "wb", bufsize=0)
file.write(b"x" * 10_000)
print("written", flush=True)
sys.stdin.readline()
try:
    # Not file.close(), which takes the end of the connection for an answer.
    sftp._request(paramiko.sftp.CMD_CLOSE, file.handle)
    print("answered", flush=True)
except (EOFError, OSError, paramiko.SSHException):
    print("not answered", flush=True)
