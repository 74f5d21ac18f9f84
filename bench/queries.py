"""Questions: to the cells of 31 days, and filtered ones, single and by the page, to ten million archived hits."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.data import FOLDER
from bench.measure import HITSTREAM, process, seconds

if TYPE_CHECKING:
    from hitstream.query import Filter, Query

DAYS = 31
HITS = 10_000_000
ROUNDS = 40
START = int(datetime(1995, 7, 1, tzinfo=UTC).timestamp())
END = START + DAYS * 86400
_DAY = 86400

PAGE = (
    *("status", "method", "protocol", "target", "not_found", "static", "host", "domain", "country"),
    *("referrer", "site", "browser", "os", "device", "bot"),
)
"""The views whose top list a page shows, besides totals, the heat map, and series of all hits and of each status."""
FILTERS = (
    *("status=404", "status>=400", "status=304", "method=GET", "method=POST", "host~.edu", "host~.com", "country=US"),
    *("path=/images/NASA-logosmall.gif", "path~shuttle", "extension=gif", "bytes>100000", "weekday=mon", "hour>=18"),
    *("browser!=-", "os=Windows", "bot!=-", "domain=netcom.com", "status=200", "host!=-"),
)
"""From none to nearly all of the hits."""


class Cost(NamedTuple):
    """Wall clock and processor time of some work, in milliseconds."""

    wall: float
    processor: float


def run() -> dict[str, Any]:
    """Return milliseconds."""
    from hitstream.query import open_query

    random.seed(1995)
    with open_query(made()) as query:
        asked = sorted(cost.wall for cost in cells(query))
        cold = _cost(lambda: page(query, START, END, _where("status=404")))
        pages = [_cost(partial(page, query, START, END, _where(each))) for each in FILTERS]
        compared = [_cost(partial(_both, query, _where(each))) for each in FILTERS]
        tops = {each: _top(query, each) for each in ("status=404", "method=GET")}
    return {
        "cells of 31 days, p50 ms": round(statistics.median(asked), 1),
        "cells of 31 days, p99 ms": round(asked[int(len(asked) * 0.99)], 1),
        **{f"top of 10 M hits where {each}, median ms": round(taken) for each, taken in tops.items()},
        "page of 10 M hits, the first": _told([cold]),
        "page of 10 M hits": _told(pages),
        "page of half of them and the half before": _told(compared),
        "page of 10 M hits, times faster than a scan a question": _ratio(),
    }


def page(query: "Query", start: int, end: int, where: "Sequence[Filter]") -> None:
    """Ask all that a page shows."""
    query.totals(start, end, where)
    query.series("traffic", start, end, where=where)
    query.heat_map(start, end, where)
    for row in query.top("status", start, end, k=5, where=where).rows:
        query.series("status", start, end, where=where, key=row.key)
    for view in PAGE:
        query.top(view, start, end, k=20, where=where)


def _both(query: "Query", where: "Sequence[Filter]") -> None:
    middle = START + (DAYS // 2) * _DAY
    page(query, middle, middle + (DAYS // 2) * _DAY, where)
    query.totals(START, middle, where)
    query.series("traffic", START, middle, where=where)


_serial = count()


def _where(text: str) -> "list[Filter]":
    """Return a filter that was never asked before, so that no answer is at hand."""
    from hitstream.query import parse_filter

    return [parse_filter(text), parse_filter(f"host!=nobody-{next(_serial)}.invalid")]


def cells(query: "Query") -> list[Cost]:
    """Return what questions about ranges of the month cost that cells answer."""
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
    return [_cost(question) for _ in range(ROUNDS) for question in questions]


def _top(query: "Query", text: str) -> float:
    return 1000 * statistics.median(seconds(lambda: query.top("target", k=10, where=_where(text))) for _ in range(7))


def _ratio() -> float:
    """Return how many times the processor time of a page a scan a question takes, over a few filters."""
    from hitstream.query import open_query, selections

    taken = []
    for limit, few in ((selections.LIMIT, selections.FEW), (-1, -1)):
        selections.LIMIT, selections.FEW = limit, few
        with open_query(made()) as query:
            page(query, START, END, _where("method=POST"))  # so that both have opened what they need
            costs = [_cost(partial(page, query, START, END, _where(each))) for each in FILTERS[:4:3]]
        taken.append(sum(cost.processor for cost in costs))
    return round(taken[1] / taken[0], 1)


def _cost(work: Callable[[], object]) -> Cost:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Cost(1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - processor))


def _told(costs: Sequence[Cost]) -> dict[str, int]:
    """Return medians and 95th percentiles."""
    return {
        f"{name}, {kind}": round(sorted(getattr(cost, kind) for cost in costs)[int(len(costs) * share)])
        for kind in Cost._fields
        for name, share in (("p50 ms", 0.5), ("p95 ms", 0.949))
    }


def _range() -> tuple[int, int]:
    """Return whole days somewhere in the month."""
    first, last = sorted(random.sample(range(DAYS + 1), 2))
    return START + first * _DAY, START + last * _DAY


def made() -> Path:
    """Return a data directory of so many hits, which is made once."""
    data = FOLDER / f"queries-{HITS}"
    if not data.exists():
        log, part = FOLDER / "queries.log", data.with_suffix(".part")
        FOLDER.mkdir(exist_ok=True)
        traffic = ["--lines", str(HITS), "--days", str(DAYS), "--format", "combined"]
        process([HITSTREAM, "generate", *traffic, "-o", log])
        process([HITSTREAM, "ingest", log, "--data", part])
        log.unlink()
        part.rename(data)
    return data
