"""Questions: to the cells of 31 days, and filtered ones to ten million archived hits."""

import random
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import HITSTREAM, process, seconds

DAYS = 31
HITS = 10_000_000
ROUNDS = 40
START = int(datetime(1995, 7, 1, tzinfo=UTC).timestamp())
_DAY = 86400


def run() -> dict[str, Any]:
    """Return milliseconds: the 99th percentile of questions to cells, the median of a filtered top list."""
    from hitstream.query import open_query, parse_filter

    random.seed(1995)
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent / "data") as folder:
        data = _made(Path(folder), HITS)
        with open_query(data) as query:
            questions: list[Callable[[], object]] = [
                lambda: query.totals(*_range()),
                lambda: query.series("traffic", *_range(), grain="hour"),
                lambda: query.series("status", *_range(), grain="day"),
                lambda: query.top("target", *_range(), k=10),
                lambda: query.top("host", *_range(), k=10),
                lambda: query.top("status", *_range(), k=10),
                lambda: query.heat_map(*_range()),
                lambda: query.visitors("traffic", *_range()),
            ]
            taken = sorted(1000 * seconds(question) for _ in range(ROUNDS) for question in questions)
            where = (parse_filter("status=404"),)
            filtered = sorted(1000 * seconds(lambda: query.top("target", k=10, where=where)) for _ in range(7))
            wide = (parse_filter("method=GET"),)
            everything = sorted(1000 * seconds(lambda: query.top("target", k=10, where=wide)) for _ in range(7))
    return {
        "cells of 31 days, p50 ms": round(taken[len(taken) // 2], 1),
        "cells of 31 days, p99 ms": round(taken[int(len(taken) * 0.99)], 1),
        "top of 10 M hits where status=404, median ms": round(filtered[3]),
        "top of 10 M hits where method=GET, median ms": round(everything[3]),
    }


def _range() -> tuple[int, int]:
    """Return whole days somewhere in the month."""
    first, last = sorted(random.sample(range(DAYS + 1), 2))
    return START + first * _DAY, START + last * _DAY


def _made(folder: Path, lines: int) -> Path:
    log, data = folder / "access.log", folder / "data"
    process([HITSTREAM, "generate", "--lines", str(lines), "--days", str(DAYS), "-o", log])
    process([HITSTREAM, "ingest", log, "--data", data])
    log.unlink()
    return data
