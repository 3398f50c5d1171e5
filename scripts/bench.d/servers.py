"""The two servers that are measured: each on a loopback port, its files on the same tmpfs."""

import json
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from processes import descendants


class Failed(Exception):
    """A server or a measurement failed."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, log):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failed(f"the server ended: {pathlib.Path(log).read_text()}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.05)
    raise Failed(f"nothing listens on port {port}: {pathlib.Path(log).read_text()}")


def offers(port):
    """The lists of names in a server's KEXINIT (RFC 4253, section 7.1): of key exchanges, host keys, ciphers and so on."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, connection.makefile("rb") as stream:
        connection.sendall(b"SSH-2.0-bench\r\n")
        while not stream.readline().startswith(b"SSH-"):
            pass
        length = int.from_bytes(stream.read(4), "big")
        payload = stream.read(length)[1:]
    lists, place = [], 17
    for _ in range(10):
        size = int.from_bytes(payload[place:place + 4], "big")
        lists.append(payload[place + 4:place + 4 + size].decode().split(","))
        place += 4 + size
    return lists


class Server:
    name = port = user = password = home = process = account = None

    def run(self, command, **options):
        """Starts the server's program, in its account if it has one."""
        command = [str(word) for word in command]
        self.process = subprocess.Popen(self.account.wrapped(command) if self.account else command, **options)
        if self.account:
            self.account.pid = self.process.pid

    def ciphers(self):
        """What it offers."""
        return offers(self.port)[2]

    def refresh(self):
        """Has it notice files that were put into its directory behind its back."""

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


class Berth(Server):
    name = "Berth"

    # Otherwise an address and a user may hold fewer sessions than are measured.
    MANY_SESSIONS = {"BERTHD_SFTP_MAX_SESSIONS_PER_ADDRESS": "1000", "BERTHD_SFTP_MAX_SESSIONS_PER_USER": "0"}

    def __init__(self, programs, directory, settings=MANY_SESSIONS):
        """`settings` are BERTHD_ variables."""
        self.programs, self.directory, self.settings = programs, directory, settings

    def start(self):
        self.data, self.log = self.directory / "berth", self.directory / "berth.log"
        self.key = next(
            word
            for word in subprocess.run(
                [self.programs / "berthd", "api-key", "create", "--data", self.data, "--name", "bench"],
                capture_output=True, text=True, check=True,
            ).stdout.split()
            if word.startswith("berth_")
        )
        self.launch()
        self.user, self.password, self.home = self.make_user("/bench")

    def launch(self, variables=None, waits=True):
        """Runs it on its data, with further variables; returns when it serves, or at once."""
        self.port = free_port()
        self.api = free_port()
        environment = dict(
            os.environ, BERTHD_DATA=str(self.data), BERTHD_API_LISTEN=f"127.0.0.1:{self.api}",
            BERTHD_SFTP_LISTEN=f"127.0.0.1:{self.port}", BERTHD_LOG_LEVEL=os.environ.get("BERTHD_LOG_LEVEL", "info"),
            BERTHD_API_REQUESTS_PER_SECOND_PER_ADDRESS="0", BERTHD_API_REQUESTS_PER_SECOND_PER_KEY="0",
        )
        environment.update(self.settings)
        environment.update(variables or {})
        with open(self.log, "w") as output:
            self.run([self.programs / "berthd", "run"], env=environment, stderr=output, stdout=output)
        if waits:
            wait_for_port(self.port, self.process, self.log)

    def make_user(self, home):
        """Name, password and directory of a new partner."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.api}/2022-04-01/users", method="POST",
            data=json.dumps({"homeDirectory": home, "description": "Bench"}).encode(),
            headers={"Authorization": f"Key {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            user = json.load(answer)
        return user["username"], user["password"], self.data / "buckets" / user["bucketName"] / home.strip("/")


class OpenSSH(Server):
    """sshd as Debian ships it, but for its port, its SFTP server inside, and the limits on connections that are given."""

    name = "OpenSSH"

    made_user = False

    def __init__(self, directory, limits="MaxStartups 500\nMaxSessions 500\n", user="berth-bench", hashing=()):
        """`hashing` are arguments of chpasswd that choose the password's hash; without them it is the system's."""
        self.directory, self.limits, self.user, self.hashing = directory, limits, user, hashing

    def start(self):
        directory = self.directory
        self.password = secrets.token_urlsafe(16)
        self.home = directory / "openssh"
        self.home.mkdir()
        subprocess.run(["useradd", "-M", "-d", self.home, "-s", "/bin/sh", self.user], check=True)
        self.made_user = True
        subprocess.run(["chpasswd", *self.hashing], input=f"{self.user}:{self.password}\n", text=True, check=True)
        entry = pwd.getpwnam(self.user)
        os.chown(self.home, entry.pw_uid, entry.pw_gid)
        self.scheme = next(
            line.split(":")[1].split("$")[1]
            for line in pathlib.Path("/etc/shadow").read_text().splitlines()
            if line.startswith(self.user + ":")
        )
        self.port = free_port()
        os.makedirs("/run/sshd", exist_ok=True)
        key = make_key(directory)
        configuration = directory / "sshd_config"
        configuration.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\nUsePAM no\nUseDNS no\n"
            "PasswordAuthentication yes\nKbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\n"
            f"{self.limits}LogLevel ERROR\nX11Forwarding no\n"
        )
        log = directory / "sshd.log"
        with open(log, "w") as output:
            self.run(["/usr/sbin/sshd", "-D", "-e", "-f", configuration], stderr=output)
        wait_for_port(self.port, self.process, log)

    def stop(self):
        # Its sessions outlive it, and a user with processes is not removed.
        sessions = descendants(self.process.pid)[1:] if self.process else []
        super().stop()
        for session in sessions:
            try:
                os.kill(session, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.made_user:
            subprocess.run(["userdel", "-f", self.user], check=False, stderr=subprocess.DEVNULL)


class Rclone(Server):
    """`rclone serve sftp`, which is Go's SSH and SFTP, with its defaults."""

    name = "rclone"

    def __init__(self, directory):
        self.directory = directory

    def start(self):
        directory = self.directory
        self.user, self.password, self.port, self.control = "bench", secrets.token_urlsafe(16), free_port(), free_port()
        self.home = directory / "rclone"
        self.home.mkdir()
        log = directory / "rclone.log"
        with open(log, "w") as output:
            self.run(
                ["rclone", "serve", "sftp", self.home, "--addr", f"127.0.0.1:{self.port}", "--user", self.user,
                 "--pass", self.password, "--key", make_key(directory), "--vfs-cache-mode", "off",
                 "--rc", "--rc-addr", f"127.0.0.1:{self.control}", "--rc-no-auth",
                 "--config", directory / "rclone.conf", "--cache-dir", directory / "rclone-cache"],
                stdout=output, stderr=output)
        wait_for_port(self.port, self.process, log)

    def refresh(self):
        # It keeps directories in memory for five minutes.
        with urllib.request.urlopen(f"http://127.0.0.1:{self.control}/vfs/forget", data=b"") as answer:
            answer.read()


def make_key(directory):
    """A host key of the kind that all servers have."""
    key = directory / f"host_key_{secrets.token_hex(4)}"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return key


def new_directory(parent):
    """A directory for servers, which their accounts can reach; `clean` takes it away."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="berth-bench-", dir=parent))
    directory.chmod(0o755)
    return directory


def clean(directory):
    shutil.rmtree(directory, ignore_errors=True)
