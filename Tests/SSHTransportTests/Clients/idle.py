"""Logs in and waits to be ended."""
import time

from peer import *

transport = logged_in()
print("logged in", flush=True)
deadline = time.time() + 40
while transport.is_active() and time.time() < deadline:
    time.sleep(0.02)
expect(transport.is_active(), False)
