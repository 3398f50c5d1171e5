"""Opens a channel that takes packets of SIZE bytes at most, asks it for something, and waits for the end.

Arguments: PORT USER SIZE SOURCE REQUEST, the request being `sftp` or `shell`; the password is in BERTH_TEST_PASSWORD."""

import os
import sys

from ssh_wire import *

PORT, USER, SIZE, SOURCE, REQUEST = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]

with Wire(PORT, source=SOURCE, seconds=20) as wire:
    wire.shake_hands().log_in(USER, os.environ["BERTH_TEST_PASSWORD"])
    channel = wire.open_channel(packet=SIZE)
    if REQUEST == "sftp":
        wire.send(message(CHANNEL_REQUEST, channel, "subsystem", True, "sftp"))
        wire.send(message(CHANNEL_DATA, channel, text(b"\x01" + number(3))))
    else:
        wire.send(message(CHANNEL_REQUEST, channel, "shell", True))
    try:
        while True:
            wire.receive()
    except Closed:
        print("ended")
