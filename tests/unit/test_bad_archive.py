"""Bad lines on their way to Delta Lake: each with its position, its reason and its very bytes."""

import numpy as np
import pytest
from deltalake import DeltaTable

from hitstream.record import BadLines, Chunk
from hitstream.store.bad_archive import bad_archive, table_of

DATA = b"\xff\x00 junk\nanother\n"
LINES = BadLines(Chunk("a-log", 100, DATA), ("host", "time"), np.array([0, 8]), np.array([7, 15]), np.array([0, 1]))


@pytest.fixture
def archive(tmp_path):
    return bad_archive(str(tmp_path / "bad-lines"), "an application")


def rows(archive):
    return (
        DeltaTable(archive.folder.address).to_pyarrow_table(columns=["source", "offset", "reason", "line"]).to_pylist()
    )


def test_any_bytes_come_back_with_position_and_reason(archive):
    assert archive.append(archive.write(table_of(LINES, 1_000_000_000)), 1)
    assert rows(archive) == [
        {"source": "a-log", "offset": 100, "reason": "host", "line": DATA[:7]},
        {"source": "a-log", "offset": 108, "reason": "time", "line": b"another"},
    ]


def test_a_batch_that_is_done_again_adds_nothing(archive):
    for _ in range(2):
        archive.append(archive.write(table_of(LINES, 1_000_000_000)), 1)
    assert len(rows(archive)) == len(LINES)


def test_small_files_are_joined_without_loss(archive):
    for batch in range(1, 11):
        archive.append(archive.write(table_of(LINES, 1_000_000_000)), batch)
    before = sorted(map(str, rows(archive)))
    assert archive.compact() == 10
    assert sorted(map(str, rows(archive))) == before
    assert len(archive.files()) == 1
