"""Opens a window of 2 GiB, asks for 1 GiB, and stops reading from the socket."""

import os
import signal
import struct

from common import logged_in

connection = logged_in(default_window_size=2**31 - 1, default_max_packet_size=2**15)
channel = connection.open_session(window_size=2**31 - 1)
channel.invoke_subsystem("sftp")


def packet(kind, body):
    return struct.pack(">IB", len(body) + 1, kind) + body


def text(value):
    return struct.pack(">I", len(value)) + value


def receive():
    """One packet, whole."""
    data = b""
    while len(data) < 4 or len(data) < 4 + struct.unpack(">I", data[:4])[0]:
        part = channel.recv(65536)
        assert part, "the server hung up"
        data += part
    return data


channel.sendall(packet(1, struct.pack(">I", 3)))
receive()
channel.sendall(packet(3, struct.pack(">I", 1) + text(b"/large") + struct.pack(">II", 1, 0)))
answer = receive()
assert answer[4] == 102, answer
handle = answer[13:]
size = 32_768
requests = b"".join(
    packet(5, struct.pack(">I", number) + text(handle) + struct.pack(">QI", number * size, size))
    for number in range(2, (1 << 30) // size)
)
channel.settimeout(10)
channel.sendall(requests)
print("stopped", flush=True)
# From here on nothing is read: the whole process stands still.
os.kill(os.getpid(), signal.SIGSTOP)
