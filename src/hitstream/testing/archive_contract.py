"""What every `Archive` must do: subclass `ArchiveContract` and give the fixture `archive`."""

# ruff: noqa: D102 - the names of the tests say it

import time
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hitstream.arrow import to_arrow
from hitstream.record import Column, Hits, Texts
from hitstream.store.contract import Archive

DAY = 86_400_000_000


def hits_at(offsets: Sequence[int], days: Sequence[float], source: str = "s") -> pa.Table:
    """Return hits at these positions, so many days after 1970."""
    rows = len(offsets)
    zeros = np.zeros(rows, np.int64)
    host = Column(np.zeros(rows, np.int32), Texts.encode(["a.example"]))
    small = np.zeros(rows, np.int16)
    time = (np.array(days, float) * DAY).astype(np.int64)
    hits = Hits(source, np.array(offsets, np.int64), time, small, small + 200, zeros, zeros - 1, {"host": host})
    return pa.Table.from_batches([to_arrow(hits)])


def read(archive: Archive, file: str) -> pa.Table:
    """Return the rows of a file of an archive."""
    with archive.folder.open(file) as opened:
        return pq.ParquetFile(opened).read()


def positions(archive: Archive) -> list[tuple[str, int]]:
    """Return the (source, offset) of every hit that an archive has, in order."""
    rows: list[tuple[str, int]] = []
    for file in archive.files():
        table = read(archive, file).select(["source", "offset"])
        rows += zip(table["source"].to_pylist(), table["offset"].to_pylist(), strict=True)
    return sorted(rows)


class ArchiveContract:
    """Subclass it and give a pytest fixture `archive`: a new, empty archive."""

    def test_a_new_archive_is_empty(self, archive: Archive) -> None:
        assert archive.last_batch() == 0
        assert archive.files() == []

    def test_written_hits_count_from_the_moment_they_are_appended(self, archive: Archive) -> None:
        files = archive.write(hits_at([0, 10], [1, 1]))
        assert archive.files() == []
        assert archive.append(files, 3)
        assert archive.last_batch() == 3
        assert positions(archive) == [("s", 0), ("s", 10)]

    def test_a_batch_is_appended_once(self, archive: Archive) -> None:
        files = archive.write(hits_at([0], [1]))
        assert archive.append(files, 3)
        for batch in (3, 2):
            assert not archive.append(archive.write(hits_at([0], [1])), batch)
        assert archive.last_batch() == 3
        assert positions(archive) == [("s", 0)]

    def test_a_file_holds_one_day_by_source_and_position(self, archive: Archive) -> None:
        mixed = pa.concat_tables([hits_at([30, 10], [1, 2.5], "t"), hits_at([20, 0], [2.1, 1.5], "s")])
        files = archive.write(mixed)
        assert [(file.day, file.rows) for file in files] == [("1970-01-02", 2), ("1970-01-03", 2)]
        tables = [read(archive, file.path) for file in files]
        assert [table["offset"].to_pylist() for table in tables] == [[0, 30], [20, 10]]
        assert [table["source"].to_pylist() for table in tables] == [["s", "t"], ["s", "t"]]

    def test_hits_before_1970_have_their_day(self, archive: Archive) -> None:
        (file,) = archive.write(hits_at([0], [-0.5]))
        assert file.day == "1969-12-31"

    def test_columns_come_back_as_they_were(self, archive: Archive) -> None:
        table = hits_at([5], [1.25])
        archive.append(archive.write(table), 1)
        (file,) = archive.files()
        assert read(archive, file).to_pylist() == table.to_pylist()

    def test_small_files_are_joined_and_nothing_else_changes(self, archive: Archive) -> None:
        for batch in range(1, 21):
            archive.append(archive.write(hits_at([batch, 100 + batch], [1, 2])), batch)
        before = positions(archive)
        assert archive.compact() == 40
        assert len(archive.files()) == 2
        assert positions(archive) == before
        assert archive.last_batch() == 20
        assert archive.compact() == 0
        assert archive.append(archive.write(hits_at([500], [1])), 21)
        assert len(positions(archive)) == 41

    def test_files_without_a_transaction_are_vacuumed(self, archive: Archive) -> None:
        kept, orphan, used = (archive.write(hits_at([n], [1])) for n in range(3))
        archive.append(used, 1)
        later = time.time() + 10
        assert archive.vacuum([file.path for file in kept], older_than=later - 100) == []
        assert archive.vacuum([file.path for file in kept], older_than=later) == [file.path for file in orphan]
        assert positions(archive) == [("s", 2)]
        assert archive.folder.has(kept[0].path)
