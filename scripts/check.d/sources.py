#!/usr/bin/env python3
"""What the formatter's lint does not see: lengths of files, traps in product code."""

import pathlib
import re
import sys

LINES_MAX = 300
# `value!` and `as!`, but not `!=`, `!condition` or the `!` of a word in a comment or a string.
FORCE = re.compile(r"[\w)\]]!(?!=)|\bas!\s|\btry!\s")
# A copy of a published wire table may be longer than a file of code.
LONGER = {}


def code(line):
    """A line without its strings and its comment."""
    line = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
    return re.sub(r"//.*", "", line)


def main():
    faults = []
    for top in ("Sources", "Examples", "Tests"):
        for file in sorted(pathlib.Path(top).rglob("*.swift")):
            lines = file.read_text().splitlines()
            limit = LONGER.get(str(file), LINES_MAX)
            if len(lines) > limit:
                faults.append(f"{file}: {len(lines)} lines; one type per file keeps it below {limit}")
            if top == "Tests":
                continue
            multiline = False
            for number, line in enumerate(lines, 1):
                if line.count('"""') % 2:
                    multiline = not multiline
                    continue
                if not multiline and FORCE.search(code(line)):
                    faults.append(f"{file}:{number}: no forced unwrap, cast or try in product code: {line.strip()}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
