"""Live traffic: lines stamped now, at a chosen rate, in the shape of the day."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from hitstream.sources.generate import Traffic, published

NOON = datetime(2024, 6, 5, 12, 0, 30, tzinfo=UTC)
TRAFFIC = Traffic(start=NOON)


class Scripted:
    """A clock that moves by what it is asked to sleep, and by `lag` more."""

    def __init__(self, now, lag=0.0):
        self.time, self.lag = now.timestamp(), lag

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds + self.lag


def count(clock, rate, seconds):
    return sum(block.count(b"\n") for block in islice(TRAFFIC.live(clock, rate, 0.5), int(2 * seconds)))


def test_live_lines_are_stamped_now():
    clock = Scripted(NOON)
    for block in islice(TRAFFIC.live(clock, 50), 40):
        now = datetime.fromtimestamp(int(clock.now()), UTC).strftime("[%d/%b/%Y:%H:%M:%S +0000]").encode()
        assert all(now in line for line in block.splitlines())


@pytest.mark.parametrize("rate", [20, pytest.param(20_000, marks=pytest.mark.slow)])
def test_live_lines_come_at_the_rate_and_the_shape_of_the_hours(rate):
    night = NOON - timedelta(hours=8)
    mean = sum(published.HOURS) / 24
    weekday = published.WEEKDAYS[2] * 7 / sum(published.WEEKDAYS)
    for start in (NOON, night):
        expected = rate * 60 * weekday * published.HOURS[start.hour] / mean
        assert count(Scripted(start), rate, 60) == pytest.approx(expected, rel=0.35 if rate < 100 else 0.1)


def test_a_block_is_empty_when_nothing_is_due():
    blocks = list(islice(TRAFFIC.live(Scripted(NOON), 0.1), 100))
    assert len(blocks) == 100
    assert b"" in blocks


def test_what_a_sleeping_machine_missed_is_not_made_up_for():
    awake = count(Scripted(NOON), 100, 30)
    asleep = count(Scripted(NOON, lag=60.0), 100, 30)
    assert asleep < 3 * awake
