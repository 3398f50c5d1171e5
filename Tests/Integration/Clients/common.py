"""What the scripts share: how they log in. Arguments: HOST PORT USER …; the password is in BERTH_TEST_PASSWORD."""

import os
import sys

import paramiko

HOST, PORT, USER = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ARGUMENTS = sys.argv[4:]
PASSWORD = os.environ["BERTH_TEST_PASSWORD"]


def transport(**options):
    """A connection that has shaken hands and not logged in."""
    connection = paramiko.Transport((HOST, PORT), **options)
    connection.start_client(timeout=20)
    return connection


def logged_in(**options):
    connection = transport(**options)
    connection.auth_password(USER, PASSWORD)
    return connection
