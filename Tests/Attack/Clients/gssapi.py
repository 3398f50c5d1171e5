"""Asks for a login by GSSAPI, with the mechanism of Kerberos. Arguments: PORT."""

import sys

from ssh_wire import *

with Wire(int(sys.argv[1])) as wire:
    wire.shake_hands().service()
    wire.request("none", user="x")
    wire.expect(USERAUTH_FAILURE)
    wire.request("gssapi-with-mic", 1, bytes.fromhex("06092a864886f712010202"), user="x")
    print(wire.expect(USERAUTH_FAILURE, USERAUTH_60)[0])
