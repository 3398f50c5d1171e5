"""Fails to log in, and keeps the connection; logs in with the right password when told to.

Arguments: HOST PORT USER METHOD WRONG_PASSWORD. Says "denied"."""

import sys

from common import ARGUMENTS, PASSWORD, USER, transport
import paramiko

method, wrong = ARGUMENTS
connection = transport()


def attempt(password):
    if method == "password":
        connection.auth_password(USER, password, fallback=False)
    else:
        connection.auth_interactive(USER, lambda *_: [password])


try:
    attempt(wrong)
except paramiko.AuthenticationException:
    print("denied", flush=True)
sys.stdin.readline()
attempt(PASSWORD)
connection.close()
