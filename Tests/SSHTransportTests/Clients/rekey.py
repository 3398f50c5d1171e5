"""Transfers a file while keys are renewed: WHO asks for it, DIRECTION, SOURCE, DESTINATION."""
import sys

from peer import *

who, direction, source, destination = sys.argv[2:6]
transport = logged_in()
renewals = 0
activate = transport._activate_outbound


def counting():
    global renewals
    renewals += 1
    activate()


transport._activate_outbound = counting
if who == "client":
    transport.packetizer.REKEY_BYTES = 400000
sftp = paramiko.SFTPClient.from_transport(transport)
getattr(sftp, direction)(source, destination)
transport.close()
# How much comes in between its wish and the new keys is a matter of the machine's load.
if renewals < (3 if who == "server" else 1):
    sys.exit("keys were renewed %d times" % renewals)
