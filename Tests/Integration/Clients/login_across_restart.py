"""Fails to log in, says so, waits for a line, and then logs in on the same connection."""

import sys

import paramiko
from common import PASSWORD, USER, transport

connection = transport()
try:
    connection.auth_password(USER, "wrong")
    raise AssertionError("the wrong password was taken")
except paramiko.AuthenticationException:
    print("denied", flush=True)
sys.stdin.readline()
connection.auth_password(USER, PASSWORD)
assert paramiko.SFTPClient.from_transport(connection).listdir("/") == []
print("granted", flush=True)
connection.close()
