"""The two servers that the suites are pointed at, each on a loopback port, both with the machine's own paths."""

import json
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import time
import urllib.request

SFTP_SERVER = "/usr/lib/openssh/sftp-server"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, log):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the server ended: {log.read_text()}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}: {log.read_text()}")


def script(path, text):
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o700)
    return path


def bind(directory, place):
    """A mount in the namespace that scripts/peer-suites made; it ends with it."""
    subprocess.run(["mount", "--bind", directory, place], check=True)


class Server:
    """What a suite needs to know of a server.

    name: "berth" or "openssh". work: the directory in which suites may make files; it has the same path for the server.
    program: what speaks SFTP on standard input and output. environment: variables that the suites' own glue reads.
    """

    process = None

    def program_in(self, _directory):
        """`program`, started in a directory: relative paths begin there."""
        return self.program

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


class Berth(Server):
    name = "berth"

    def __init__(self, programs, scratch):
        self.programs, self.directory = pathlib.Path(programs), scratch / "berth"
        self.work = scratch / "work"

    def start(self):
        self.directory.mkdir()
        self.port, api = free_port(), free_port()
        self.data, log = self.directory / "data", self.directory / "berth.log"
        made = subprocess.run(
            [self.programs / "berthd", "api-key", "create", "--data", self.data, "--name", "suites"],
            capture_output=True, text=True, check=True,
        ).stdout
        self.key = next(word for word in made.split() if word.startswith("berth_"))
        self.api = f"http://127.0.0.1:{api}/2022-04-01/users"
        # The umask is the one that OpenSSH's server has here; the rest is as Berth comes.
        environment = dict(
            os.environ, BERTHD_DATA=str(self.data), BERTHD_API_LISTEN=f"127.0.0.1:{api}",
            BERTHD_SFTP_LISTEN=f"127.0.0.1:{self.port}", BERTHD_STORE_UMASK="0022",
        )
        with open(log, "w") as output:
            self.process = subprocess.Popen([self.programs / "berthd", "run"], env=environment, stderr=output, stdout=output)
        wait_for_port(self.port, self.process, log)
        self.user, self.password, home = self.make_user("/machine")
        self.furnish(home)
        self.program = self.client_program("machine", self.user, self.password)
        # A second partner sees /run as its root, as in OpenSSH's test of ChrootDirectory.
        self.chroot_user, self.chroot_password, home = self.make_user("/chroot")
        bind("/run", home)

    def program_in(self, directory):
        """Relative paths begin at the home: so the directory is mounted as one, and holds the machine's paths too."""
        user, password, home = self.make_user("/" + directory.name)
        bind(directory, home)
        self.furnish(home)
        return self.client_program(directory.name, user, password)

    def make_user(self, home):
        request = urllib.request.Request(
            self.api, method="POST",
            data=json.dumps({"homeDirectory": home, "description": "Test suites"}).encode(),
            headers={"Authorization": f"Key {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            user = json.load(answer)
        return user["username"], user["password"], self.data / "buckets" / user["bucketName"] / home[1:]

    def furnish(self, home):
        """Gives a home what the suites expect of a machine, under the same paths."""
        inside = home / str(self.work)[1:]
        inside.mkdir(parents=True)
        bind(self.work, inside)
        # OpenSSH's tests fetch these; copies, so that no test can reach the machine's programs for writing.
        (home / "bin").mkdir()
        for path in pathlib.Path("/bin").glob("l*"):
            if path.is_file() and os.access(path, os.R_OK):
                shutil.copy(path, home / "bin" / path.name)
        # pkg/sftp's tests read /dev/zero, and write /dev/null, until they break the connection; a home has no devices, but
        # sparse files.
        (home / "dev").mkdir()
        with open(home / "dev/zero", "wb") as zero:
            zero.truncate(1 << 40)
        (home / "dev/null").touch()

    def client_program(self, name, user, password):
        """A stand-in for sftp-server: it reaches Berth by ssh. Options of sftp-server mean nothing to it."""
        path = self.directory / f"{name}.program"
        askpass = script(path.with_suffix(".askpass"), f"echo {password}\n")
        options = "-q -F none -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o PubkeyAuthentication=no"
        return script(
            path,
            f"SSH_ASKPASS={askpass} SSH_ASKPASS_REQUIRE=force exec ssh {options} -p {self.port} -l {user} -s 127.0.0.1 sftp\n",
        )

    @property
    def environment(self):
        return {
            "PEER_PORT": str(self.port), "PEER_USER": self.user, "PEER_PASSWORD": self.password,
            "PEER_ASKPASS": str(self.program.with_suffix(".askpass")),
        }

    @property
    def chroot_environment(self):
        program = self.client_program("chroot", self.chroot_user, self.chroot_password)
        return dict(
            self.environment, PEER_USER=self.chroot_user, PEER_PASSWORD=self.chroot_password,
            PEER_ASKPASS=str(program.with_suffix(".askpass")),
        )


class OpenSSH(Server):
    """Its sftp-server where a suite starts a program, and sshd where a suite needs a port; this user logs in by key."""

    name = "openssh"

    def __init__(self, scratch):
        self.directory = scratch / "openssh"
        self.work = scratch / "work"
        self.program = pathlib.Path(SFTP_SERVER)

    def start(self):
        self.directory.mkdir()
        self.port = free_port()
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.directory / name], check=True)
        configuration, log = self.directory / "sshd_config", self.directory / "sshd.log"
        configuration.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.directory}/host_key\nPidFile none\n"
            f"AuthorizedKeysFile {self.directory}/user_key.pub\nStrictModes no\nPermitRootLogin yes\nUsePAM no\n"
            # Its sftp-server inside: another would be started by a shell, which reads root's configuration each time.
            "Subsystem sftp internal-sftp -d /\n"
        )
        # What Debian's unit makes for sshd's unprivileged part.
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        with open(log, "w") as output:
            self.process = subprocess.Popen(
                ["/usr/sbin/sshd", "-D", "-e", "-f", configuration], stderr=output, stdout=output
            )
        wait_for_port(self.port, self.process, log)

    @property
    def environment(self):
        return {
            "PEER_PORT": str(self.port), "PEER_USER": "root", "PEER_KEY": str(self.directory / "user_key"),
        }
