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


def environment(server, directory):
    """Variables with which the client gets the password."""
    askpass = directory / "askpass"
    if not askpass.exists():
        askpass.write_text('#!/bin/sh\nprintf "%s\\n" "$BERTH_LOAD_PASSWORD"\n')
        askpass.chmod(0o700)
    return dict(os.environ, BERTH_LOAD_PASSWORD=server.password, SSH_ASKPASS=str(askpass), SSH_ASKPASS_REQUIRE="force")


def command(server, cipher, options=(), batch=None):
    """The command line of sftp; `batch` is a file of commands."""
    line = ["sftp", "-F", "/dev/null", "-c", cipher, "-P", str(server.port)]
    for option in (*OPTIONS, *options):
        line += ["-o", option]
    # Behind the options: what comes first counts, and -b sets BatchMode, too.
    return line + (["-b", str(batch)] if batch else []) + [f"{server.user}@127.0.0.1"]


class Client:
    """OpenSSH's sftp, logged in before the clock runs."""

    def __init__(self, server, directory, cipher, source="127.0.0.1"):
        self.process = subprocess.Popen(
            command(server, cipher, (f"BindAddress={source}",)), env=environment(server, directory),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
        )
        self.run("pwd")

    def run(self, command, is_far=False):
        """Seconds until the command is done: until the answer to one more, which fails and so says something. Where the
        server is far that one is not asked of it."""
        started = time.monotonic()
        more = "!echo berth-bench-answers" if is_far else "ls /berth-bench-answers"
        try:
            self.process.stdin.write(f"{command}\n{more}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Ended("sftp ended") from None
        for line in self.process.stdout:
            if line.startswith(("Can't ls:", "berth-bench-answers")):
                return time.monotonic() - started
        raise Ended("sftp ended")

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait(30)
