"""Bad lines are sent again as lines of a source of their own, at the positions that they had."""

import numpy as np
import pytest

from hitstream.extract.replay_bad import bad_records
from hitstream.record import BadLines, Chunk
from hitstream.store.bad_archive import bad_archive, table_of


@pytest.fixture
def archive(tmp_path):
    """Return bad lines of two sources, read in the seconds 1000 and 2000."""
    archive = bad_archive(str(tmp_path), "test")
    rows = ((1, "a", b"one\ntwo\n", 1000, "%t"), (2, "b", b"three\nfour\n", 2000, "format"))
    for batch, source, data, second, reason in rows:
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
        starts = np.append(0, ends[:-1] + 1)
        lines = BadLines(Chunk(source, 100, data), (reason,), starts, ends, np.zeros(2, np.int64))
        archive.append(archive.write(table_of(lines, second)), batch)
    return archive


def read(archive, since=0, reason=None):
    return {
        (record.chunk.source, record.chunk.offset, bytes(record.chunk.data), record.path, record.format)
        for record in bad_records(archive, since, reason, {"a": "/log/a"}, "common")
    }


ONE = {("again:a", 100, b"one", "/log/a", "common"), ("again:a", 104, b"two", "/log/a", "common")}
TWO = {("again:b", 100, b"three", "b", "common"), ("again:b", 106, b"four", "b", "common")}


def test_all_are_sent_with_the_format_that_is_given(archive):
    assert read(archive) == ONE | TWO


def test_those_of_a_time_or_a_reason_are_chosen(archive):
    assert read(archive, since=1500) == TWO
    assert read(archive, reason="%t") == ONE
    assert read(archive, since=1500, reason="%t") == set()
