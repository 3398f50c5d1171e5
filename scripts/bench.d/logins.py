"""Logins: how many a second, what one costs the server, how long one takes with real clients."""

import json
import os
import subprocess
import sys
import time

from client import command, environment
from rows import CIPHER, SSHD_LIMITS, Failed, Row
from servers import OpenSSH
from table import Line, at_least, at_most

# For comparison alone: what OpenSSH does with the hash that its system chose.
DEFAULT_HASH = "OpenSSH, default hash"
ALONE = ("OpenSSH",)


class Logins(Row):
    """Logins a second by the load generator, and what one costs the server.

    A login is: connect, key exchange, password, INIT, REALPATH, disconnect.
    """

    def lines(self):
        for clients in (1, 8):
            title = f"{clients} client" + ("s" if clients > 1 else "")
            yield Line(f"logins-{clients}", f"Logins a second, {title}, OpenSSH with a cheap hash", True,
                       (at_least(8, "OpenSSH"), at_least(0.6, "rclone")), ALONE)
            yield Line(f"logins-default-{clients}", f"Logins a second, {title}, OpenSSH with its default hash", True,
                       ahead_of=())
            yield Line(f"logins-cpu-{clients}", f"Server CPU per login, {title}, ms, OpenSSH with a cheap hash", False,
                       (at_most(2), at_most(0.2, "OpenSSH")), ALONE)

    def units(self):
        return [(1,), (8,)]

    def keys(self, clients):
        return [f"logins-{clients}", f"logins-cpu-{clients}"]

    def prepare(self):
        self.default = None
        if any(server.name == "OpenSSH" for server in self.bench.servers):
            place = self.bench.directory / "default-hash"
            place.mkdir()
            place.chmod(0o755)
            self.default = OpenSSH(place, SSHD_LIMITS, user="berth-bench-default")
            self.default.name = DEFAULT_HASH
            self.bench.start(self.default, is_peer=False)

    def finish(self):
        if self.default:
            self.bench.stop(self.default)

    def measure(self, server, clients):
        seconds = 1 if self.quick else 4
        before = server.account.cpu_seconds()
        answer = self.bench.load(self.name, "login", server, seconds, clients)
        # What a session does at its end belongs to it.
        time.sleep(0.2)
        cpu = server.account.cpu_seconds() - before
        rate = answer["count"] / answer["seconds"]
        yield f"logins-{clients}", rate
        yield f"logins-cpu-{clients}", cpu * 1000 / answer["count"]
        if server.name != "OpenSSH":
            yield f"logins-default-{clients}", rate
        else:
            answer = self.bench.load(self.name, "login", self.default, seconds, clients)
            yield f"logins-default-{clients}", answer["count"] / answer["seconds"]


class LoginTime(Row):
    """How long one login takes with real clients.

    From the start of OpenSSH's sftp to its end; with paramiko from the connection on. The key exchange is curve25519 with all.
    """

    clients = ("OpenSSH", "paramiko")

    def lines(self):
        for client in self.clients:
            yield Line(f"login-time-{client}", f"One login, {client} as client, ms, OpenSSH with a cheap hash", False,
                       (at_most(0.25, "OpenSSH"),), ALONE)

    def units(self):
        return [(client,) for client in self.clients]

    def keys(self, client):
        return [f"login-time-{client}"]

    def count(self):
        """Logins in a round: a hundred in all."""
        return 5 if self.quick else -(-100 // self.rounds())

    def measure(self, server, client):
        times = self.with_openssh(server) if client == "OpenSSH" else self.with_paramiko(server)
        yield f"login-time-{client}", [seconds * 1000 for seconds in times]

    def with_openssh(self, server):
        batch = self.bench.directory / "batch"
        batch.write_text("pwd\n")
        line = command(server, CIPHER, options=("KexAlgorithms=curve25519-sha256",), batch=batch)
        times = []
        for _ in range(self.count()):
            began = time.monotonic()
            result = subprocess.run(
                line, env=environment(server, self.bench.directory), capture_output=True, text=True, stdin=subprocess.DEVNULL)
            times.append(time.monotonic() - began)
            if result.returncode != 0:
                raise Failed(result.stderr.strip()[-300:])
        return times

    def with_paramiko(self, server):
        return python_client(self.bench, "paramiko", server.port, server, "login", self.count())


def python_client(bench, library, port, server, *arguments):
    """What python_client.py says, run by the Python that has the libraries."""
    script = os.path.join(os.path.dirname(__file__), "python_client.py")
    result = subprocess.run(
        [str(word) for word in (bench.options.python or sys.executable, script, library, port, server.user, *arguments)],
        env=dict(os.environ, BERTH_LOAD_PASSWORD=server.password), capture_output=True, text=True, timeout=900)
    if result.returncode != 0:
        raise Failed(result.stderr.strip()[-300:])
    return json.loads(result.stdout)
