"""What a suite's tests came to, and what was expected of them."""

import pathlib
from typing import NamedTuple

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Result(NamedTuple):
    """One test. message: why it failed or was skipped, on one line."""

    name: str
    outcome: str
    message: str = ""


def expected_failures(path):
    """Reads a file of expected failures: blocks of `# reason` lines and the names of the tests below them.

    A name may be followed by ` => ` and the message with which the test fails; another message is then unexpected.
    Returns {name: (message or None, reason)}.
    """
    path = pathlib.Path(path)
    expected, reason, in_reason = {}, "", False
    for line in path.read_text().splitlines() if path.exists() else []:
        if line.startswith("#"):
            reason = f"{reason} {line[1:].strip()}".strip() if in_reason else line[1:].strip()
            in_reason = True
        elif line.strip():
            in_reason = False
            name, arrow, message = line.partition(" => ")
            if name in expected:
                raise SystemExit(f"{path}: {name!r} is there twice")
            if not reason:
                raise SystemExit(f"{path}: {name!r} has no reason")
            expected[name] = (message if arrow else None, reason)
        else:
            reason, in_reason = "", False
    return expected


def surprises(results, expected):
    """Lines about every test that did not do what was expected of it."""
    found, seen = [], {}
    for result in results:
        if result.name in seen:
            found.append(f"two tests are called {result.name!r}")
        seen[result.name] = result
        known = expected.get(result.name)
        if result.outcome == FAILED and known is None:
            found.append(f"unexpected failure: {result.name} => {result.message}")
        elif result.outcome == FAILED and known[0] not in (None, result.message):
            found.append(f"failed in another way: {result.name} => {result.message} (expected: {known[0]})")
        elif result.outcome != FAILED and known is not None:
            found.append(f"unexpectedly {result.outcome}: {result.name}")
    found += [f"did not run: {name}" for name in expected if name not in seen]
    return found


def count(results, outcome):
    return sum(result.outcome == outcome for result in results)


def one_line(text, limit=300):
    return " ".join(str(text).split())[:limit]
