"""A channel with hundreds of large answers outstanding, opened first, beside one that asks for a byte at a time.

Prints how many bytes of the first one came while the second one waited for one answer, at most."""
import threading

from peer import *

LARGE_WINDOW = 1 << 30
READ_BYTES, READS = 255 * 1024, 800


def opened(transport, path):
    channel = sftp_channel(transport, window_size=LARGE_WINDOW)
    channel.settimeout(30)
    channel.sendall(frame(1, 3))
    read_frame(channel)
    channel.sendall(frame(3, 0, string(path) + struct.pack(">II", 1, 0)))
    reply = read_frame(channel)
    length = struct.unpack(">I", reply[5:9])[0]
    return channel, reply[9 : 9 + length]


def read(handle, number, count):
    return frame(5, number, string(handle) + struct.pack(">QI", 0, count))


transport = logged_in()
path = sys.argv[2]
busy, handle = opened(transport, path)
quiet, own = opened(transport, path)
received = [0]
done = threading.Event()


def take():
    while received[0] < READ_BYTES * READS:
        data = busy.recv(1 << 20)
        if not data:
            break
        received[0] += len(data)
    done.set()


threading.Thread(target=take, daemon=True).start()
busy.sendall(b"".join(read(handle, number, READ_BYTES) for number in range(READS)))
longest = asked = 0
while not done.is_set():
    before = received[0]
    quiet.sendall(read(own, asked, 1))
    read_frame(quiet)
    asked += 1
    longest = max(longest, received[0] - before)
print("longest", longest, flush=True)
transport.close()
