"""Whole processes beside GoAccess: one report, and a durable ingest. The file cache is warm for both."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from bench.data import HOURS, nasa
from bench.measure import HITSTREAM, process, turns, warm


def run() -> dict[str, Any]:
    """Return the medians in seconds, the ratios to GoAccess, and the memory of ingests of two sizes."""
    if not shutil.which("goaccess"):
        return {"skipped": "GoAccess is not installed"}
    ours, theirs = nasa(), nasa(addresses=True)
    for path in (ours, theirs):
        warm(path)
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)

        def goaccess() -> float:
            command = ["goaccess", theirs, "-r", "--log-format=COMMON", "-o", out / "goaccess.json"]
            return process(command).seconds

        def report() -> float:
            return process([HITSTREAM, "report", ours, "-o", out / "report.json"]).seconds

        def ingest() -> float:
            shutil.rmtree(out / "data", ignore_errors=True)
            figure = process([HITSTREAM, "ingest", ours, "--data", out / "data"])
            memory.append(figure.megabytes)
            return figure.seconds

        theirs_s, report_s, ingest_s = turns(goaccess, report, ingest)
        small = process([HITSTREAM, "ingest", nasa(HOURS // 10), "--data", out / "small"])
    return {
        "seconds": {"goaccess": round(theirs_s, 2), "report": round(report_s, 3), "ingest": round(ingest_s, 3)},
        "report, times faster": round(theirs_s / report_s, 1),
        "ingest, times faster": round(theirs_s / ingest_s, 1),
        "ingest, MB": {"a tenth of the log": round(small.megabytes), "the log": round(max(memory))},
    }
