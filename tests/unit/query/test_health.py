"""How a pipeline is judged by what its ingest told."""

from dataclasses import replace

import pytest

from hitstream.engine.embedded import ingest
from hitstream.errors import ConfigError
from hitstream.query import Query, open_query
from hitstream.query.health import BEAT_LATE, LAG_LATE, Facts, judge
from hitstream.store.contract import StoreVersion
from hitstream.store.ledger import Counts
from hitstream.telemetry import STAGES
from hitstream.testing.crash import PAUSE, CrashSource
from hitstream.vitals import ArchiveSize, AuditRecord, Lag, Problem, Process, StageCounters, Vitals

NOW = 10_000.0
ALIVE = Vitals(
    Process.current(),
    "hitstream ingest access.log",
    since=NOW - 3600,
    beat=NOW - 1,
    archive_seconds=60,
    last_commit=NOW - 2,
    commit_seconds=0.01,
    archived=NOW - 30,
    archive=ArchiveSize(1, 2, 3),
    flows={"parse": StageCounters(100, 99, 0, 1)},
)
FACTS = Facts(Counts(100, 99, 1, 5000), {"status": 1}, StoreVersion(9, 1, 0), 5, 500, 4096, ALIVE, None)


def told(**changes):
    return judge(FACTS._replace(vitals=replace(ALIVE, **changes)), NOW)


def states(health):
    return {stage.name: stage.state for stage in health.stages}


def test_all_is_well_while_it_beats_and_keeps_up():
    health = judge(FACTS, NOW)
    assert (health.state, health.reasons, health.running) == ("ok", (), True)
    assert list(states(health)) == [stage.name for stage in STAGES]
    assert set(states(health).values()) == {"ok"}
    assert all(stage.why for stage in health.stages)


def test_before_any_ingest_nothing_is_wrong_and_it_says_how_to_start():
    health = judge(FACTS._replace(vitals=None), NOW)
    assert (health.state, health.running, health.beat_age) == ("stopped", False, None)
    assert "hitstream ingest" in health.stages[0].why


def test_an_ingest_that_ended_well_is_stopped_and_no_fault():
    health = told(ended=NOW - 120)
    assert (health.state, health.reasons) == ("stopped", ())
    assert "2 minutes ago" in health.stages[0].why


def test_an_ingest_that_failed_says_why_and_what_to_do():
    health = told(ended=NOW - 5, problem=Problem("Fatal", "Disk full.", "Free space."))
    assert health.state == "failing"
    assert "Fatal" in health.reasons[0] and "Disk full. Free space." in health.reasons[0]
    assert set(states(health).values()) == {"failing", "stopped"}


@pytest.mark.parametrize("gone", [{"started": 1}, {"pid": 2**22 + 1}])
def test_a_process_that_died_is_seen_at_once(gone):
    health = told(process=ALIVE.process._replace(**gone))
    assert health.state == "failing" and not health.running
    assert "gone without a word" in health.reasons[0]


def test_a_process_elsewhere_is_judged_by_its_beat():
    elsewhere = ALIVE.process._replace(host="elsewhere")
    assert told(process=elsewhere).state == "ok"
    assert told(process=elsewhere, beat=NOW - BEAT_LATE - 1).state == "failing"


@pytest.mark.parametrize(
    ("changes", "stage", "state", "words"),
    [
        ({"beat": NOW - BEAT_LATE - 1}, "read", "late", "last heard"),
        ({"unread": 9000, "lags": (Lag("a.log", 9000, LAG_LATE + 1),)}, "read", "late", "a.log"),
        ({"unread": 9000, "lags": (Lag("a.log", 9000, LAG_LATE - 1),)}, "read", "ok", "Reading"),
        ({"lags": (Lag("a\x1b.gz", 0, 0, "a\x1b.gz is cut off."),)}, "read", "failing", r"a\x1b.gz is cut off"),
        ({"flows": {"parse": StageCounters(10, 4, 0, 6)}}, "parse", "failing", "right format"),
        ({"commit_seconds": 9.0}, "commit", "late", "9.0 s"),
        ({"archived": NOW - 1000}, "archive", "late", "wait for the archive"),
    ],
)
def test_a_stage_that_is_not_well_is_named_with_the_reason(changes, stage, state, words):
    health = told(**changes)
    assert states(health)[stage] == state
    assert words in next(each.why for each in health.stages if each.name == stage)
    assert (health.state, bool(health.reasons)) == (state, state != "ok")


def test_an_audit_that_found_differences_is_failing():
    record = AuditRecord(NOW - 60, 1.0, 100, 99, 1, 98, 1, (), ("hits in the archive, here: 98 instead of 99",))
    health = judge(FACTS._replace(audit=record), NOW)
    assert health.state == "failing"
    assert "98 instead of 99" in health.reasons[0]
    assert judge(FACTS._replace(audit=replace(record, differences=())), NOW).state == "ok"


def test_a_data_directory_tells_of_its_pipeline(tmp_path):
    lines = b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 1\njunk\n'
    ingest(tmp_path, CrashSource([lines, PAUSE]).open, log_format="common")
    with open_query(tmp_path) as query:
        facts = query.health(0).facts
    assert (facts.counts.lines, sum(facts.reasons.values())) == (2, 1)
    assert (facts.staged_hits, facts.staged_bytes) == (0, 0)
    assert facts.database_bytes > 4096
    assert facts.vitals.archive.hits == 1


def test_what_was_read_once_has_no_pipeline():
    with pytest.raises(ConfigError, match="pipeline"):
        Query(None).health(0)  # type: ignore[arg-type]
