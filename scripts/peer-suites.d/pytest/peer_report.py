"""A pytest plugin: one line of JSON per test in the file that PEER_REPORT names; subtests count with their test."""

import json
import os
import signal

import pytest

# A test that takes longer hangs.
LONGEST_TEST_SECONDS = 20

_tests = {}


def _hangs(_signal, _frame):
    raise TimeoutError(f"nothing came of it in {LONGEST_TEST_SECONDS} s")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call():
    signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(LONGEST_TEST_SECONDS)
    yield
    signal.alarm(0)


def _message(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash:
        return crash.message
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2]
    return str(report.longrepr or "")


def pytest_runtest_logreport(report):
    name = report.nodeid.split("/")[-1]
    known = _tests.setdefault(name, {"name": name, "outcome": "passed", "message": ""})
    if report.outcome != "passed" and known["outcome"] != "failed":
        known["outcome"] = report.outcome
        known["message"] = " ".join(_message(report).split())[:300]


def pytest_sessionfinish():
    with open(os.environ["PEER_REPORT"], "w") as output:
        for test in _tests.values():
            print(json.dumps(test), file=output)
