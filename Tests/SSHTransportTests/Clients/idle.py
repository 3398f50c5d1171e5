"""Logs in and waits to be ended."""
import time

from peer import *

transport = logged_in()
deadline = time.time() + 20
while transport.is_active() and time.time() < deadline:
    time.sleep(0.02)
expect(transport.is_active(), False)
