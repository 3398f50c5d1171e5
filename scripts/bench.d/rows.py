"""What the rows of the table have in common: the servers, the rounds, the load generator."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from accounting import Account
from client import Client
from servers import Berth, Failed, OpenSSH, Rclone
from table import Table

# What all servers have.
CIPHER = "aes128-gcm@openssh.com"
# The cheapest hash that the system's crypt(3) and sshd take: what OpenSSH costs without it.
CHEAP_HASH = ("-c", "MD5")
SSHD_LIMITS = "MaxStartups 2000\nMaxSessions 2000\n"


class Bench:
    """The servers side by side, and the table that fills."""

    def __init__(self, options, directory):
        self.options, self.directory, self.started = options, directory, time.monotonic()
        self.servers, self.accounts = [], []
        self.client_processor = {}
        # Tables of another shape, and their values.
        self.extra, self.raw = [], {}

    def begin(self):
        """Starts the servers; `close` ends them, however far this came."""
        servers = [Berth(self.options.programs, self.directory)]
        if os.geteuid() == 0:
            servers.append(OpenSSH(self.directory, SSHD_LIMITS, hashing=CHEAP_HASH))
        if shutil.which("rclone"):
            servers.append(Rclone(self.directory))
        for server in servers:
            self.start(server)
        self.table = Table([server.name for server in self.servers])

    def start(self, server, is_peer=True):
        """Starts it with an account of its own."""
        server.account = Account(self.options.load, f"{server.name}-{len(self.accounts)}".lower())
        self.accounts.append((server, server.account))
        server.start()
        if is_peer:
            self.servers.append(server)
        return server

    def stop(self, server):
        self.accounts.remove((server, server.account))
        server.stop()
        server.account.close()

    def close(self):
        for server, account in reversed(self.accounts):
            server.stop()
            account.close()

    def say(self, text):
        print(f"{time.monotonic() - self.started:6.0f} s  {text}", file=sys.stderr, flush=True)

    def place(self, server, name, source):
        """Puts a copy of a file into a server's directory."""
        target = server.home / name
        if not target.exists():
            shutil.copyfile(source, target)
            own(server, target)
            server.refresh()

    def make_file(self, name, mebibytes):
        path = self.directory / name
        if not path.exists():
            with open(path, "wb") as file:
                for _ in range(mebibytes):
                    file.write(os.urandom(2**20))
        return path

    def client(self, server, cipher=CIPHER):
        return Client(server, self.directory, cipher)

    def environment(self, server):
        return dict(os.environ, BERTH_LOAD_PASSWORD=server.password, BERTH_LOAD_CIPHER=CIPHER)

    def command(self, mode, server, *arguments):
        return [str(word) for word in (self.options.load, mode, server.port, server.user, *arguments)]

    def load(self, row, mode, server, *arguments):
        """What the load generator says; its own processor time is kept, to show that it wasn't the bottleneck."""
        result = subprocess.run(
            self.command(mode, server, *arguments), env=self.environment(server), capture_output=True, text=True, timeout=900)
        if result.returncode != 0:
            raise Failed(f"{mode} {' '.join(map(str, arguments))}: {result.stderr.strip()[-300:]}")
        answer = json.loads(result.stdout)
        seconds = answer.get("seconds") or answer.get("last")
        share = self.client_processor.setdefault(row, {}).setdefault(server.name, [])
        share.append(answer["cpu_seconds"] / seconds)
        return answer


class Row:
    """A row of the table, or several that are measured together."""

    # Rounds of --quick: where one takes long, fewer.
    quick_rounds = 2

    def __init__(self, bench, name):
        self.bench, self.name, self.quick = bench, name, bench.options.quick

    def lines(self):
        """The lines of the table."""
        raise NotImplementedError

    def units(self):
        """What is measured with one server after the other before anything else is: arguments of `measure`."""
        return [()]

    def servers(self, *unit):
        return self.bench.servers

    def keys(self, *unit):
        """The lines that a unit fills."""
        return [line.key for line in self.lines()]

    def prepare(self):
        """Before the first round."""

    def measure(self, server, *unit):
        """Yields keys of lines and values."""
        raise NotImplementedError

    def finish(self):
        """After the last one."""

    def rounds(self):
        options = self.bench.options
        if options.rounds is not None:
            return options.rounds
        return self.quick_rounds if self.quick else 5

    def run(self):
        bench = self.bench
        bench.table.add(self.lines())
        try:
            if self.tried(self.prepare):
                self.tried(self.run_rounds)
        finally:
            self.tried(self.finish)

    def tried(self, step):
        """Whether it was done. When it fails, that ends this row and not the others."""
        try:
            step()
            return True
        except Exception as error:  # Nor is what fails of Berth.
            self.bench.say(f"FAILED: {self.name}: {type(error).__name__}: {error}")
            return False

    def run_rounds(self):
        bench = self.bench
        for number in range(self.rounds()):
            bench.say(f"{self.name}, round {number + 1} of {self.rounds()}")
            for unit in self.units():
                servers = self.servers(*unit)
                # The order goes round, so that none always comes first.
                turn = number % max(1, len(servers))
                for server in servers[turn:] + servers[:turn]:
                    self.measure_once(server, unit)

    def measure_once(self, server, unit):
        try:
            for key, value in self.measure(server, *unit):
                self.bench.table.note(key, server.name, value)
        except Exception as error:  # One peer's failure is not the end of an hour's run.
            self.bench.say(f"FAILED: {self.name} {unit} {server.name}: {type(error).__name__}: {error}")
            self.bench.table.fail(self.keys(*unit), server.name)


def own(server, path):
    """Gives a file to whoever owns the server's directory."""
    status = pathlib.Path(server.home).stat()
    os.chown(path, status.st_uid, status.st_gid)
