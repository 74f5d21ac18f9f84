"""Reports of real logs, by the command."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from waiting import PATIENCE_SECONDS

SAMPLES = Path(os.environ.get("HITSTREAM_SAMPLES", Path(__file__).parents[3] / "shared/data"))
SCHEMA = json.loads(files("hitstream.report").joinpath("schema.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ["nasa-jul95-first-hour.log.gz", "apache-combined-2015.log.gz"])
@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="all"),
        pytest.param(("--rows", "5"), id="five", marks=pytest.mark.slow),
        pytest.param(("--filter", "status>=400"), id="errors", marks=pytest.mark.slow),
    ],
)
def test_the_report_of_a_real_log_is_as_its_schema_says_and_adds_up(name, options):
    if not (SAMPLES / name).exists():
        pytest.skip(f"no {name} in {SAMPLES}")
    command = [sys.executable, "-m", "hitstream", "report", str(SAMPLES / name), "-o", "-", *options]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS).stdout)
    Draft202012Validator(SCHEMA).validate(report)
    totals = report["totals"]
    assert totals["hits"] > 20
    if not options:
        assert totals["lines"] == totals["hits"] + totals["bad_lines"]
    for view in ("status", "target", "host", "method"):
        top = report["views"][view]
        rows = top["rows"] + ([top["other"]] if top["other"] else [])
        for measure in ("hits", "bytes", "errors"):
            assert sum(row[measure] for row in rows) == totals[measure]
    for grain in ("hour", "day"):
        assert sum(report["series"][grain]["hits"]) == totals["hits"]
    assert sum(map(sum, report["series"]["week"]["hits"])) == totals["hits"]
