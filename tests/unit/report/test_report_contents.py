import gzip
import os
import re
from datetime import datetime
from pathlib import Path

import pytest
from counting import Counting, Hit

from hitstream.report import contents
from hitstream.report.as_json import document
from hitstream.views.table import VIEWS, View

JULY = 804_556_800  # 1995-07-01, a Saturday
SAMPLES = Path(os.environ.get("HITSTREAM_SAMPLES", Path(__file__).parents[4] / "shared/data"))


def hits(count, *, every=1):
    return [
        Hit(
            JULY + i * every,
            f"h{i % 37}.example.org",
            ("200", "404", "304", "500")[i % 4],
            i,
            target=f"/{i % 53}",
        )
        for i in range(count)
    ]


def sums(top):
    rows = top.rows + ([top.other] if top.other else [])
    return [sum(column) for column in zip(*(row[1:4] for row in rows), strict=True)]


@pytest.mark.parametrize("rows", [1, 7, 1000])
@pytest.mark.parametrize("view", ["status", "target", "host"])
def test_rows_and_other_are_the_totals_of_views_that_every_hit_is_in(view, rows):
    report = contents(Counting(hits(1000)), rows=rows)
    totals = report.totals
    assert sums(report.views[view]) == [totals.hits, totals.bytes, totals.errors]
    assert len(report.views[view].rows) <= rows


def test_the_sample_of_july_1995_adds_up():
    sample = SAMPLES / "nasa-jul95-first-hour.log.gz"
    if not sample.exists():
        pytest.skip(f"no sample at {sample}")
    pattern = re.compile(r'(\S+) - - \[(.{26})\] "(\S+) ?(\S*) ?(.*)" (\d{3}) (\d+|-)$')
    with gzip.open(sample, "rt", encoding="latin-1") as lines:
        found = [pattern.match(line) for line in lines]
    counted = [
        Hit(
            int(datetime.strptime(m[2], "%d/%b/%Y:%H:%M:%S %z").timestamp()),
            m[1],
            m[6],
            int(m[7].strip("-") or 0),
            m[3],
            m[4],
            m[5],
        )
        for m in found
        if m
    ]
    report = contents(Counting(counted, bad_lines=found.count(None)), rows=100)
    totals = report.totals
    assert totals.hits > 8000
    for view in ("status", "target", "host", "method"):
        assert sums(report.views[view]) == [totals.hits, totals.bytes, totals.errors]
    assert sum(report.series["minute"].hits) == sum(report.series["hour"].hits) == totals.hits
    assert sum(map(sum, report.week.hits)) == totals.hits


def test_what_is_beyond_the_limit_joins_what_the_store_folded():
    query = Counting(hits(1000))
    folded = query.top("host", k=1).rows[0]._replace(key="(other)")
    whole = query.top("host", k=1 << 30)
    query.top = lambda *_, k, **__: Counting(hits(1000)).top("host", k=k)._replace(other=folded, exact=False)
    top = contents(query, rows=30).views["host"]
    tail = [*whole.rows[30:], folded]
    assert top.other[1:4] == tuple(sum(row[i] for row in tail) for i in (1, 2, 3))
    assert top.other.visitors is None, "distinct clients of several keys do not add"
    assert (top.keys, top.exact) == (37, False)


def test_a_view_that_is_listed_whole_keeps_what_the_store_says_of_it():
    query = Counting(hits(100))
    assert contents(query).views["host"] == query.top("host", k=1000)


def test_every_keyed_view_is_there_and_a_new_row_of_the_table_too():
    views = (*VIEWS, View("traffic_by_host", "Traffic by host", ("host",)))
    query = Counting(hits(10))
    query.top = lambda name, *_args, **_options: Counting(hits(10)).top("host", k=3)
    report = contents(query, views=views)
    assert list(report.views) == [view.name for view in views if view.key]


def test_a_range_limits_everything():
    report = contents(Counting(hits(1000), bad_lines=5), start=JULY + 100, end=JULY + 200)
    assert report.totals.hits == 100
    assert report.totals.lines is None
    assert sum(row.hits for row in report.views["host"].rows) == 100
    assert sum(map(sum, report.week.hits)) == sum(report.series["minute"].hits) == 100


@pytest.mark.parametrize(
    ("days", "grains"),
    [(1, {"minute", "hour", "day", "week"}), (30, {"hour", "day", "week"}), (500, {"day", "week"}), (40_000, set())],
)
def test_grains_too_fine_for_the_time_are_left_out(days, grains):
    ends = [Hit(JULY), Hit(JULY + days * 86_400)]
    assert set(document(contents(Counting(ends)))["series"]) == grains


def test_a_grain_whose_cells_have_expired_is_left_out_instead_of_looking_quiet():
    class Kept(Counting):
        def series(self, *args, grain, **options):
            series = super().series(*args, grain=grain, **options)
            return series._replace(hits=[0] * len(series.hits)) if grain == "minute" else series

    assert set(contents(Kept(hits(10))).series) == {"hour", "day"}


def test_without_hits_there_are_no_series_and_no_times():
    report = document(contents(Counting([], bad_lines=3)))
    assert (report["totals"]["lines"], report["totals"]["bad_lines"], report["totals"]["first"]) == (3, 3, None)
    assert report["series"] == {}


def test_times_are_iso_8601_in_utc():
    totals = document(contents(Counting(hits(61))))["totals"]
    assert (totals["first"], totals["last"]) == ("1995-07-01T00:00:00Z", "1995-07-01T00:01:00Z")
