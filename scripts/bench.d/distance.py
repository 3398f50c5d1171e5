"""Transfers over a long line: a proxy that holds back what it passes on, and has as much room as there is."""

import argparse
import os
import subprocess

from client import OPTIONS, Client
from logins import python_client
from rows import CIPHER, Failed, Row
from table import Line, at_least
from transfers import same

# With --quick, MiB: less where the client itself waits so often that more would only take longer.
CLIENTS = {"OpenSSH": 32, "lftp": 8, "paramiko": 16, "asyncssh": 16}
SIZE = 200
# Round trips, in milliseconds.
DELAYS = (50, 100)


def client_names(text):
    found = text.split(",")
    for name in found:
        if name not in CLIENTS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(CLIENTS)}")
    return found


def add_arguments(parser):
    group = parser.add_argument_group("far-upload, far-download")
    group.add_argument(
        "--clients", type=client_names, default=list(CLIENTS), metavar="CLIENT[,CLIENT…]",
        help=f"those of {', '.join(CLIENTS)} that transfer")


class Far:
    """A server at the other end of the line, as clients need to know it."""

    def __init__(self, server, port):
        self.port, self.user, self.password = port, server.user, server.password


class Distance(Row):
    """A file over 50 and 100 ms with four clients; the clock runs from the login on."""

    quick_rounds = 1

    def __init__(self, bench, name):
        super().__init__(bench, name)
        self.way = name.removeprefix("far-")
        self.clients = bench.options.clients
        self.sizes = CLIENTS if self.quick else dict.fromkeys(CLIENTS, SIZE)
        self.goals = (at_least(3 if self.way == "upload" else 1, "OpenSSH"),)

    def lines(self):
        for delay in DELAYS:
            for client in self.clients:
                yield Line(f"{self.name}-{delay}-{client}",
                           f"{self.way.capitalize()} of {self.sizes[client]} MiB over {delay} ms, {client} as client, MiB/s",
                           True, self.goals)

    def units(self):
        return [(delay, client) for delay in DELAYS for client in self.clients]

    def keys(self, delay, client):
        return [f"{self.name}-{delay}-{client}"]

    def prepare(self):
        for size in {self.sizes[client] for client in self.clients}:
            source = self.bench.make_file(f"far-{size}", size)
            for server in self.bench.servers:
                self.bench.place(server, source.name, source)

    def measure(self, server, delay, client):
        size = self.sizes[client]
        source, target = self.bench.directory / f"far-{size}", self.bench.directory / "far-copy"
        if self.way == "upload":
            words, moved = (source, "far-copy"), server.home / "far-copy"
        else:
            words, moved = (source.name, target), target
        with subprocess.Popen(
            [str(self.bench.options.load), "delay", str(server.port), str(delay / 2000)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        ) as line:
            try:
                far = Far(server, int(line.stdout.readline()))
                method = {"OpenSSH": self.with_openssh, "lftp": self.with_lftp}.get(client)
                way = "put" if self.way == "upload" else "get"
                seconds = method(far, way, *words) if method else python_client(
                    self.bench, client, far.port, far, way, *words)
            finally:
                line.stdin.close()
        if not same(moved, source):
            raise Failed("what came is not what was sent")
        moved.unlink()
        yield f"{self.name}-{delay}-{client}", size / seconds

    def with_openssh(self, far, way, source, target):
        client = Client(far, self.bench.directory, CIPHER)
        seconds = client.run(f"{way} {source} {target}", is_far=True)
        client.close()
        return seconds

    def with_lftp(self, far, way, source, target):
        ssh = " ".join(["ssh", "-a", "-x", "-F", "/dev/null", "-c", CIPHER] + [f"-o {option}" for option in OPTIONS])
        script = "\n".join([
            "set cmd:fail-exit yes; set net:max-retries 1; set xfer:use-temp-file no; set xfer:clobber yes",
            f'set sftp:connect-program "{ssh}"',
            f"open -u {far.user},{far.password} -p {far.port} sftp://127.0.0.1",
            "cd .", "cls -d .", "!date +%s.%N", f"{way} {source} -o {target}", "!date +%s.%N",
        ])
        result = subprocess.run(
            ["lftp", "--norc", "-f", "/dev/stdin"], input=script + "\n", capture_output=True, text=True, timeout=900,
            env={name: value for name, value in os.environ.items() if not name.startswith("SSH_ASKPASS")})
        times = [float(word) for word in result.stdout.split() if word.replace(".", "", 1).isdigit()]
        if result.returncode != 0 or len(times) != 2:
            raise Failed(f"lftp: {result.stdout[-200:]} {result.stderr[-200:]}")
        return times[1] - times[0]
