#!/usr/bin/env python3
"""Dead links and named paths in the documents: what they point to in this repository must exist."""

import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
# `scripts/check`, `Sources/Registry`, `docs/operations.md`: a path of this repository, named in code style.
TOP = r"(?:Sources|Tests|scripts|docs|systemd|config|\.ci)"
PATH = re.compile(rf"`((?:{TOP}/[\w./+-]*)|README\.md|SECURITY\.md|CONTRIBUTING\.md|CHANGELOG\.md|LICENSE|Package\.swift)`")


def anchors(file):
    """Anchors of a document's headings, formed as on GitHub."""
    found = set()
    for line in file.read_text().splitlines():
        if match := re.match(r"#+\s+(.*)", line):
            text = re.sub(r"[^\w\s-]", "", match[1].strip().lower())
            found.add(re.sub(r"\s", "-", text))
    return found


def without_code(text):
    return re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), text, flags=re.S | re.M)


def faults_of(file):
    for number, line in enumerate(without_code(file.read_text()).splitlines(), 1):
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            place = (file.parent / path) if path else file
            if not place.exists():
                yield f"{file}:{number}: dead link {target}"
            elif anchor and place.suffix == ".md" and anchor not in anchors(place):
                yield f"{file}:{number}: no heading #{anchor} in {place}"
        for path in PATH.findall(line):
            if not pathlib.Path(path).exists():
                yield f"{file}:{number}: there is no {path}"


def missing_settings():
    """Settings of the configuration file that the operations manual does not explain."""
    manual = pathlib.Path("docs/operations.md").read_text()
    section = ""
    for line in pathlib.Path("config/berth.yaml").read_text().splitlines():
        if match := re.match(r"(\s*)(\w+):(.*)", line):
            indent, key, value = match.groups()
            if not indent:
                section = "" if value.strip() else key + "."
            name = (section + key) if indent else key
            if (indent or value.strip()) and f"| `{name}` |" not in manual:
                yield f"docs/operations.md: the setting {name} is not explained"


def main():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True, text=True, check=True
    )
    files = [pathlib.Path(name) for name in listed.stdout.splitlines()]
    faults = [fault for file in files for fault in faults_of(file)]
    wanted = """README.md SECURITY.md CONTRIBUTING.md CHANGELOG.md LICENSE docs/architecture.md docs/protocol.md
        docs/operations.md docs/glossary.md""".split()
    faults += [f"{name} is missing" for name in wanted if not pathlib.Path(name).exists()]
    faults += missing_settings()
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
