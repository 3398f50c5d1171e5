"""Opens a window of 2 GiB, asks for 1 GiB, and stops reading from the socket."""

import os
import signal
import struct

from common import Replies, logged_in, packet, text

connection = logged_in(default_window_size=2**31 - 1, default_max_packet_size=2**15)
channel = connection.open_session(window_size=2**31 - 1)
channel.invoke_subsystem("sftp")
receive = Replies(channel)

channel.sendall(packet(1, struct.pack(">I", 3)))
receive()
channel.sendall(packet(3, struct.pack(">I", 1) + text(b"/large") + struct.pack(">II", 1, 0)))
answer = receive()
assert answer[0] == 102, answer
handle = answer[9:]
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
