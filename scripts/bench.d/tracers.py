"""Listeners under tools that count what they do."""

import collections
import os
import pathlib
import re
import signal
import subprocess
import time

from servers import Failed, descendants

# As in systemd's unit.
VARIABLES = {"SWIFT_BACKTRACE": "enable=no", "GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=1073741824"}
# Seconds until the processes of a session have ended.
PATIENCE = 60


class Tracer:
    """A listener under a tool that counts."""

    def __init__(self, programs, directory):
        self.directory = directory / self.name
        self.directory.mkdir(mode=0o755)
        self.program = programs / "berth-sftpd"

    def start(self, socket):
        self.log = self.directory / "log"
        environment = {**os.environ, **VARIABLES, **self.variables()}
        with open(self.log, "w") as output:
            self.process = subprocess.Popen(
                [*self.command(), self.program, "--control-socket", socket], env=environment, stdout=output, stderr=output)

    def wait_for_sessions(self):
        deadline = time.monotonic() + PATIENCE
        while len(descendants(self.process.pid)) > self.processes:
            if time.monotonic() > deadline:
                raise Failed(f"sessions did not end: {self.log.read_text()}")
            time.sleep(0.02)

    def measure(self, work):
        """What was counted while the work was done, by kind."""
        self.wait_for_sessions()
        self.counted()
        work()
        self.wait_for_sessions()
        counted = self.counted()
        if not counted:
            raise Failed(f"nothing was counted: {self.log.read_text()}")
        return counted

    def stop(self):
        for pid in reversed(descendants(self.process.pid)):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        self.process.wait(30)


class Calls(Tracer):
    """System calls by their names."""

    name = "calls"
    # strace and the listener.
    processes = 2

    def variables(self):
        return {}

    def command(self):
        self.trace = self.directory / "trace"
        self.position = 0
        return ["strace", "-f", "-qq", "-s", "0", "-e", "signal=none", "-o", self.trace]

    def counted(self):
        with open(self.trace) as file:
            file.seek(self.position)
            text = file.read()
            self.position = file.tell()
        # A call that is resumed was counted when it began.
        counted = collections.Counter(re.findall(r"^\d+ +(\w+)\(", text, re.MULTILINE))
        # How often a wait looks again before it sleeps, each time with these two, is a matter of the moment.
        if looks := counted.pop("sched_yield", 0):
            counted["ppoll"] -= looks
        return counted


class Instructions(Tracer):
    """Instructions by the object that they are in."""

    name = "instructions"
    processes = 1

    def __init__(self, programs, directory):
        super().__init__(programs, directory)
        # Valgrind 3.19 can't read the debugging information that Swift's compiler writes.
        stripped = self.directory / "berth-sftpd"
        subprocess.run(["objcopy", "--strip-debug", self.program, stripped], check=True)
        self.program = stripped
        self.library = self.directory / "callgrind.so"
        source = pathlib.Path(__file__).parent / "callgrind.c"
        subprocess.run(
            ["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", self.library, source],
            check=True)

    def variables(self):
        # Callgrind counts an instruction for each byte of `rep stosb`: memory is to be filled as it is copied.
        tunables = f"{VARIABLES['GLIBC_TUNABLES']}:glibc.cpu.x86_rep_stosb_threshold=1073741824"
        return {"LD_PRELOAD": str(self.library), "GLIBC_TUNABLES": tunables}

    def command(self):
        return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.directory}/out.%p"]

    def counted(self):
        total = collections.Counter()
        for file in self.directory.glob("out.*"):
            total += instructions(file)
            file.unlink()
        return total


def instructions(file):
    """Instructions of a file of callgrind's (its manual, "Callgrind Format Specification") by object."""
    names, total = {}, collections.Counter()
    item, is_call = "", False
    with open(file) as lines:
        for line in lines:
            if line.startswith(("ob=", "cob=")):
                number, _, name = line.rstrip().partition("=")[2].partition(" ")
                if name:
                    names[number] = pathlib.Path(name).name
                if line.startswith("ob="):
                    item = names[number]
            elif line.startswith("calls="):
                # The next line has what the called function cost.
                is_call = True
            elif line[0].isdigit() or line[0] in "+-*":
                if not is_call:
                    total[item] += int(line.split()[-1])
                is_call = False
    return total
