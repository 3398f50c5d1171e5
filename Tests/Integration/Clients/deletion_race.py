"""Logs in and uses sessions from several threads while the user is deleted, again and again.

Arguments: HOST PORT API_PORT ROUNDS THREADS; the API key is in BERTH_TEST_KEY. Prints a line for each round: sessions that
were open when the user was deleted, logins before and denied ones, milliseconds from the call to its answer, and from the
answer to the end of the last request that succeeded (below zero: before it). A request or login that was begun after the
answer and succeeded is an error."""

import http.client
import json
import os
import random
import sys
import threading
import time

import paramiko

HOST, PORT, API_PORT, ROUNDS, THREADS = sys.argv[1], *(int(text) for text in sys.argv[2:6])
HEADERS = {"Authorization": "Key " + os.environ["BERTH_TEST_KEY"], "Content-Type": "application/json"}


def api(method, path, body=None):
    connection = http.client.HTTPConnection(HOST, API_PORT, timeout=20)
    connection.request(method, "/2022-04-01" + path, json.dumps(body) if body else None, HEADERS)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text else {}


class Round:
    def __init__(self):
        self.user = api("POST", "/users", {"homeDirectory": "/race", "description": "x"})[1]
        self.over = threading.Event()
        self.logged_in = threading.Event()
        self.successes = []
        self.denied = 0
        self.logins = 0
        self.open = 0

    def use(self):
        while not self.over.is_set():
            try:
                started = time.monotonic()
                connection = paramiko.Transport((HOST, PORT))
                connection.auth_timeout = 30
                connection.start_client(timeout=20)
                try:
                    connection.auth_password(self.user["username"], self.user["password"], fallback=False)
                    self.successes.append((started, time.monotonic()))
                    self.logins += 1
                    self.open += 1
                    self.logged_in.set()
                    client = paramiko.SFTPClient.from_transport(connection)
                    client.get_channel().settimeout(10)
                    while not self.over.is_set():
                        started = time.monotonic()
                        client.stat(".")
                        self.successes.append((started, time.monotonic()))
                finally:
                    connection.close()
            except paramiko.AuthenticationException:
                self.denied += 1
            except (paramiko.SSHException, EOFError, OSError):
                pass

    def run(self):
        threads = [threading.Thread(target=self.use) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        assert self.logged_in.wait(30), "nobody logged in"
        time.sleep(random.random() * 0.1)
        called, open_then = time.monotonic(), self.open
        status, _ = api("DELETE", "/users/" + self.user["username"])
        answered = time.monotonic()
        assert status == 204, status
        time.sleep(0.3)
        self.over.set()
        for thread in threads:
            thread.join()
        late = [(start - answered, end - answered) for start, end in self.successes if start > answered]
        assert not late, f"succeeded after the answer: {late}"
        last = max(end for _, end in self.successes) - answered
        assert answered - called < 1.5 and last < 1, (answered - called, last)
        print(open_then, self.logins, self.denied, f"{(answered - called) * 1000:.0f}", f"{last * 1000:.0f}", flush=True)


for _ in range(ROUNDS):
    Round().run()
