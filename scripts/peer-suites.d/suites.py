"""The suites: each is a function of a server and the cache of fetched sources, and returns a list of results."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import servers
from results import FAILED, PASSED, SKIPPED, Result, one_line

HERE = pathlib.Path(__file__).parent
REGRESS = pathlib.Path("/usr/lib/openssh/regress")
GO_PATH = pathlib.Path("/usr/share/gocode")

# Of OpenSSH's regression tests those that talk to an SFTP server. `sftp-chroot` wants its server's root to be /run.
REGRESSION_TESTS = [
    "sftp", "sftp-cmds", "sftp-badcmds", "sftp-batch", "sftp-glob", "sftp-perm", "sftp-uri", "sftp-chroot",
    "scp", "scp3", "scp-uri",
]

# A suite that takes longer hangs.
LONGEST_RUN_SECONDS = 600


def fresh(server, name):
    """A directory for a suite's files, made anew; the server knows it by the same path."""
    directory = server.work / f"{name}-{server.name}"
    shutil.rmtree(directory, ignore_errors=True)
    (directory / "tmp").mkdir(parents=True)
    return directory


def run(command, directory, temporary, **environment):
    """Runs a suite's program in a directory; returns its output, standard error included."""
    log = temporary.parent / "output.log"
    with open(log, "w") as output:
        try:
            subprocess.run(
                [str(word) for word in command], cwd=directory, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, timeout=LONGEST_RUN_SECONDS,
                env=dict(os.environ, TMPDIR=str(temporary), LC_ALL="C.UTF-8", **environment),
            )
        except subprocess.TimeoutExpired:
            print(f"    ended after {LONGEST_RUN_SECONDS} s: {command[0]}")
    return log.read_text(errors="replace")


def openssh(server, cache):
    """OpenSSH's regression tests: `sftp -D PROGRAM` with what stands in for sftp-server, and ssh to the port."""
    found = []
    directory = fresh(server, "openssh")
    tree = directory / "regress"
    shutil.copytree(REGRESS, tree, symlinks=True)
    for test in REGRESSION_TESTS:
        environment = dict(server.environment)
        if server.name == "berth" and test == "sftp-chroot":
            environment = server.chroot_environment
        environment.update(
            PEER_SCRIPT=str(tree / f"{test}.sh"), PEER_SERVER=server.name, BUILDDIR=str(tree), TEST_SHELL="sh",
            TEST_SSH_SSH="/usr/bin/ssh", TEST_SSH_SFTPSERVER=str(server.program), TEST_SSH_PORT=str(servers.free_port()),
            TEST_SSH_UNSAFE_PERMISSIONS="1", PATH=os.environ["PATH"] + ":/usr/sbin",
        )
        output = run(
            ["sh", tree / "test-exec.sh", tree, HERE / "openssh-test.sh"], directory, directory / "tmp", **environment
        )
        found += regression_results(test, output)
    return found


def regression_results(test, output):
    """Reads the lines that openssh-test.sh makes of `verbose`, `fail` and `skip`: one result per case."""
    cases, ended = [], False
    for line in output.splitlines():
        word, _, text = line.partition(" ")
        if word == "PEER-CASE":
            cases.append((text, []))
        elif word in ("PEER-FAIL", "PEER-SKIP"):
            if not cases:
                cases.append(("preparation", []))
            cases[-1][1].append((word, text))
        elif word == "PEER-END":
            ended = True
    if not ended:
        cases.append(("the script runs to its end", [("PEER-FAIL", one_line(output[-300:]))]))
    found = []
    for title, said in cases:
        outcome = PASSED
        if said:
            outcome = FAILED if any(word == "PEER-FAIL" for word, _ in said) else SKIPPED
        # scp's own protocol runs scp as a program: nothing of it reaches an SFTP server.
        if not re.search(r": scp mode: ", title):
            found.append(Result(f"{test}: {title}", outcome, one_line("; ".join(text for _, text in said))))
    return found


def go(server, cache):
    """pkg/sftp's integration tests of its client, which start a program as sftp-server."""
    directory = fresh(server, "go")
    package = directory / "path/src/github.com/pkg/sftp"
    shutil.copytree(GO_PATH / "src/github.com/pkg/sftp", package)
    tests = []
    for source in sorted(package.glob("*_test.go")):
        for body in re.split(r"(?m)^(?=func )", source.read_text()):
            name = re.match(r"func (Test\w+)\(", body)
            if name and "testClient(" in body:
                tests.append(name.group(1))
    output = run(
        ["go", "test", "-json", "-count=1", "-timeout", "8m", "-run", f"^({'|'.join(tests)})$", ".",
         "-integration", "-sftp", server.program_in(package)],
        package, directory / "tmp", GO111MODULE="off", GOPATH=f"{directory}/path:{GO_PATH}", GOCACHE=str(cache / "go-build"), GOFLAGS="",
    )
    return go_results(output)


def go_results(output):
    found, said = [], {}
    outcomes = {"pass": PASSED, "fail": FAILED, "skip": SKIPPED}
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        name = event.get("Test")
        if name and event["Action"] == "output" and re.match(r"\s+\S+\.go:\d+: |panic", event["Output"]):
            said.setdefault(name, []).append(re.sub(r"\S+\.go:\d+: ", "", event["Output"]))
        elif name and event["Action"] in outcomes:
            found.append(Result(name, outcomes[event["Action"]], one_line(" ".join(said.get(name, [])))))
    return found


def paramiko(server, cache):
    """paramiko's tests of its SFTP client. Its conftest.py, which starts a server of its own, is left out."""
    directory = fresh(server, "paramiko")
    shutil.copytree(cache / "paramiko/tests", directory / "tests")
    shutil.copy(HERE / "pytest/paramiko_conftest.py", directory / "tests/conftest.py")
    return python_tests(server, cache, directory, ["tests/test_sftp.py", "tests/test_sftp_big.py"])


def asyncssh(server, cache):
    """asyncssh's tests of its SFTP client, but for those whose subject is a server that misbehaves on purpose."""
    directory = fresh(server, "asyncssh")
    shutil.copytree(cache / "asyncssh/tests", directory / "tests")
    shutil.copy(HERE / "pytest/asyncssh_conftest.py", directory / "tests/conftest.py")
    return python_tests(server, cache, directory, ["tests/test_sftp.py"])


def python_tests(server, cache, directory, files):
    report = directory / "report.jsonl"
    run(
        [cache / "python/bin/python", "-u", "-m", "pytest", "-q", "-p", "peer_report", "-p", "no:cacheprovider", "--rootdir",
         directory, *files],
        directory, directory / "tmp", PYTHONPATH=str(HERE / "pytest"), PEER_REPORT=str(report), PEER_WORK=str(directory / "tmp"),
        **server.environment,
    )
    return [Result(**json.loads(line)) for line in report.read_text().splitlines()] if report.exists() else []


def perl(server, cache):
    """The run of Net::SFTP::Foreign's whole client against a program as sftp-server."""
    directory = fresh(server, "perl")
    tree = directory / "tree"
    shutil.copytree(cache / "perl", tree)
    output = run(
        ["perl", "-Ilib", "t/1_run.t"], tree, directory / "tmp",
        NET_SFTP_FOREIGN_TESTING_SFTP_SERVER_PATH=str(server.program_in(tree)),
    )
    return tap_results(output)


def tap_results(output):
    """Reads the Test Anything Protocol; a test's name is its number and its description."""
    found = []
    plan = re.search(r"^1\.\.(\d+)", output, re.MULTILINE)
    for match in re.finditer(r"^(not )?ok (\d+)(?: - (.*))?$", output, re.MULTILINE):
        name = " ".join(part for part in (match.group(2), match.group(3)) if part)
        skipped = "# skip" in name.lower()
        found.append(Result(name, SKIPPED if skipped else FAILED if match.group(1) else PASSED))
    if not plan or int(plan.group(1)) != len(found):
        found.append(Result("the script runs to its end", FAILED, one_line(output[-300:])))
    return found


ALL = {"openssh": openssh, "go": go, "paramiko": paramiko, "asyncssh": asyncssh, "perl": perl}


def package_version(name):
    return subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=False
    ).stdout


def version(suite, cache):
    """Which version of a suite ran, in words."""
    if suite == "openssh":
        return f"openssh-tests {package_version('openssh-tests')}"
    if suite == "go":
        return f"golang-github-pkg-sftp-dev {package_version('golang-github-pkg-sftp-dev')}, Go {package_version('golang-go')}"
    if suite == "perl":
        return next((cache / "perl").glob("*.dsc")).name
    return next(cache.glob(f"{suite}-*.tar.gz")).name
