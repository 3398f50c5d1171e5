"""Sends 100,000 requests of a KIND one after the other. It reads no answer (`read`, `readdir`), and stands still
when the server's window is used up; or it reads and checks all of them (`answers`)."""

import os
import signal
import socket
import struct
import threading

from common import ARGUMENTS, Replies, logged_in, packet, text

COUNT = 100_000
connection = logged_in(default_window_size=2**31 - 1, default_max_packet_size=2**15)
channel = connection.open_session(window_size=2**31 - 1)
channel.invoke_subsystem("sftp")
reply = Replies(channel)


def opened(kind, *members):
    channel.sendall(packet(kind, struct.pack(">I", 1) + b"".join(members)))
    answer = reply()
    assert answer[0] == 102, answer
    return answer[5:]


def requests(kind):
    if kind == "read":
        handle = opened(3, text(b"/large"), struct.pack(">II", 1, 0))
        return lambda number: packet(5, struct.pack(">I", number) + handle + struct.pack(">QI", 0, 261_120))
    if kind == "readdir":
        handles = [opened(11, text(b"/many")) for _ in range(100)]
        return lambda number: packet(12, struct.pack(">I", number) + handles[number % len(handles)])
    return lambda number: packet(200, struct.pack(">I", number) + text(b"expand-path@openssh.com") + text(b"/some/path"))


channel.sendall(packet(1, struct.pack(">I", 3)))
assert reply()[0] == 2
kind = ARGUMENTS[0]
make = requests(kind)


def send_all():
    for first in range(0, COUNT, 20):
        channel.sendall(b"".join(make(number) for number in range(first, first + 20)))


channel.settimeout(5)
if kind == "answers":
    sender = threading.Thread(target=send_all, daemon=True)
    channel.settimeout(60)
    sender.start()
    for number in range(COUNT):
        answer = reply()
        assert struct.unpack(">I", answer[1:5])[0] == number, (number, answer)
    print("answered", flush=True)
    connection.close()
else:
    # From here on nothing is taken from the socket.
    connection.packetizer.read_message = lambda: threading.Event().wait()
    try:
        send_all()
    except socket.timeout:
        pass
    print("stopped", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
