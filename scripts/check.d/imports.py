#!/usr/bin/env python3
"""Who may import whom: the table of docs/architecture.md against the import lines and the package's manifest."""

import json
import pathlib
import re
import subprocess
import sys

ARCHITECTURE = pathlib.Path("docs/architecture.md")
# What the toolchain brings. The data plane and what it shares with others get along with Glibc.
PLATFORM_EVERYWHERE = {"Glibc"}
PLATFORM_BEYOND = {"Foundation", "FoundationEssentials", "Synchronization", "Dispatch"}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public |internal |package |private |fileprivate )?"
    r"import\s+(?:struct |class |enum |protocol |func |var |let |typealias )?(\w+)"
)


def table():
    """Rows of the table: target -> (plane, modules it may import)."""
    rules = {}
    for line in ARCHITECTURE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 4 or cells[1] not in ("data", "control", "both", "client"):
            continue
        name = cells[0].strip("`")
        rules[name] = (cells[1], set(re.findall(r"`([^`]+)`", cells[3])))
    return rules


def main():
    rules = table()
    faults = []
    if not rules:
        faults.append(f"{ARCHITECTURE}: no table of targets (columns: target, plane, what it holds, may import)")
    for directory in sorted(pathlib.Path("Sources").iterdir()):
        if directory.name not in rules:
            faults.append(f"{directory}: this target is missing in the table of {ARCHITECTURE}")
            continue
        plane, allowed = rules[directory.name]
        allowed = allowed | PLATFORM_EVERYWHERE | (PLATFORM_BEYOND if plane in ("control", "client") else set())
        for file in sorted(directory.rglob("*.swift")):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                match = IMPORT.match(line)
                if match and match[1] not in allowed:
                    faults.append(f"{file}:{number}: {directory.name} may not import {match[1]}")
    faults += manifest_faults(rules)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def manifest_faults(rules):
    """Dependencies that the manifest declares though the table does not allow them, and targets that are gone."""
    dump = subprocess.run(["swift", "package", "dump-package"], capture_output=True, text=True, check=True)
    targets = {t["name"]: t for t in json.loads(dump.stdout)["targets"] if t["type"] != "test"}
    faults = [f"{ARCHITECTURE}: there is no target {name}" for name in rules if name not in targets]
    for name, target in targets.items():
        for dependency in target["dependencies"]:
            module = next(iter(dependency.values()))[0]
            if name in rules and module not in rules[name][1]:
                faults.append(f"Package.swift: {name} may not depend on {module}")
    return faults


sys.exit(main())
