"""Reads metrics from standard input with Prometheus' own parser, checks what that lets pass, and prints the samples as
JSON: {"types": {family: type}, "samples": {"name{label=value,...}": value}}."""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families


def main():
    text = sys.stdin.read()
    assert text.endswith("\n"), "the last line has no end"
    types, samples = {}, {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, f"{family.name} has no HELP"
        assert family.type in ("counter", "gauge", "histogram"), f"{family.name} is {family.type}"
        assert family.name not in types, f"{family.name} is there twice"
        assert family.samples, f"{family.name} has no samples"
        # The parser leaves out what ends the names of counters.
        types[family.name + ("_total" if family.type == "counter" else "")] = family.type
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            key = sample.name + ("{" + labels + "}" if labels else "")
            assert key not in samples, f"{key} is there twice"
            samples[key] = sample.value
        if family.type == "histogram":
            check_histogram(family)
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")]
    assert names == sorted(names), "the metrics are not in order"
    json.dump({"types": types, "samples": samples}, sys.stdout)


def check_histogram(family):
    """Buckets only grow, the last one is that of all, and the count is theirs."""
    buckets, counts = {}, {}
    for sample in family.samples:
        labels = dict(sample.labels)
        bound = labels.pop("le", None)
        key = tuple(sorted(labels.items()))
        if sample.name == family.name + "_bucket":
            buckets.setdefault(key, []).append((float(bound), sample.value))
        elif sample.name == family.name + "_count":
            counts[key] = sample.value
    assert buckets.keys() == counts.keys(), f"{family.name}: series without buckets or count"
    for key, pairs in buckets.items():
        assert pairs == sorted(pairs), f"{family.name}: buckets shrink"
        assert pairs[-1] == (float("inf"), counts[key]), f"{family.name}: the count is not that of the buckets"


main()
