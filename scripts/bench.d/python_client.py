"""paramiko and asyncssh, as a process of their own: LIBRARY PORT USER login COUNT|put FROM TO|get FROM TO.

Prints seconds as JSON: of each login, or of the transfer.
"""

import asyncio
import json
import os
import sys
import time

PASSWORD = os.environ["BERTH_LOAD_PASSWORD"]


class Paramiko:
    def __init__(self, port, user):
        import paramiko

        self.ssh = paramiko.SSHClient()
        self.ssh.set_missing_host_key_policy(paramiko.MissingHostKeyPolicy())
        self.ssh.connect("127.0.0.1", port, user, PASSWORD, allow_agent=False, look_for_keys=False)
        self.sftp = self.ssh.open_sftp()

    def look(self):
        self.sftp.normalize(".")

    def move(self, way, source, target):
        (self.sftp.put if way == "put" else self.sftp.get)(source, target)

    def close(self):
        self.ssh.close()


class Asyncssh:
    def __init__(self, port, user):
        import asyncssh

        self.loop = asyncio.new_event_loop()
        self.ssh = self.wait(asyncssh.connect(
            "127.0.0.1", port, username=user, password=PASSWORD, known_hosts=None, client_keys=None, config=None))
        self.sftp = self.wait(self.ssh.start_sftp_client())

    def wait(self, what):
        return self.loop.run_until_complete(what)

    def look(self):
        self.wait(self.sftp.realpath("."))

    def move(self, way, source, target):
        self.wait((self.sftp.put if way == "put" else self.sftp.get)(source, target))

    def close(self):
        self.ssh.close()
        self.wait(self.ssh.wait_closed())


def timed(action):
    began = time.monotonic()
    action()
    return time.monotonic() - began


def main():
    library, port, user, way, *arguments = sys.argv[1:]
    kind = {"paramiko": Paramiko, "asyncssh": Asyncssh}[library]

    def login():
        client = kind(int(port), user)
        client.look()
        client.close()

    if way == "login":
        # The first one imports the library.
        login()
        result = [timed(login) for _ in range(int(arguments[0]))]
    else:
        client = kind(int(port), user)
        result = timed(lambda: client.move(way, *arguments))
        client.close()
    print(json.dumps(result))


main()
