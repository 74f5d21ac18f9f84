"""What a person waits for: the help, and a report of a small log."""

import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

from bench.data import nasa
from bench.measure import HITSTREAM, process, turns

LINES = 10_000


def run() -> dict[str, Any]:
    """Return the medians in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "small.log"
        with nasa().open("rb") as whole:
            log.write_bytes(b"".join(islice(whole, LINES)))
        help_s, report_s = turns(
            lambda: process([HITSTREAM, "--help"]).seconds,
            lambda: process([HITSTREAM, "report", log, "-o", Path(folder) / "report.json"]).seconds,
        )
    return {"--help, s": round(help_s, 3), "report of 10,000 lines, s": round(report_s, 3)}
