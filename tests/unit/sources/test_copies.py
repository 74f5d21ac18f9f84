"""A file that begins as a known log is a copy of it only if it is one to its end."""

import bz2
import gzip
import logging
import shutil

import pytest
from rotation import Reader

START = b"".join(b"health check %d\n" % number for number in range(200))
LONG = START + b"".join(b"first server %d\n" % number for number in range(2000))
SHORT = START + b"second server\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize("original", [bytes, gzip.compress])
def test_a_shorter_log_that_begins_alike_is_another_one(tmp_path, pack, original):
    (tmp_path / "access.log.1").write_bytes(original(LONG))
    reader = Reader([tmp_path])
    reader.poll()
    (tmp_path / "access.log.2").write_bytes(pack(SHORT))
    reader.poll()
    assert sum(reader.lines.values()) == len(LONG.splitlines()) + len(SHORT.splitlines())
    assert reader.lines[b"second server\n"] == 1


@pytest.mark.parametrize("size", [len(START), len(LONG) // 2, len(LONG) - 1])
def test_a_copy_under_way_is_no_other_log(tmp_path, size):
    (tmp_path / "access.log").write_bytes(LONG)
    reader = Reader([tmp_path])
    reader.poll()
    for part in (size // 3, size, len(LONG)):
        (tmp_path / "access.log.1").write_bytes(LONG[:part])
        reader.poll()
    assert set(reader.lines.values()) == {1}


def test_an_earlier_copy_of_a_log_that_was_truncated_is_said_and_not_read(tmp_path, caplog):
    log = tmp_path / "access.log"
    log.write_bytes(LONG)
    reader = Reader([tmp_path])
    reader.poll()
    log.write_bytes(b"a new day\n")
    reader.poll()
    (tmp_path / "access.log.1").write_bytes(LONG[: len(LONG) // 2 - LONG[: len(LONG) // 2][::-1].index(b"\n")])
    with caplog.at_level(logging.WARNING):
        reader.poll()
    assert set(reader.lines.values()) == {1}
    assert "taken for a copy" in caplog.text and "access.log.1" in caplog.text


def test_a_log_that_differs_from_its_beginning_by_one_byte_is_another_one(tmp_path):
    (tmp_path / "access.log").write_bytes(LONG)
    reader = Reader([tmp_path])
    reader.poll()
    shutil.copy(tmp_path / "access.log", tmp_path / "other.log")
    changed = LONG[: len(LONG) - 20].replace(b"first server 1000\n", b"first server 1OOO\n")
    (tmp_path / "other.log").write_bytes(changed[: changed.rindex(b"\n") + 1])
    reader.poll()
    assert reader.lines[b"first server 1OOO\n"] == 1
    assert reader.lines[b"first server 999\n"] == 2
