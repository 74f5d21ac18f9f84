"""The table of metrics: closed, well named, and the documentation is that table."""

import re
from pathlib import Path

from hitstream.telemetry import DURATIONS, METRICS, STAGES, document

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_documentation_is_the_table():
    assert DOCS.read_text().endswith(document())


def test_names_follow_the_conventions_of_prometheus():
    names = [row.name for row in METRICS]
    assert len(set(names)) == len(names)
    for row in METRICS:
        assert re.fullmatch(r"hitstream_[a-z_]+", row.name)
        assert (row.kind == "counter") == row.name.endswith("_total")
        assert row.unit not in ("seconds", "bytes") or row.name.endswith(row.unit), row.name
        assert row.meaning.endswith(".")


def test_every_stage_says_what_it_counts():
    assert all(all(stage) for stage in STAGES)


def test_durations_grow():
    assert list(DURATIONS) == sorted(set(DURATIONS))
