"""Sends far more channel data than the server's window allows, to a server that has stopped taking it."""

import struct
import sys

from common import logged_in
import paramiko

connection = logged_in()
channel = connection.open_session()
channel.invoke_subsystem("sftp")
# The server's window as this client counts it: boundless.
channel.out_window_size = 1 << 62
sent = 0
cut_off = False
channel.sendall(struct.pack(">IB", 5, 1) + struct.pack(">I", 3))
# STATs of a path, whose answers this client never takes in: its own window is used up soon.
burst = (struct.pack(">IBI", 1 + 4 + 4 + 1, 17, 7) + struct.pack(">I", 1) + b"/") * 2_000
try:
    while sent < 512 << 20 and connection.is_active():
        channel.sendall(burst)
        sent += len(burst)
except (OSError, EOFError, paramiko.SSHException) as error:
    print(repr(error), file=sys.stderr)
    cut_off = True
print(f"sent={sent}")
sys.exit(0 if cut_off or not connection.is_active() else 1)
