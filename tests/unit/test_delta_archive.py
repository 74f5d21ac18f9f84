"""The archive as a Delta Lake table."""

import datetime as dt
import os
import time

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable

from hitstream.errors import Fatal
from hitstream.store.delta import DeltaArchive
from hitstream.store.directory import open_directory
from hitstream.store.folder import LocalFolder
from hitstream.testing.archive_contract import ArchiveContract, hits_at, positions

HOUR = 3600.0


@pytest.fixture
def archive(tmp_path):
    return DeltaArchive(LocalFolder(tmp_path / "archive"), "an application")


class TestDeltaArchive(ArchiveContract):
    pass


def test_other_engines_read_the_table_as_it_is(archive):
    archive.append(archive.write(hits_at([0, 10, 20], [1, 1.5, 2])), 1)
    where = archive.folder.address
    assert pl.scan_delta(where).filter(pl.col("day") == dt.date(1970, 1, 2)).collect().height == 2
    read = DeltaTable(where).to_pyarrow_table(columns=["offset", "host", "day"]).sort_by("offset")
    assert read["host"].to_pylist() == ["a.example"] * 3
    files = archive.files()
    assert duckdb.execute('SELECT count(DISTINCT "offset") FROM read_parquet(?)', [files]).fetchone() == (3,)


def test_statistics_let_readers_skip_files(archive):
    archive.append(archive.write(hits_at([7, 30], [1.25, 1.5])), 1)
    found = DeltaTable(archive.folder.address).get_add_actions(flatten=True)
    row = {name: found.column(name).to_pylist()[0] for name in found.schema.names}
    assert (row["num_records"], row["min.offset"], row["max.offset"]) == (2, 7, 30)
    assert row["min.time"] == dt.datetime(1970, 1, 2, 6, tzinfo=dt.UTC)


def test_two_readers_of_one_table_see_each_others_transactions(archive):
    other = DeltaArchive(archive.folder, "an application")
    archive.append(archive.write(hits_at([0], [1])), 1)
    assert other.last_batch() == 1
    assert not other.append(other.write(hits_at([0], [1])), 1)
    assert other.append(other.write(hits_at([1], [1])), 2)
    assert positions(archive) == [("s", 0), ("s", 1)]


def test_an_archive_of_another_database_is_refused(tmp_path, archive):
    archive.append(archive.write(hits_at([0], [1])), 1)
    data = open_directory(tmp_path, write=True)
    with pytest.raises(Fatal, match="belongs to another database"):
        data.check_archive()
    data.close()


def test_a_lost_archive_is_noticed(tmp_path):
    data = open_directory(tmp_path, write=True)
    data.database.set_meta("archived", 5)
    with pytest.raises(Fatal, match="wants 5"):
        data.check_archive()
    data.close()


def test_transactions_of_hours_ago_are_forgotten_and_what_they_did_is_not(archive, tmp_path):
    files, reader = archive.write(hits_at([0], [1])), DeltaArchive(archive.folder, "an application")
    log = tmp_path / "archive" / "_delta_log"
    archive.append(files, 1)
    assert reader.last_batch() == 1
    for batch in range(2, 102):
        archive.append(files, batch)
    for name in log.iterdir():
        os.utime(name, (time.time() - 2 * HOUR,) * 2)
    for batch in range(102, 202):
        archive.append(files, batch)
    assert len([*log.glob("*.json")]) < 150
    assert reader.last_batch() == 201
    assert positions(reader) == [("s", 0)]
