"""The registry's scale: how long things take with a million users, beside how long with a thousand, on a real disk.

Each is measured with both in turn. The registries are filled by `fill` below and not by a million requests: the same tables,
indexes and triggers, the same names and verifiers. The homes of those users are not made; the first login makes one.
"""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from servers import Berth, Failed, clean, new_directory

FEW = 1_000
PAGE = 50
# How much longer anything may take with many users.
RATIO_MAX = 1.5
# Users made in a second, of the writes that the disk makes durable in a second.
SHARE_MIN = 0.3
START_MAX = 1.0
CLIENTS = 32
# What all users that `fill` makes log in with.
PASSWORD = "0123456789abcdefABCDEF"

# Homes of new users lie side by side in the bucket.
CREATIONS = """
local number = 0
function init(arguments) run = arguments[1] end
function request()
    number = number + 1
    return wrk.format("POST", nil, nil,
        string.format('{"homeDirectory": "/made-%s-%d", "description": "Made by wrk"}', run, number))
end
"""


def add_arguments(parser):
    group = parser.add_argument_group("--only registry")
    group.add_argument("--users", type=int, default=1_000_000, help="users of the larger registry")
    group.add_argument("--disk", default="/var/tmp", help="where the registries are: a directory on the disk in question")


def random_name(generator):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return generator.choice(letters) + "".join(generator.choices(letters + "0123456789", k=7))


def verifier(generator):
    """As PasswordVerifier in Sources/Registry makes it."""
    salt = generator.randbytes(16)
    digest = hmac.digest(salt, PASSWORD.encode(), hashlib.sha256)
    return f"hmac-sha256${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def fill(path, count):
    """Adds users to a registry that nobody has open; their names."""
    generator = random.Random(count)
    names = set()
    while len(names) < count:
        names.add(random_name(generator))
    names = list(names)
    generator.shuffle(names)
    now = int(time.time() * 1000)
    today = time.time()
    days = [time.strftime("%Y-%m-%d", time.gmtime(today - 86_400 * age)) for age in range(30)]
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; BEGIN")
    first = database.execute("SELECT coalesce(max(id), 0) + 1 FROM user").fetchone()[0]
    database.executemany("INSERT INTO issued_username (username) VALUES (?)", ((name,) for name in sorted(names)))
    database.executemany(
        "INSERT INTO user (id, username, home_directory, description, last_connected, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        ((first + n, name, f"/partners/{name.lower()}", f"Partner number {n}", days[n % 30], now)
         for n, name in enumerate(names)))
    database.executemany(
        "INSERT INTO credential (user_id, kind, verifier, created_at) VALUES (?, 'password', ?, ?)",
        ((first + n, verifier(generator), now) for n in range(count)))
    # Each logs in from an address of its own.
    database.executemany(
        "INSERT INTO known_source (user_id, source, last_login) VALUES (?, ?, ?)",
        ((first + n, f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", days[n % 30]) for n in range(count)))
    # Not as a script: before one Python commits by itself, and there is nothing to commit then.
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert database.execute("SELECT user_count FROM installation").fetchone()[0] >= count
    database.close()
    return names


class Disk:
    """The disk's own speed: blocks of 4 KiB, each made durable before the next."""

    def __init__(self, directory):
        self.path = directory / "fsyncs"

    def fsyncs(self, seconds, at_end=True):
        """How many a second: at the end of a file, as a commit at the end of a log or a name in a directory; or over a block
        that was there."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        if not at_end:
            os.pwrite(file, bytes(4096 * 256), 0)
            os.fsync(file)
        block, count, began = os.urandom(4096), 0, time.monotonic()
        while time.monotonic() < began + seconds:
            os.pwrite(file, block, (count if at_end else count % 256) * 4096)
            os.fsync(file)
            count += 1
        rate = count / (time.monotonic() - began)
        os.close(file)
        return rate


class Site:
    """A Berth with so many users."""

    def __init__(self, options, directory, count):
        directory.mkdir()
        self.count, self.options = count, options
        self.berth = Berth(options.programs, directory, settings={
            "BERTHD_SFTP_TRUSTED_NETWORKS": "127.0.0.0/8", "BERTHD_SFTP_MAX_SESSIONS_PER_ADDRESS": "1000"})
        self.berth.start()
        self.berth.stop()
        self.path = self.berth.data / "berth.sqlite"
        self.names = fill(self.path, count)
        self.numbers, self.runs = itertools.count(1), 0
        self.generator = random.Random(1)
        self.partners = self.generator.sample(self.names, 20)
        try:
            self.berth.launch()
        except BaseException:
            self.berth.stop()
            raise
        self.connect()

    def connect(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.berth.api)

    def request(self, method, path, body=None, connection=None):
        """The answer; the connection is kept."""
        connection = connection or self.connection
        headers = {"Authorization": f"Key {self.berth.key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, f"/2022-04-01{path}", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise Failed(f"{method} {path}: {answer.status} {text[:200]}")
        return json.loads(text)

    def timed(self, method, path, body=None):
        """Milliseconds of a request."""
        began = time.perf_counter()
        self.request(method, path, body)
        return (time.perf_counter() - began) * 1000

    def new_user(self):
        home = f"/made/partner-{next(self.numbers)}"
        return json.dumps({"homeDirectory": home, "description": "Made by the measurement"})

    def create(self):
        return self.timed("POST", "/users", self.new_user())

    def creates_per_second(self, seconds, clients):
        """Users made by so many clients at once, each with a connection of its own: by wrk, which leaves the processors to
        Berth."""
        self.runs += 1
        script = self.berth.data.parent / "creations.lua"
        script.write_text(CREATIONS)
        return self.requests_per_second(script, clients, seconds, str(self.runs))

    def requests_per_second(self, script, connections, seconds, *arguments):
        """What wrk's script, which has the arguments, asks for over so many connections."""
        result = subprocess.run(
            ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", str(script),
             "-H", f"Authorization: Key {self.berth.key}", "-H", "Content-Type: application/json",
             f"http://127.0.0.1:{self.berth.api}/2022-04-01/users", "--", *arguments], capture_output=True, text=True)
        found = re.search(r"Requests/sec: *([0-9.]+)", result.stdout)
        if not found or "Non-2xx" in result.stdout or "Socket errors" in result.stdout:
            raise Failed(f"wrk: {result.stdout[-300:]}{result.stderr[-300:]}")
        return float(found[1])

    def read(self):
        return self.timed("GET", f"/users/{self.generator.choice(self.names)}")

    def look(self, statement):
        database = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            return database.execute(statement).fetchone()[0]
        finally:
            database.close()

    def token(self, user):
        """The token of the page behind a user, as PageTokens in Sources/Provisioning makes it: a walk to the middle of a
        million users would take longer than all measurements."""
        place = user.to_bytes(8, "big")
        code = hmac.digest(self.look("SELECT page_token_key FROM installation"), b"users" + place, hashlib.sha256)[:16]
        return base64.urlsafe_b64encode(place + code).decode()

    def pages(self):
        """The paths of the first page, one in the middle and the last one, which is full."""
        middle = self.look(f"SELECT id FROM user WHERE id >= {self.count // 2} LIMIT 1")
        last = self.look(f"SELECT id FROM user ORDER BY id DESC LIMIT 1 OFFSET {PAGE}")
        path = f"/users?pageSize={PAGE}"
        return {"first": path, **{name: f"{path}&pageToken={self.token(user)}"
                                  for name, user in (("middle", middle), ("last", last))}}

    def check(self, pages):
        """That the pages are what they are called."""
        first, middle, last = (self.request("GET", pages[name]) for name in ("first", "middle", "last"))
        if any(len(page["items"]) != PAGE for page in (first, middle, last)) or "nextPageToken" in last:
            raise Failed("the pages are not the first, a middle and the last one")

    def login(self, partner):
        """Milliseconds of a login by password, from the connection to the answer of SFTP."""
        result = subprocess.run(
            [self.options.load, "partner", str(self.berth.port), partner, "0.000001", "0", "127.0.0.1"],
            capture_output=True, text=True, check=True, env=dict(os.environ, BERTH_LOAD_PASSWORD=PASSWORD))
        words = result.stdout.split()
        if words[:1] != ["login"]:
            raise Failed(f"{partner} could not log in: {result.stdout}")
        return float(words[1])

    def restart(self, is_crash):
        """Seconds from the start of berthd until it says that it is ready, after it was stopped or killed."""
        self.connection.close()
        if is_crash:
            self.berth.process.send_signal(signal.SIGKILL)
            self.berth.process.wait(30)
            # The listener ends with it.
            time.sleep(1)
        else:
            self.berth.stop()
        # Short: a socket's path has to fit 107 bytes.
        place = tempfile.mkdtemp(prefix="berth-")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(f"{place}/notify")
            notices.settimeout(60)
            began = time.monotonic()
            self.berth.launch({"NOTIFY_SOCKET": f"{place}/notify"}, waits=False)
            while b"READY=1" not in notices.recv(4096):
                pass
            seconds = time.monotonic() - began
        shutil.rmtree(place)
        self.connect()
        return seconds


def measure(sites, disk, options):
    """Times by what took them and how many users there were, and the rates of creations with the disk's own beside them."""
    times, rates = {}, []
    repetitions = 20 if options.quick else 60

    def note(name, site, value):
        times.setdefault(name, {}).setdefault(site.count, []).append(value)

    for site in sites:
        for partner in site.partners:
            site.login(partner)
        site.check(site.pages())
    rounds = 2 if options.quick else max(options.rounds, 5)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        # The order alternates, so that neither always comes second.
        turn = sites if number % 2 == 0 else sites[::-1]
        for _ in range(repetitions):
            for site in turn:
                note("CreateUser, ms", site, site.create())
        pages = {site: site.pages() for site in turn}
        for _ in range(repetitions * 2):
            for site in turn:
                note("ReadUser, ms", site, site.read())
        for name in ("first", "middle", "last"):
            for _ in range(repetitions):
                for site in turn:
                    note(f"ListUsers, {name} page of {PAGE}, ms", site, site.timed("GET", pages[site][name]))
        for index in range(len(sites[0].partners)):
            for site in turn:
                note("Login by password, ms", site, site.login(site.partners[index]))
        for site in turn:
            seconds = 2
            before = disk.fsyncs(seconds / 2)
            one, several = site.creates_per_second(seconds, 1), site.creates_per_second(seconds, CLIENTS)
            own = (before + disk.fsyncs(seconds / 2)) / 2
            rates.append((site.count, one, several, own, disk.fsyncs(seconds / 2, at_end=False)))
    for number in range(rounds):
        for site in sites:
            note("Start until ready, after a stop, ms", site, site.restart(False) * 1000)
            note("Start until ready, after a kill, ms", site, site.restart(True) * 1000)
    return times, rates


def rows(times, rates, counts):
    """Name, cells and ratio of each row of the table."""
    for name, by_count in times.items():
        medians = [statistics.median(by_count[count]) for count in counts]
        cells = [f"{median:.2f} ({min(by_count[count]):.2f}–{max(by_count[count]):.2f})"
                 for median, count in zip(medians, counts)]
        yield name, cells, medians[1] / medians[0]
    for column, name in ((1, "CreateUser per second, 1 client"), (2, f"CreateUser per second, {CLIENTS} clients"),
                         (3, "the disk's own fsyncs per second, at the end of a file"),
                         (4, "the disk's own fsyncs per second, over a block that was there")):
        medians = [statistics.median(rate[column] for rate in rates if rate[0] == count) for count in counts]
        yield name, [f"{median:.0f}" for median in medians], medians[1] / medians[0]
    for column, name in ((1, "creations : fsyncs at the end, 1 client"), (2, f"creations : fsyncs at the end, {CLIENTS} clients")):
        yield name, [f"{share(rates, column, count):.2f}" for count in counts], None


def share(rates, column, count):
    return statistics.median(rate[column] / rate[3] for rate in rates if rate[0] == count)


def faults(times, rates, counts):
    """Which of the goals were missed."""
    few, many = counts
    for name, by_count in times.items():
        one, other = statistics.median(by_count[few]), statistics.median(by_count[many])
        if name.startswith("Start"):
            if other > START_MAX * 1000:
                yield f"{name}: {other:.0f} with {many:,} users, not {START_MAX * 1000:.0f}"
        elif other > RATIO_MAX * one:
            yield f"{name}: {other:.2f} with {many:,} users, {one:.2f} with {few:,}: {other / one:.2f} times, not {RATIO_MAX}"
    found = share(rates, 2, many)
    if found < SHARE_MIN:
        yield f"creations with {many:,} users are {found:.2f} of the disk's fsyncs, not {SHARE_MIN}"


def main(options, directory):
    """Prints the table; whether Berth met the goals."""
    many = min(options.users, 100_000) if options.quick else options.users
    counts = (FEW, many)
    place = new_directory(options.disk)
    sites = []
    try:
        disk = Disk(place)
        for count in counts:
            began = time.monotonic()
            sites.append(Site(options, place / str(count), count))
            print(f"{count:,} users, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        times, rates = measure(sites, disk, options)
        kind = subprocess.run(["stat", "-f", "-c", "%T", place], capture_output=True, text=True, check=True).stdout
        sizes = [f"{site.path.stat().st_size / 2**20:.0f}" for site in sites]
        print(f"{os.cpu_count()} cores, Linux {os.uname().release}; {options.disk} is {kind.strip()}; "
              f"registries of {' and '.join(sizes)} MiB\n")
        print("| median (lowest–highest) | " + " | ".join(f"{count:,} users" for count in counts) + " | ratio |")
        print("|---|" + "---|" * 3)
        for name, cells, ratio in rows(times, rates, counts):
            print(f"| {name} | {' | '.join(cells)} | {'' if ratio is None else f'{ratio:.2f}'} |")
        missed = list(faults(times, rates, counts))
        for fault in missed:
            print(f"MISSED: {fault}")
        return not missed
    finally:
        for site in sites:
            site.berth.stop()
        clean(place)
