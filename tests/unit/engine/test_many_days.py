"""Logs whose lines lie on thousands of days, as a clock gone wrong or a hostile writer makes them."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hitstream.engine.audit import audit
from hitstream.engine.batch import rebuild
from hitstream.engine.embedded import ingest
from hitstream.engine.settings import IngestSettings
from hitstream.sources.open import open_source
from hitstream.store.directory import open_reader
from hitstream.testing.contents import contents

DAYS = 40


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _handle: None)


def line(number, time):
    return (
        f'h{number % 50} - - [{time.day:02}/{time:%b}/{time.year:04}:{time:%H:%M:%S} +0000] "GET /{number % 9}" 200 1\n'
    )


def read(data, log, **settings):
    def opened(states, max_bytes):
        return open_source([log], states=states, max_bytes=max_bytes)

    return ingest(data, opened, IngestSettings(workers=1, **settings))


def test_hits_of_many_days_wait_and_make_one_file_a_day(tmp_path):
    draw = random.Random(1)
    start = datetime(1990, 1, 1)
    times = [start + timedelta(days=draw.randrange(DAYS), minutes=draw.randrange(1440)) for _ in range(3000)]
    (tmp_path / "a.log").write_text("".join(line(number, time) for number, time in enumerate(times)))
    counters = read(tmp_path / "data", tmp_path / "a.log", batch_bytes=1 << 17, direct_rows=100)
    assert counters.batches > 1
    with open_reader(tmp_path / "data") as data:
        files = data.archive.listing()
        assert len(files) == len({file.day for file in files}) == DAYS
        assert max(file.size for file in files) < 40_000  # none holds the texts of other days
        kept = len(data.cells.totals("traffic", "minute", -(1 << 60), 1 << 60))
    assert 0 < kept < 8 * 1440
    before = contents(tmp_path / "data")
    assert rebuild(tmp_path / "data") == 3000
    assert contents(tmp_path / "data") == before
    assert audit(tmp_path / "data").ok


def test_small_files_of_many_days_are_joined_in_one_transaction(tmp_path, monkeypatch):
    monkeypatch.setattr("hitstream.store.delta._SMALL_FILES", 2)
    log = tmp_path / "a.log"
    for run in range(2):
        with log.open("a") as lines:
            lines.writelines(line(number, datetime(1990, 1, 1 + number % 20, run)) for number in range(60))
        read(tmp_path / "data", log)
    with open_reader(tmp_path / "data") as data:
        assert len(data.archive.files()) == 40
        versions = len(list((Path(data.archive.folder.address) / "_delta_log").glob("*.json")))
        assert data.archive.compact() == 40
        assert len(data.archive.files()) == 20
        assert len(list((Path(data.archive.folder.address) / "_delta_log").glob("*.json"))) == versions + 1
    assert contents(tmp_path / "data").hits.num_rows == 120
    assert audit(tmp_path / "data").ok


def test_years_from_the_first_to_the_last_are_kept_exactly(tmp_path):
    years = [1, 2, 999, 1000, 1582, 1899, 1969, 1970, 2038, 2262, 2263, 9998, 9999]
    log = tmp_path / "a.log"
    log.write_text("".join(line(number, datetime(year, 12, 30, 23, 59)) for number, year in enumerate(years)))
    assert read(tmp_path / "data", log).hits == len(years)
    held = contents(tmp_path / "data")
    assert [time.year for time in held.hits["time"].cast("timestamp[us]").to_pylist()] == years
    assert rebuild(tmp_path / "data") == len(years)
    assert contents(tmp_path / "data") == held
    assert audit(tmp_path / "data").ok
