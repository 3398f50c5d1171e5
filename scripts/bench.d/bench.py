"""Measures Berth beside OpenSSH's server and rclone's: same machine, same clients, same tmpfs, turn by turn."""

import argparse
import pathlib
import signal
import sys

import conditions
import distance
import fairness
import flood
import guard
import registry
import soak
from api import API
from logins import Logins, LoginTime
from memory import IdleMemory, LoadMemory
from roundtrips import Latency, Listing, RoundTrips
from rows import Bench
from servers import Failed, clean, new_directory
from smallfiles import OnDisk, SmallFiles
from transfers import Streams, Transfer

# In the order of the table.
ROWS = {
    "download": Transfer, "upload": Transfer, "streams": Streams, "logins": Logins, "login-time": LoginTime,
    "idle-memory": IdleMemory, "load-memory": LoadMemory, "disk": OnDisk, "small-files": SmallFiles,
    "listing": Listing, "requests": RoundTrips, "latency": Latency, "far-upload": distance.Distance,
    "far-download": distance.Distance, "api": API,
}
# What is done only when asked for, alone: each has a table of its own.
APART = {"fairness": fairness, "flood": flood, "registry": registry, "soak": soak}


def names(text):
    found = text.split(",")
    for name in found:
        if name not in ROWS and (name not in APART or len(found) > 1):
            raise argparse.ArgumentTypeError(
                f"{name!r} is none of {', '.join(ROWS)}; alone: {', '.join(APART)}")
    return found


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller files and fewer rounds: five minutes for all rows")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement, 5 without --quick; the median counts")
    parser.add_argument(
        "--only", type=names, metavar="ROW[,ROW…]",
        help=f"rows of the table ({', '.join(ROWS)}); or one of {', '.join(APART)}, which are done only when asked for")
    parser.add_argument("--list", action="store_true", help="names the rows")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="all values go there, too")
    parser.add_argument("--cipher", default="aes256-gcm@openssh.com", help="cipher of --only fairness and flood")
    distance.add_arguments(parser)
    fairness.add_arguments(parser)
    flood.add_arguments(parser)
    registry.add_arguments(parser)
    soak.add_arguments(parser)
    guard.add_arguments(parser)
    parser.add_argument("--programs", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--load", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--python", help=argparse.SUPPRESS)
    return parser.parse_args()


def side_by_side(options, directory):
    bench = Bench(options, directory)
    try:
        bench.begin()
        for name in options.only or ROWS:
            ROWS[name](bench, name).run()
            # What an hour has measured is not lost with the next one.
            conditions.write_json(bench)
        print("\n".join(conditions.report(bench)))
        return 0
    finally:
        bench.close()


def main():
    options = arguments()
    if options.list:
        for name, kind in ROWS.items():
            print(f"{name:13}{kind.__doc__.splitlines()[0]}")
        return 0
    # What is started and made is taken away then, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    directory = new_directory("/dev/shm")
    try:
        if options.only and options.only[0] in APART:
            options.rounds = options.rounds or 5
            return 0 if APART[options.only[0]].main(options, directory) else 1
        if options.guard:
            return 0 if guard.main(options, directory) else 1
        return side_by_side(options, directory)
    except Failed as error:
        sys.exit(f"scripts/bench: {error}")
    finally:
        clean(directory)


if __name__ == "__main__":
    sys.exit(main())
