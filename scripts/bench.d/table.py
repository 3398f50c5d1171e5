"""The table that scripts/bench prints: a line for each figure, a column for each server, goals beside it."""

import dataclasses
import statistics

# The one that is measured; the others are what it is compared with.
OWN = "Berth"


@dataclasses.dataclass(frozen=True)
class Goal:
    """A bound of Berth's median: an absolute one, or as so many times a peer's."""

    sign: str
    value: float
    peer: str = ""

    def __str__(self):
        return f"{self.sign} {self.value:g}" + (f" × {self.peer}" if self.peer else "")

    def is_met(self, medians):
        """None when there is nothing to compare."""
        if medians.get(OWN) is None or (self.peer and medians.get(self.peer) is None):
            return None
        bound = self.value * (medians[self.peer] if self.peer else 1)
        return medians[OWN] >= bound if self.sign == "≥" else medians[OWN] <= bound


def at_least(value, peer=""):
    return Goal("≥", value, peer)


def at_most(value, peer=""):
    return Goal("≤", value, peer)


@dataclasses.dataclass(frozen=True)
class Line:
    key: str
    title: str
    # Whether more is better.
    rises: bool
    goals: tuple = ()
    # Peers that Berth is to be ahead of, whatever its goals are.
    ahead_of: tuple = ("OpenSSH", "rclone")


def figure(value):
    """Three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(values):
    """Median, and between what the values are."""
    if not values:
        return "–"
    if len(values) == 1:
        return figure(values[0])
    return f"{figure(statistics.median(values))} ({figure(min(values))}–{figure(max(values))})"


class Table:
    """Values by line and server, as many as there were measurements."""

    def __init__(self, columns):
        self.columns = columns
        self.lines, self.values, self.failures = {}, {}, {}

    def add(self, lines):
        for line in lines:
            self.lines[line.key] = line
            self.values[line.key] = {}

    def note(self, key, column, value):
        self.values[key].setdefault(column, []).extend(value if isinstance(value, list) else [value])

    def fail(self, keys, column):
        """What was to be measured together failed."""
        for key in keys:
            self.failures.setdefault(key, set()).add(column)

    def medians(self, key):
        return {column: statistics.median(values) for column, values in self.values[key].items() if values}

    def cell(self, key, column):
        values = self.values[key].get(column)
        if column not in self.failures.get(key, ()):
            return spread(values)
        return f"{spread(values)} (failed)" if values else "failed"

    def markdown(self):
        own, *peers = self.columns
        yield f"| median (lowest–highest) | {' | '.join(self.columns)} |" + \
            "".join(f" : {peer} |" for peer in peers) + " goal | met |"
        yield "|---|" + "---|" * (len(self.columns) + len(peers) + 2)
        for key, line in self.lines.items():
            medians = self.medians(key)
            if not medians and key not in self.failures:
                continue
            cells = [self.cell(key, column) for column in self.columns]
            for peer in peers:
                both = medians.get(own) is not None and medians.get(peer)
                cells.append(f"{medians[own] / medians[peer]:.2f}" if both else "–")
            marks = {None: "–", True: "yes", False: "**no**"}
            cells.append(", ".join(map(str, line.goals)))
            cells.append(", ".join(marks[goal.is_met(medians)] for goal in line.goals))
            yield f"| {line.title} | {' | '.join(cells)} |"

    def behind(self):
        """Where Berth isn't ahead of a peer."""
        for key, line in self.lines.items():
            medians = self.medians(key)
            for peer in line.ahead_of:
                if medians.get(OWN) is None or not medians.get(peer):
                    continue
                ratio = medians[OWN] / medians[peer]
                if ratio < 1 if line.rises else ratio > 1:
                    yield f"{line.title}: {ratio:.2f} of {peer}"

    def missed(self):
        for key, line in self.lines.items():
            medians = self.medians(key)
            for goal in line.goals:
                if goal.is_met(medians) is False:
                    yield f"{line.title}: {goal}"

    def data(self):
        return [
            {"key": key, "title": line.title, "values": self.values[key], "goals": [str(goal) for goal in line.goals]}
            for key, line in self.lines.items()
        ]
