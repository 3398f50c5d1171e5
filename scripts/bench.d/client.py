"""OpenSSH's client, which every server is measured with."""

import os
import subprocess
import time

OPTIONS = (
    "BatchMode=no StrictHostKeyChecking=no UserKnownHostsFile=/dev/null GlobalKnownHostsFile=/dev/null "
    "PreferredAuthentications=password PubkeyAuthentication=no NumberOfPasswordPrompts=1 LogLevel=ERROR"
).split()


class Ended(Exception):
    """The client's session ended before it had done what it was told."""


class Client:
    """OpenSSH's sftp, logged in before the clock runs."""

    def __init__(self, server, directory, cipher, source="127.0.0.1"):
        askpass = directory / "askpass"
        askpass.write_text('#!/bin/sh\nprintf "%s\\n" "$BERTH_LOAD_PASSWORD"\n')
        askpass.chmod(0o700)
        environment = dict(
            os.environ, BERTH_LOAD_PASSWORD=server.password, SSH_ASKPASS=str(askpass), SSH_ASKPASS_REQUIRE="force"
        )
        command = ["sftp", "-F", "/dev/null", "-c", cipher, "-P", str(server.port)]
        for option in OPTIONS + [f"BindAddress={source}"]:
            command += ["-o", option]
        self.process = subprocess.Popen(
            command + [f"{server.user}@127.0.0.1"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, bufsize=1,
        )
        self.run("pwd")

    def run(self, command):
        """Seconds until the command is done: until the answer to one more, which fails and so says something."""
        started = time.monotonic()
        try:
            self.process.stdin.write(f"{command}\nls /berth-bench-answers\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Ended("sftp ended") from None
        for line in self.process.stdout:
            if line.startswith("Can't ls:"):
                return time.monotonic() - started
        raise Ended("sftp ended")

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait(30)
