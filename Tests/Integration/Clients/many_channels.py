"""Opens and closes many SFTP channels on one connection, then works, and waits for a line before it leaves."""

import sys

import paramiko
from common import logged_in

connection = logged_in()
for _ in range(200):
    client = paramiko.SFTPClient.from_transport(connection)
    assert client.normalize(".") == "/"
    client.close()
client = paramiko.SFTPClient.from_transport(connection)
print("ready", flush=True)
sys.stdin.readline()
assert client.listdir("/") == []
connection.close()
