"""Generated traffic against what others counted in the real log; each tolerance stands beside its use."""

import csv
import os
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from hitstream.sources.generate import HURRICANE_ERIN, Traffic

SAMPLES = Path(os.environ.get("HITSTREAM_SAMPLES", Path(__file__).parents[4] / "shared" / "data"))
PUBLISHED = SAMPLES / "nasa-published"
LINE = re.compile(rb'(\S+) - - \[(\d\d)/(\w{3})/\d{4}:(\d\d)[^]]*\] "(.*)" (\d{3}) (\d+|-)')

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PUBLISHED.is_dir(), reason=f"no published counts in {SAMPLES}"),
]


class Log(NamedTuple):
    """What was counted in a generated log."""

    status: Counter
    target: Counter
    refused: Counter
    host: Counter
    hour: Counter
    day: Counter
    visits: Counter  # distinct hosts by day
    bytes: int

    @property
    def lines(self):
        return self.status.total()


def count(traffic):
    status, target, refused, host, hour, day = (Counter() for _ in range(6))
    pairs, size = set(), 0
    for block in traffic.blocks():
        for line in block.split(b"\n")[:-1]:
            name, number, month, clock, request, code, sent = LINE.fullmatch(line).groups()
            words = request.split(b" ")
            path = words[1].decode("latin-1") if len(words) > 1 else ""
            date = f"{int(number)} {month.decode()}"
            status[int(code)] += 1
            target[path] += 1
            refused[path] += code != b"200"
            host[name] += 1
            hour[int(clock)] += 1
            day[date] += 1
            pairs.add((date, name))
            size += 0 if sent == b"-" else int(sent)
    return Log(status, target, refused, host, hour, day, Counter(date for date, _ in pairs), size)


@pytest.fixture(scope="module")
def ten_days():
    return count(Traffic(days=10))


@pytest.fixture(scope="module")
def whole_log():
    return count(Traffic(outage=HURRICANE_ERIN))


def table(name, cast=str):
    with (PUBLISHED / name).open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {cast(row[0]): int(row[1]) for row in rows if row[0]}


def published_lines():
    return sum(table("status_code_counts.csv").values())


def published_days():
    text = (PUBLISHED / "README.md").read_text()
    found = re.findall(r"(\d+ (?:Jul|Aug)) ([\d,]+) \(([\d,]+)\)", text)
    return {day: (whole(lines), whole(hosts)) for day, lines, hosts in found}


def published_hours():
    text = (PUBLISHED / "README.md").read_text()
    rows = re.findall(r"\| (\d\d) \| ([\d,]+) \| (\d\d) \| ([\d,]+) \|", text)
    return {int(hour): whole(lines) for row in rows for hour, lines in (row[:2], row[2:])}


def whole(text):
    return int(text.replace(",", ""))


def assert_shares(counted, lines, expected, rel, floor):
    """Compare shares of all lines, each within `rel` of itself plus `floor` (for the noise of rare ones)."""
    total = published_lines()
    for key, count_ in expected.items():
        assert counted[key] / lines == pytest.approx(count_ / total, rel=rel, abs=floor), key


def test_statuses_have_their_published_shares(ten_days):
    assert_shares(ten_days.status, ten_days.lines, table("status_code_counts.csv", int), rel=0.03, floor=2e-5)


def test_the_top_targets_have_their_published_shares_and_nothing_else_is_among_them(ten_days):
    expected = table("top_20_endpoints.csv")
    assert_shares(ten_days.target, ten_days.lines, expected, rel=0.06, floor=0)
    assert {path for path, _ in ten_days.target.most_common(20)} == set(expected)


def test_the_top_targets_fall_off_as_published(ten_days):
    curve = sorted(table("top_20_endpoints.csv").values(), reverse=True)
    ours = [lines for _, lines in ten_days.target.most_common(20)]
    for rank, (mine, theirs) in enumerate(zip(ours, curve, strict=True), 1):
        assert mine / ten_days.lines == pytest.approx(theirs / published_lines(), rel=0.05), rank


def test_answers_other_than_200_are_as_frequent_as_published(ten_days):
    statuses = table("status_code_counts.csv", int)
    expected = 1 - statuses[200] / published_lines()
    assert 1 - ten_days.status[200] / ten_days.lines == pytest.approx(expected, rel=0.03)
    assert_shares(ten_days.refused, ten_days.lines, table("top_20_error_endpoints.csv"), rel=0.15, floor=0)


def test_hours_have_their_published_shares(ten_days):
    assert_shares(ten_days.hour, ten_days.lines, published_hours(), rel=0.2, floor=0)


def test_the_busiest_and_the_quietest_hours_are_the_published_ones(whole_log):
    expected = published_hours()
    assert_shares(whole_log.hour, whole_log.lines, expected, rel=0.07, floor=0)
    ranked = [hour for hour, _ in whole_log.hour.most_common()]
    busy = sorted(expected, key=expected.__getitem__)
    assert set(ranked[:5]) == set(busy[5:])
    assert set(ranked[-5:]) == set(busy[:5])


def test_days_have_their_published_lines(ten_days):
    for day, (lines, _) in published_days().items():
        if day in ten_days.day:
            assert ten_days.day[day] == pytest.approx(lines, rel=0.05), day


def test_weekends_are_as_quiet_as_published(ten_days):
    lines = {day: lines for day, (lines, _) in published_days().items() if day in ten_days.day}
    weekend = ("1 Jul", "2 Jul", "8 Jul", "9 Jul")

    def share(days):
        return sum(days[day] for day in weekend) / sum(days.values())

    assert share(ten_days.day) == pytest.approx(share(lines), rel=0.03)


def test_the_top_hosts_fall_off_as_published(ten_days):
    curve = sorted(table("top_20_hosts.csv").values(), reverse=True)
    ours = [lines for _, lines in ten_days.host.most_common(len(curve))]
    for rank, (mine, theirs) in enumerate(zip(ours, curve, strict=True), 1):
        assert mine / ten_days.lines == pytest.approx(theirs / published_lines(), rel=0.35), rank
    assert sum(ours) / ten_days.lines == pytest.approx(sum(curve) / published_lines(), rel=0.1)


def test_the_top_hosts_have_their_published_shares(whole_log):
    expected = {host.encode(): lines for host, lines in table("top_20_hosts.csv").items()}
    assert_shares(whole_log.host, whole_log.lines, expected, rel=0.2, floor=0)
    assert {host for host, _ in whole_log.host.most_common(len(expected))} == set(expected)


def test_a_day_has_as_many_distinct_hosts_for_its_lines_as_published(ten_days):
    days = {day: counts for day, counts in published_days().items() if day in ten_days.day}
    theirs = {day: lines / hosts for day, (lines, hosts) in days.items()}
    ours = {day: ten_days.day[day] / ten_days.visits[day] for day in days}
    for day in days:
        assert ours[day] == pytest.approx(theirs[day], rel=0.2), day
    assert sum(ours.values()) == pytest.approx(sum(theirs.values()), rel=0.05)


def test_the_whole_log_has_the_published_lines_bytes_and_hosts(whole_log):
    assert whole_log.lines == pytest.approx(3_461_612, rel=0.02)
    assert whole_log.bytes == pytest.approx(61.02 * 2**30, rel=0.05)
    assert len(whole_log.host) == pytest.approx(137_978, rel=0.05)
