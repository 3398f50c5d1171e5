"""Sends (put) or fetches (get) one file. Arguments: HOST PORT USER put|get FROM TO."""

from common import ARGUMENTS, logged_in
import paramiko

direction, source, target = ARGUMENTS
sftp = paramiko.SFTPClient.from_transport(logged_in())
if direction == "put":
    sftp.put(source, target)
else:
    # Whoever has answered all that is asked so far, while paramiko's other thread is about to ask for more, makes it believe
    # that it has all (SFTPFile._async_response sets _prefetch_done), and nothing is written until 2 GiB have come in vain.
    sftp.get(source, target, prefetch=False)
