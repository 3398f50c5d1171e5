"""Runs the suites against the servers and compares with what is expected. Called by scripts/peer-suites."""

import argparse
import pathlib
import sys
import time

import results
import servers
import suites

HERE = pathlib.Path(__file__).parent


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--suite", action="append", choices=list(suites.ALL))
    parser.add_argument("--server", choices=["berth", "openssh"])
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def show(suite, server, found, seconds, listed):
    """Prints one row of the table, and what was not as expected. Returns whether all was."""
    expected = results.expected_failures(HERE / "expected" / f"{suite}.{server.name}")
    wrong = results.surprises(found, expected) if found else ["no test ran"]
    numbers = "".join(
        f"{results.count(found, outcome):9d}" for outcome in (results.PASSED, results.FAILED, results.SKIPPED)
    )
    verdict = "as expected" if not wrong else f"{len(wrong)} NOT as expected"
    print(f"{suite:10}{server.name:9}{len(found):6d}{numbers}{seconds:7.0f}  {verdict}", flush=True)
    for line in wrong:
        print(f"    {line}")
    if listed:
        for result in found:
            if result.outcome != results.PASSED:
                print(f"    {result.outcome}: {result.name} => {result.message}")
    return not wrong


def main():
    options = arguments()
    (options.scratch / "work").mkdir()
    chosen = [servers.Berth(options.programs, options.scratch), servers.OpenSSH(options.scratch)]
    chosen = [server for server in chosen if options.server in (None, server.name)]
    good = True
    try:
        for server in chosen:
            server.start()
        print(f"{'suite':10}{'server':9}{'tests':>6}{'passed':>9}{'failed':>9}{'skipped':>9}{'s':>7}", flush=True)
        for name in options.suite or suites.ALL:
            for server in chosen:
                # asyncssh's tests did not come to an end within ten minutes against sshd; why is not known.
                if (name, server.name) == ("asyncssh", "openssh"):
                    continue
                started = time.monotonic()
                found = suites.ALL[name](server, options.cache)
                good &= show(name, server, found, time.monotonic() - started, options.list)
        for name in options.suite or suites.ALL:
            print(f"{name}: {suites.version(name, options.cache)}")
    finally:
        for server in chosen:
            server.stop()
    sys.exit(0 if good else 1)


main()
