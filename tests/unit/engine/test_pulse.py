"""What an ingest tells of itself: with its batches, at most once a second, and at its end why it ended."""

import os
import subprocess
import sys
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from hitstream.engine import pulse as pulses
from hitstream.engine.audit import audit, keep
from hitstream.engine.embedded import ingest
from hitstream.engine.pulse import Pulse
from hitstream.engine.settings import Counters, IngestSettings
from hitstream.errors import DataError
from hitstream.sources.open import open_source
from hitstream.sources.tail import SourceBacklog
from hitstream.store.directory import open_directory, open_reader
from hitstream.store.vitals import read_audit, read_vitals
from hitstream.testing.crash import PAUSE, CrashAt, Crashed, CrashSource
from hitstream.views.table import VIEWS
from hitstream.vitals import Process, typed

LINE = b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 1\n'
SMALL = IngestSettings(workers=1, batch_bytes=1 << 20)


class Clock:
    def __init__(self, now=1000.0):
        self.time = now

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


class Source:
    unread = ()
    errors = 0


@contextmanager
def beating(root, source=None):
    data = open_directory(root, write=True)
    clock, counters = Clock(), Counters()
    pulse = Pulse(data, clock, counters, 60)
    pulse._source = source or Source()
    yield pulse, clock, counters, lambda: read_vitals(data.database)
    data.close()


def told(root):
    with open_reader(root) as data:
        return read_vitals(data.database)


def test_a_finished_ingest_has_told_what_it_did(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(3 * LINE + b"junk\n")
    ingest(tmp_path / "data", lambda states, size: open_source([log], states=states, max_bytes=size), SMALL)
    vitals = told(tmp_path / "data")
    assert vitals.process == Process.current() and vitals.process.pid == os.getpid()
    assert (vitals.lines, vitals.batches, vitals.bytes) == (4, 1, log.stat().st_size)
    assert (vitals.unread, vitals.sources, [lag.path for lag in vitals.lags]) == (0, 1, [str(log)])
    assert vitals.flows["read"][:2] == (4, 4)
    assert vitals.flows["parse"] == (4, 3, 0, 1)
    blocks = sum(len(view.grains) for view in VIEWS)
    assert vitals.flows["count"][0] == 3 and 0 < vitals.flows["count"][1] <= blocks
    assert vitals.flows["commit"][:2] == (1, 1)
    assert vitals.flows["archive"][:2] == (3, 3)
    assert (vitals.archive.files, vitals.archive.hits) == (1, 3) and vitals.archive.bytes > 0
    assert sum(vitals.commits.counts) == 1
    assert vitals.ended is not None and vitals.problem is None


def test_the_next_run_knows_the_archive_before_it_adds_to_it(tmp_path):
    for _ in range(2):
        source = CrashSource([LINE, PAUSE])
        ingest(tmp_path, source.open, SMALL, log_format="common")
    assert told(tmp_path).batches == 0
    assert told(tmp_path).archive.hits == 1


def test_an_error_is_told_with_what_was_committed_before(tmp_path):
    class Damaged(CrashSource):
        def read(self):
            yield from super().read()
            raise DataError("It is damaged.", "Mend it.")

    with pytest.raises(DataError):
        ingest(tmp_path, Damaged([LINE, PAUSE]).open, SMALL, log_format="common")
    vitals = told(tmp_path)
    assert vitals.problem == ("DataError", "It is damaged.", "Mend it.")
    assert vitals.ended is not None


def test_a_crash_tells_nothing_and_leaves_the_last_beat(tmp_path):
    source, crash = CrashSource([LINE, PAUSE]), CrashAt("committed", 1)
    with pytest.raises(Crashed):
        ingest(tmp_path, source.open, SMALL, log_format="common", checkpoint=crash)
    assert told(tmp_path).ended is None


def test_it_beats_once_a_second_while_lines_come_and_seldom_when_not(tmp_path):
    with beating(tmp_path) as (pulse, clock, counters, vitals):
        beats = []
        for _ in range(400):
            if clock.time < 1010:
                counters.batches += 1
                counters.lines += 10
            pulse.beat()
            if vitals().beat == clock.time:
                beats.append(clock.time)
            clock.time += 0.1
        busy = [beat for beat in beats if beat < 1010]
        assert 9 <= len(busy) <= 11
        idle = [beat for beat in beats if beat > 1025]
        assert min(b - a for a, b in pairwise(idle)) >= pulses.IDLE_SECONDS - 0.01


def test_rates_are_of_the_last_seconds_and_fall_to_nothing(tmp_path):
    with beating(tmp_path) as (pulse, clock, counters, vitals):
        for _ in range(20):
            counters.batches, counters.lines, counters.bytes = (
                counters.batches + 1,
                counters.lines + 500,
                counters.bytes + 5000,
            )
            clock.time += 1
            pulse.beat()
        assert vitals().lines_per_second == pytest.approx(500)
        assert vitals().bytes_per_second == pytest.approx(5000)
        for _ in range(30):
            clock.time += 1
            pulse.beat()
        assert vitals().lines_per_second == 0


def test_a_lag_lasts_until_all_is_read(tmp_path):
    source = Source()
    source.unread = [SourceBacklog("a.log", 10, ""), SourceBacklog("b.log", 0, "")]
    with beating(tmp_path, source) as (pulse, clock, _counters, vitals):
        pulse.beat()
        clock.time += 40
        pulse.beat()
        assert [(lag.path, lag.bytes, lag.seconds) for lag in vitals().lags] == [("a.log", 10, 40), ("b.log", 0, 0)]
        assert vitals().unread == 10
        pulse.caught_up()
        clock.time += 40
        pulse.beat()
        assert vitals().lags[0].seconds == 0


def test_only_the_worst_sources_are_named_and_all_are_summed(tmp_path):
    source = Source()
    source.unread = [SourceBacklog(f"{n}.log", n, "") for n in range(200)] + [
        SourceBacklog("torn.gz", 0, "It is cut off.")
    ]
    with beating(tmp_path, source) as (pulse, _clock, _counters, vitals):
        pulse.beat()
        assert (vitals().sources, vitals().unread) == (201, sum(range(200)))
        assert len(vitals().lags) == pulses.LAGS_TOLD
        assert vitals().lags[0].problem == "It is cut off."
        assert vitals().lags[1].path == "199.log"


def test_facts_of_another_version_are_as_none(tmp_path):
    with beating(tmp_path) as (pulse, _clock, _counters, vitals):
        pulse.beat()
        pulse._data.database.set_meta("vitals", '{"process": [1, "here", 2], "colour": 3}')
        assert vitals() is None


def test_a_process_that_ended_is_seen_and_another_of_its_number_is_not_taken_for_it():
    here = Process.current()
    assert here.is_running() is True
    assert here._replace(started=1).is_running() is False
    assert here._replace(pid=2**22 + 1).is_running() is False
    assert here._replace(host="elsewhere").is_running() is None


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only /proc tells")
def test_a_process_that_was_killed_is_gone_before_anybody_asks_how_it_ended():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    known = Process.of(child.pid)
    assert known.is_running() is True
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is still in the table of processes
    assert known.is_running() is False
    child.communicate()


def test_an_audit_keeps_what_it_found(tmp_path):
    ingest(tmp_path, CrashSource([LINE, PAUSE]).open, SMALL, log_format="common")
    result = audit(tmp_path)
    keep(tmp_path, result)
    with open_reader(tmp_path) as data:
        record = read_audit(data.database)
    assert record.ok == result.ok
    assert (record.lines, record.hits, record.archived) == (1, 1, 1)


def test_a_command_can_be_typed_again():
    assert (
        typed(["/venv/lib/hitstream/__main__.py", "ingest", "my log", "--follow"])
        == "hitstream ingest 'my log' --follow"
    )
    assert typed(["/usr/bin/hitstream", "run"]) == "hitstream run"
