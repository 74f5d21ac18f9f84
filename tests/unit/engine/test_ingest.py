"""Ingest within one process: counts, resuming, crashes at each step, refusals."""

import shutil
import threading

import numpy as np
import pytest

from hitstream.engine.audit import audit
from hitstream.engine.batch import fingerprint, rebuild
from hitstream.engine.embedded import ingest
from hitstream.engine.settings import IngestSettings
from hitstream.engine.upkeep import FINISHED_PARTS, Retention
from hitstream.errors import ConfigError, DataError, Fatal, Retryable
from hitstream.store.directory import open_directory, open_reader
from hitstream.testing.contents import contents
from hitstream.testing.crash import CRASH, PAUSE, STEPS, CrashAt, Crashed, CrashSource
from hitstream.views.table import SECONDS

SMALL = IngestSettings(workers=1, batch_bytes=1 << 20, archive_rows=15, direct_rows=30)
BATCHES = 12


def log(seed: int, lines: int, junk: float = 0.1) -> bytes:
    """Return lines of three days, some of them bad."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(lines):
        if random.random() < junk:
            made.append(b"junk %d" % random.integers(100))
            continue
        host, target, size = (int(n) for n in random.zipf(1.5, 3) % 50)
        status = (200, 200, 304, 404)[random.integers(4)]
        time = b"%02d/Jul/1995:%02d:%02d:00 -0400" % tuple(int(n) for n in random.integers((1, 0, 0), (4, 2, 20)))
        made.append(b'h%d.example.org - - [%s] "GET /%d.gif HTTP/1.0" %d %d' % (host, time, target, status, size))
    return b"\n".join(made) + b"\n"


def scripted(batches: int, *, crash: bool = False):
    """Return a source of so many batches of different sizes, with a crash after each where asked for."""
    script = [b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 1\n']
    for seed in range(batches):
        script += [log(seed, 50 if seed % 3 == 0 else 20), PAUSE]
        script += [CRASH] * crash
    return CrashSource(script)


def run(directory, source, **options):
    return ingest(directory, source.open, SMALL, log_format="common", **options)


@pytest.fixture(autouse=True, scope="module")
def _eager_upkeep():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hitstream.engine.committer._COMPACT_TRANSACTIONS", 4)
        patch.setattr("hitstream.engine.committer._TIDY_BATCHES", 4)
        patch.setattr("hitstream.store.delta._SMALL_FILES", 3)
        patch.setattr("os.fsync", lambda _handle: None)  # a crash of the process alone loses no writes
        patch.setattr("hitstream.store.database._SYNCHRONOUS", "OFF")
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The directory that one run without a crash makes of all batches."""
    directory = tmp_path_factory.mktemp("clean")
    run(directory, scripted(BATCHES))
    return directory


@pytest.fixture(scope="module")
def clean(whole):
    return contents(whole)


@pytest.fixture
def filled(whole, tmp_path):
    """A copy of the whole, to do something to."""
    return shutil.copytree(whole, tmp_path / "filled")


def test_every_line_is_a_hit_or_a_bad_line(tmp_path):
    source = scripted(6)
    counters = run(tmp_path, source)
    lines = sum(step.count(b"\n") for step in source._script if isinstance(step, bytes))
    assert counters.lines == counters.hits + counters.bad == lines
    held = contents(tmp_path)
    assert held.counts[:3] == (counters.lines, counters.hits, counters.bad)
    assert held.hits.num_rows == counters.hits
    assert sum(count.lines for count in held.bad_counts) == counters.bad == len(held.bad_lines)
    assert sum(row[0] for key, row in held.cells.items() if key[:2] == ("traffic", "day")) == counters.hits
    assert audit(tmp_path).ok


def test_lines_crash_lines_are_counted_once(tmp_path, clean):
    source = scripted(BATCHES, crash=True)
    crashes = 0
    while True:
        try:
            run(tmp_path, source)
            break
        except Crashed:
            crashes += 1
    assert crashes == BATCHES
    assert contents(tmp_path) == clean
    assert audit(tmp_path).ok


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("nth", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_crash_at_any_step_of_a_commit_changes_nothing(tmp_path, clean, step, nth):
    with pytest.raises(Crashed):
        run(tmp_path, scripted(BATCHES), checkpoint=CrashAt(step, nth))
    run(tmp_path, scripted(BATCHES))
    assert contents(tmp_path) == clean
    assert audit(tmp_path).ok


def test_readers_find_each_hit_once_while_it_waits_for_the_archive(tmp_path):
    with pytest.raises(Crashed):
        run(tmp_path, scripted(9), checkpoint=CrashAt("archive-appended", 2))
    held = contents(tmp_path)
    assert held.hits.num_rows == held.counts.hits
    assert len(set(held.hits["offset"].to_pylist())) == held.counts.hits


def test_a_second_run_goes_on_where_the_first_stopped(tmp_path, clean):
    stop = threading.Event()
    first = run(tmp_path, scripted(BATCHES), stop=stop, on_commit=lambda counters: counters.batches == 7 and stop.set())
    assert 0 < first.lines < clean.counts.lines
    second = run(tmp_path, scripted(BATCHES))
    assert first.lines + second.lines == clean.counts.lines
    assert contents(tmp_path) == clean


def test_nothing_new_changes_nothing(filled, clean):
    assert run(filled, scripted(BATCHES)).lines == 0
    assert contents(filled) == clean


def test_many_blocks_of_a_bucket_are_sealed(filled):
    with open_reader(filled) as data:
        crowds = data.cells.crowds(1)
        newest = data.database.meta("newest")
        finished = [crowd for crowd in crowds if crowd.bucket + SECONDS[crowd.grain] <= newest]
        assert max(crowd.parts for crowd in finished) < FINISHED_PARTS
        assert any(crowd.sealed_bytes for crowd in crowds)


def test_a_rebuild_gives_the_same_cells(filled, clean):
    assert rebuild(filled) == clean.counts.hits
    assert contents(filled) == clean
    assert audit(filled).ok
    run(filled, scripted(BATCHES + 1))
    assert audit(filled).ok


def test_cells_are_rebuilt_when_views_have_changed(filled, clean):
    data = open_directory(filled, write=True)
    data.database.set_meta("views", "another table")
    data.database.write("DELETE FROM blocks WHERE view = 'host'")
    data.close()
    run(filled, scripted(BATCHES))
    assert contents(filled) == clean
    with open_reader(filled) as data:
        assert data.database.meta("views") == fingerprint()


def test_the_audit_names_the_place_of_a_difference(tmp_path):
    run(tmp_path, scripted(6))
    data = open_directory(tmp_path, write=True)
    data.database.write("UPDATE ranges SET hits = hits + 1, lines = lines + 1 WHERE start = 0")
    data.database.write("UPDATE blocks SET errors = errors + 2 WHERE view = 'status' AND grain = 'day'")
    data.close()
    found = audit(tmp_path)
    assert not found.ok
    said = [str(difference) for difference in found.differences]
    assert any("hits in the archive, source crash-source, positions 0 to" in text for text in said)
    assert any("errors in cells of status by day, 1995-07-0" in text for text in said)


def test_minutes_are_kept_for_days_and_days_for_ever(tmp_path):
    source = CrashSource(
        [b'h - - [%02d/Jul/1995:12:00:00 +0000] "GET / HTTP/1.0" 200 1\n' % day for day in range(1, 31)]
    )
    settings = IngestSettings(workers=1, batch_bytes=1, retention=Retention(minute=8, hour=20))
    ingest(tmp_path, source.open, settings, log_format="common")
    with open_reader(tmp_path) as data:
        kept = {grain: len(data.cells.totals("traffic", grain, 0, 1 << 40)) for grain in ("minute", "hour", "day")}
    assert kept == {"minute": 9, "hour": 21, "day": 30}
    assert audit(tmp_path).ok
    rebuild(tmp_path, settings.retention)
    assert audit(tmp_path).ok


def test_a_hit_from_the_future_does_not_make_the_present_old(tmp_path):
    source = CrashSource([b'h - - [01/Jul/%d:12:00:00 +0000] "GET / HTTP/1.0" 200 1\n' % year for year in (2999, 1995)])
    ingest(tmp_path, source.open, IngestSettings(batch_bytes=1), log_format="common", clock=_Clock(804_600_000))
    with open_reader(tmp_path) as data:
        assert len(data.cells.totals("traffic", "minute", 0, 1 << 40)) == 2


class _Clock:
    def __init__(self, now):
        self._now = now

    def now(self):
        return self._now

    def sleep(self, seconds):
        raise AssertionError


def test_bad_lines_are_capped_and_counted(tmp_path):
    source = CrashSource([log(1, 5, 0), b"!junk\n" * 70, b"!" * 9000 + b"\n" + b"!junk\n" * 70])
    ingest(tmp_path, source.open, IngestSettings(bad_lines_kept=40), log_format="common")
    held = contents(tmp_path)
    assert len(held.bad_lines) == 40
    assert sum(count.lines for count in held.bad_counts) == 141
    assert max(len(line.data) for line in held.bad_lines) <= 4096


def test_a_wrong_format_stops_before_anything_is_committed(tmp_path):
    source = CrashSource([b"this is no log\n" * 20])
    for log_format in ("common", None):
        with pytest.raises(DataError, match="crash-source"):
            ingest(tmp_path, source.open, SMALL, log_format=log_format)
    held = contents(tmp_path)
    assert held.counts.lines == 0
    assert held.bad_lines == []


def test_the_detected_format_is_kept(tmp_path):
    script = [log(1, 50, 0), CRASH, b"junk\n"]
    source = CrashSource(script)
    with pytest.raises(Crashed):
        ingest(tmp_path, source.open, IngestSettings(batch_bytes=1))
    assert ingest(tmp_path, source.open, IngestSettings()).bad == 1


def test_lines_before_a_damaged_place_are_kept(tmp_path):
    class Damaged(CrashSource):
        def read(self):
            yield from super().read()
            raise DataError("the archive ends too soon")

    with pytest.raises(DataError, match="too soon"):
        run(tmp_path, Damaged([log(1, 20)]))
    assert contents(tmp_path).counts.lines == 20


def test_a_second_ingester_is_refused_by_the_name_of_the_first(tmp_path):
    refused = []

    def intrude(_counters):
        with pytest.raises(Retryable, match=r"process \d+ on .* since") as problem:
            run(tmp_path, scripted(1))
        refused.append(problem.value)

    run(tmp_path, scripted(1), on_commit=intrude)
    assert refused


def test_a_directory_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigError, match=r"data.*no part of its path may be a file"):
        run(tmp_path / "data", scripted(1))


def test_a_disk_that_is_full_leaves_nothing_half_written(tmp_path, clean):
    class Full:
        def __call__(self, step):
            if step == "before-commit":
                raise Fatal("Disk full")

    with pytest.raises(Fatal):
        run(tmp_path, scripted(BATCHES), checkpoint=Full())
    assert contents(tmp_path).counts.lines == 0
    run(tmp_path, scripted(BATCHES))
    assert contents(tmp_path) == clean
