"""Sends (put) or fetches (get) one file. Arguments: HOST PORT USER put|get FROM TO."""

from common import ARGUMENTS, logged_in
import paramiko

direction, source, target = ARGUMENTS
sftp = paramiko.SFTPClient.from_transport(logged_in())
getattr(sftp, direction)(source, target)
