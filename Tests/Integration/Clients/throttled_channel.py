"""One channel asks for more than its rate allows; on another one of the same connection requests are answered at once."""

import threading
import time

import paramiko
from common import logged_in

connection = logged_in()
busy = paramiko.SFTPClient.from_transport(connection)
quiet = paramiko.SFTPClient.from_transport(connection)
got = []


def download():
    with busy.open("/large") as file:
        try:
            while True:
                got.append(len(file.read(32768)))
        except (OSError, EOFError, paramiko.SSHException):
            pass


threading.Thread(target=download, daemon=True).start()
while sum(got) < 100_000:
    time.sleep(0.01)
# From here on the other channel has to wait: 100,000 bytes a second.
start, before = time.monotonic(), sum(got)
slowest = 0.0
while time.monotonic() - start < 3:
    began = time.monotonic()
    quiet.stat("/large")
    slowest = max(slowest, time.monotonic() - began)
moved = sum(got) - before
assert slowest < 0.25, slowest
assert 100_000 < moved < 500_000, moved
connection.close()
