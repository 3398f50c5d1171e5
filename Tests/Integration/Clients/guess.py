"""Tries the password in BERTH_TEST_PASSWORD, which is wrong, and says how long each answer took.

Arguments: HOST PORT NAMES COUNT SOURCE…, NAMES separated by commas. From each source, all at once, COUNT attempts with
these names in an order drawn by chance; a connection is used for as long as the server leaves it open. Prints a line for
each attempt: name, `denied` or `ended` (the server hung up instead of answering), milliseconds."""

import os
import random
import socket
import sys
import threading
import time

import paramiko

HOST, PORT, NAMES, COUNT = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(","), int(sys.argv[4])
SOURCES = sys.argv[5:]
PASSWORD = os.environ["BERTH_TEST_PASSWORD"]
printing = threading.Lock()


def connect(source):
    plain = socket.create_connection((HOST, PORT), source_address=(source, 0))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = paramiko.Transport(plain)
    connection.start_client(timeout=20)
    connection.auth_timeout = 30
    return connection


def guess(source):
    connection = None
    for number in range(COUNT):
        # Each name as often as the others, in another order every time.
        if number % len(NAMES) == 0:
            order = random.sample(NAMES, len(NAMES))
        name = order[number % len(NAMES)]
        if connection is None or not connection.is_active():
            connection = connect(source)
        started = time.monotonic()
        try:
            connection.auth_password(name, PASSWORD, fallback=False)
            result = "granted"
        except paramiko.AuthenticationException:
            result = "denied" if connection.is_active() else "ended"
        except (paramiko.SSHException, EOFError, OSError):
            result = "ended"
        took = (time.monotonic() - started) * 1000
        with printing:
            print(name, result, f"{took:.3f}", flush=True)
    connection.close()


threads = [threading.Thread(target=guess, args=(source,)) for source in SOURCES]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
