"""Tries what is wrong, and says how long each answer took and what it was.

Arguments: PORT METHOD NAMES COUNT SOURCE…, NAMES separated by commas. METHOD is `password`, with the password in
BERTH_TEST_PASSWORD, or `publickey`: a key without a signature (RFC 4252, 7). From each source, all at once, COUNT attempts
with these names in an order drawn by chance; a connection is used for as long as the server leaves it open. Prints a line
for each attempt: name, `denied`, `granted` or `ended` (the server hung up instead of answering), milliseconds, the answer."""

import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Attack/Clients"))
from ssh_wire import USERAUTH_60, USERAUTH_FAILURE, USERAUTH_SUCCESS, Closed, Wire, text

PORT, METHOD, NAMES, COUNT = int(sys.argv[1]), sys.argv[2], sys.argv[3].split(","), int(sys.argv[4])
SOURCES = sys.argv[5:]
MEMBERS = {
    "password": (False, os.environ["BERTH_TEST_PASSWORD"]),
    "publickey": (False, "ssh-ed25519", text("ssh-ed25519") + text(os.urandom(32))),
}[METHOD]
# No connection may have more than a hundred, whatever the settings are.
ATTEMPTS_MAX = 99
printing = threading.Lock()


def guess(source):
    wire, attempts = None, 0
    for number in range(COUNT):
        # Each name as often as the others, in another order every time.
        if number % len(NAMES) == 0:
            order = random.sample(NAMES, len(NAMES))
        name = order[number % len(NAMES)]
        if wire is None or attempts == ATTEMPTS_MAX:
            if wire is not None:
                wire.close()
            wire, attempts = Wire(PORT, seconds=30.0, source=source).shake_hands().service(), 0
        started = time.monotonic()
        try:
            wire.request(METHOD, *MEMBERS, user=name)
            answer = wire.expect(USERAUTH_SUCCESS, USERAUTH_FAILURE, USERAUTH_60)
            result = "denied" if answer[0] == USERAUTH_FAILURE else "granted"
        except Closed:
            answer, result = b"-", "ended"
        took = (time.monotonic() - started) * 1000
        attempts += 1
        with printing:
            print(name, result, f"{took:.3f}", answer.hex(), flush=True)
        if result == "ended":
            wire.close()
            wire = None


threads = [threading.Thread(target=guess, args=(source,)) for source in SOURCES]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
