"""The stream tells readers of itself as an ingest does."""

import pytest

from hitstream.clock import SystemClock
from hitstream.engine.spark.gather import Batch
from hitstream.engine.spark.pulse import StreamPulse
from hitstream.engine.spark.stream import Told
from hitstream.errors import Fatal, Retryable
from hitstream.query.health import Facts, judge
from hitstream.store.contract import StoreVersion
from hitstream.store.ledger import BadTally, Counts, ReadRange, SourceFormat
from hitstream.store.vitals import read_vitals


class Kept:
    """What keeps single values, in memory; or is away."""

    def __init__(self):
        self.values = {}
        self.away = False

    def meta(self, key):
        return self.values.get(key)

    def set_meta(self, key, value):
        if self.away:
            raise Retryable("away")
        self.values[key] = value


@pytest.fixture
def store():
    return Kept()


@pytest.fixture
def pulse(store):
    return StreamPulse(store, "access-log", SystemClock())


def batch(lines, bad):
    ranges = [ReadRange("log", 0, 100 * lines, lines, lines - bad, bad, 100 * lines)]
    return Batch(
        ranges,
        {SourceFormat("log", "/log", "common")},
        BadTally(),
        [],
        [],
        [],
        lines - bad,
        1_000,
        {0: 7},
        1,
        100 * lines,
    )


def health(store, after=0.0):
    vitals = read_vitals(store)
    facts = Facts(Counts(0, 0, 0, 0), {}, StoreVersion(1, 1, 0), 0, 0, 0, vitals, None)
    return judge(facts, vitals.beat + after)


def test_batches_add_up_and_the_health_is_good(store, pulse):
    with pulse.telling():
        pulse._beaten = 0.0
        pulse.tell(Told(1, batch(10, 2), 1.0), {"archive": 0.5, "publish": 0.25})
        pulse._beaten = 0.0
        pulse.tell(Told(2, batch(5, 0), 1.0), {"archive": 0.5, "publish": 0.25})
        vitals = read_vitals(store)
        assert health(store).state == "ok"
        assert health(store).running
    assert (vitals.lines, vitals.bytes, vitals.batches, vitals.newest) == (15, 1500, 2, 1_000)
    assert vitals.flows["parse"] == (15, 13, 0, 2)
    assert vitals.lines_per_second > 0
    assert (vitals.commit_seconds, sum(vitals.commits.counts)) == (0.75, 2)
    assert health(store).state == "stopped"


def test_why_it_waits_and_why_it_ended_is_told(store, pulse):
    with pytest.raises(Fatal), pulse.telling():
        pulse._beaten = 0.0
        pulse.tell(Told(1, None, 1.0, Retryable("HDFS is away.")), {})
        waiting = health(store)
        raise Fatal("The disk is full.", "Free space.")
    assert waiting.state == "failing"
    assert any("HDFS is away." in reason for reason in waiting.reasons)
    assert any("The disk is full. Free space." in reason for reason in health(store).reasons)


def test_a_cassandra_that_is_away_does_not_end_the_stream(store, pulse):
    store.away = True
    with pulse.telling():
        pulse._beaten = 0.0
        pulse.tell(Told(1, batch(10, 2), 1.0), {})
    assert store.values == {}
