import bz2
import gzip
import os

import pytest
from rotation import ManualClock, Reader

from hitstream.errors import ConfigError, DataError
from hitstream.sources.contract import IDLE
from hitstream.sources.discover import Paths
from hitstream.sources.files import LogFile
from hitstream.sources.open import open_source
from hitstream.sources.stdin import StreamSource
from hitstream.sources.tail import ReadProgress, Tail
from hitstream.testing.source_contract import chunks_of


def data_of(source):
    return b"".join(chunk.data for chunk in chunks_of(source))


def test_a_torn_last_line_waits_for_its_newline(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(b"one\ntw")
    reader = Reader([log])
    reader.poll()
    assert reader.lines == {b"one\n": 1}
    with log.open("ab") as file:
        file.write(b"o\n")
    reader.poll()
    assert reader.lines == {b"one\n": 1, b"two\n": 1}


def test_a_torn_first_line_waits_for_its_newline(tmp_path):
    (tmp_path / "access.log").write_bytes(b"tor")
    assert chunks_of(Tail([tmp_path])) == []
    assert data_of(Tail([tmp_path], torn="take")) == b"tor"


def test_a_file_given_twice_is_read_once(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(b"one\n")
    (tmp_path / "link.log").symlink_to(log)
    os.link(log, tmp_path / "hard.log")
    assert data_of(Tail([log, tmp_path / "link.log", tmp_path])) == b"one\n"


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_a_copy_of_a_file_is_the_same_source(tmp_path, compress):
    (tmp_path / "access.log").write_bytes(b"one\ntwo\n")
    (tmp_path / "access.log.1").write_bytes(compress(b"one\n"))
    (tmp_path / "access.log.2").write_bytes(compress(b"one\ntwo\n"))
    assert data_of(Tail([tmp_path])) == b"one\ntwo\n"


def test_a_cut_off_file_delivers_whole_lines_then_fails_and_goes_on_once_completed(tmp_path):
    lines = b"".join(b"line %d of a log\n" % number for number in range(20_000))
    packed = gzip.compress(lines)
    log = tmp_path / "access.log.gz"
    log.write_bytes(packed[: len(packed) // 2])
    (tmp_path / "access.log").write_bytes(b"another\n")
    reader = Reader([tmp_path])
    with pytest.raises(DataError, match=r"access\.log\.gz:\d+ .*cut off"):
        reader.poll()
    got = sum(reader.lines.values())
    assert reader.lines[b"another\n"] == 1
    assert 1000 < got < 20_000
    with pytest.raises(DataError, match="cut off"):
        reader.poll()
    assert sum(reader.lines.values()) == got
    log.write_bytes(packed)
    reader.poll()
    assert reader.lines == dict.fromkeys([*lines.splitlines(keepends=True), b"another\n"], 1)


def test_a_compressed_file_that_was_read_is_not_unpacked_again(tmp_path, monkeypatch):
    (tmp_path / "access.log.gz").write_bytes(gzip.compress(b"one\n"))
    reader = Reader([tmp_path])
    reader.poll()
    monkeypatch.setattr("hitstream.sources.content.Unpacked.head", None)
    monkeypatch.setattr("hitstream.sources.content.Unpacked.fit", None)
    reader.poll()
    assert reader.lines == {b"one\n": 1}


def test_a_compressed_file_is_left_alone_while_it_is_written(tmp_path):
    problems = []
    packed = gzip.compress(b"".join(b"line %d\n" % number for number in range(5000)))
    (tmp_path / "access.log").write_bytes(b"first\n")
    reader = Reader([tmp_path], follow=True, on_problem=problems.append)
    reader.poll()
    with (tmp_path / "access.log.1.gz").open("wb", buffering=0) as file:
        for start in range(0, len(packed), 1 + len(packed) // 5):
            file.write(packed[start : start + 1 + len(packed) // 5])
            reader.poll(0.5)
    assert sum(reader.lines.values()) == 1
    reader.poll()
    reader.stop()
    assert sum(reader.lines.values()) == 5001
    assert problems == []


def test_while_following_a_broken_file_is_reported_once_and_the_others_go_on(tmp_path):
    problems = []
    (tmp_path / "access.log").write_bytes(b"one\n")
    (tmp_path / "access.log.1").write_bytes(gzip.compress(b"two\n")[:-4])
    (tmp_path / "access.log.2").write_bytes(b"PK\x03\x04 no log")
    reader = Reader([tmp_path], follow=True, on_problem=problems.append)
    reader.poll()
    with (tmp_path / "access.log").open("ab") as file:
        file.write(b"three\n")
    reader.poll()
    reader.stop()
    assert reader.lines == {b"one\n": 1, b"two\n": 1, b"three\n": 1}
    assert sorted(type(problem).__name__ for problem in problems) == ["DataError", "DataError"]


def test_all_broken_files_are_named_at_the_end(tmp_path):
    (tmp_path / "a.log").write_bytes(b"PAR1 no log")
    (tmp_path / "b.log").write_bytes(b"\x04\x22\x4d\x18 no log")
    with pytest.raises(DataError, match=r"a\.log is a Parquet file.*b\.log is an lz4 file"):
        chunks_of(Tail([tmp_path]))


def test_a_file_that_may_not_be_read_is_refused_with_a_way_out(tmp_path, monkeypatch):
    (tmp_path / "access.log").write_bytes(b"one\n")

    def denied(path, flags):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("hitstream.sources.files.os.open", denied)
    with pytest.raises(ConfigError, match=r"access\.log cannot be read: permission denied\. .*adm"):
        chunks_of(Tail([tmp_path]))


def test_older_siblings_of_a_named_file_are_not_read(tmp_path):
    (tmp_path / "access.log.1").write_bytes(b"old\n")
    os.utime(tmp_path / "access.log.1", (1, 1))
    (tmp_path / "access.log").write_bytes(b"one\n")
    reader = Reader([tmp_path / "access.log"])
    reader.poll()
    reader.poll()
    assert reader.lines == {b"one\n": 1}


def test_a_compressed_sibling_that_waits_while_newer_lines_are_read_is_read_after_a_kill(tmp_path):
    log, packed = tmp_path / "access.log", tmp_path / "access.log.1.gz"
    log.write_bytes(b"one\n")
    reader = Reader([log], follow=True)
    reader.poll()
    packed.write_bytes(gzip.compress(b"two\n"))
    with log.open("ab") as file:
        file.write(b"three\n")
    newest = log.stat().st_mtime_ns
    os.utime(packed, ns=(newest - 1_000_000_000, newest - 1_000_000_000))
    reader.poll(0.5)
    reader.stop()
    assert reader.lines == {b"one\n": 1, b"three\n": 1}
    reader.poll()
    reader.stop()
    assert reader.lines == {b"one\n": 1, b"two\n": 1, b"three\n": 1}


def test_following_yields_idle_after_each_round_and_stops_when_closed(tmp_path):
    (tmp_path / "access.log").write_bytes(b"one\n")
    clock = ManualClock()
    pieces = Tail([tmp_path], follow=True, clock=clock, poll=5.0).read()
    assert next(pieces).chunk.data == b"one\n"
    before = clock.now()
    assert [next(pieces) for _ in range(3)] == [IDLE] * 3
    assert clock.now() == before + 10
    pieces.close()


def test_a_followed_file_is_read_from_many_more_files_than_are_held_open(tmp_path, monkeypatch):
    monkeypatch.setattr("hitstream.sources.watch.HELD_FILES", 2)
    for number in range(6):
        (tmp_path / f"access.{number}.log").write_bytes(b"first of %d\n" % number)
    reader = Reader([tmp_path], follow=True)
    reader.poll()
    for number in range(6):
        with (tmp_path / f"access.{number}.log").open("ab") as file:
            file.write(b"second of %d\n" % number)
    reader.poll()
    reader.stop()
    assert reader.lines == {b"%s of %d\n" % (word, n): 1 for n in range(6) for word in (b"first", b"second")}


def test_progress_counts_raw_bytes(tmp_path):
    (tmp_path / "a.log").write_bytes(b"one\n" * 1000)
    (tmp_path / "b.log.gz").write_bytes(packed := gzip.compress(b"two\n" * 1000))
    tail = Tail([tmp_path])
    assert tail.progress == ReadProgress(0, 0)
    next(pieces := tail.read())
    assert tail.progress == ReadProgress(4000, 4000 + len(packed))
    list(pieces)
    assert tail.progress == ReadProgress(4000 + len(packed), 4000 + len(packed))


def test_what_is_unread_is_known_of_each_file_with_what_is_wrong(tmp_path):
    (tmp_path / "a.log").write_bytes(b"one\ntwo\n")
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(b"three\n" * 99)[:-12])
    tail = Tail([tmp_path], max_bytes=6, line_cap=4)
    left = []
    with pytest.raises(DataError):
        for _piece in tail.read():
            left.append({file.path[-5:]: file.bytes for file in tail.unread}["a.log"])
    assert sorted(set(left)) == [0, 2]
    assert [bool(file.problem) for file in sorted(tail.unread)] == [False, True]
    assert tail.errors == 1


def test_a_file_changed_a_moment_ago_is_looked_at_again(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(b"one\n")
    (found,) = Paths([log]).scan([])
    file = LogFile(found, asked=True, quiet_since=0)
    file.mark_looked()
    assert file.changed
    os.utime(log, (1, 1))
    (found,) = Paths([log]).scan([])
    file.update(found.status, 0)
    assert file.changed
    file.mark_looked()
    assert not file.changed


@pytest.mark.parametrize(("max_bytes", "line_cap"), [(100, 99), (100, 0), (10, 100)])
def test_chunks_too_small_for_a_line_are_refused(tmp_path, max_bytes, line_cap):
    with pytest.raises(ConfigError, match="does not fit"):
        Tail([tmp_path], max_bytes=max_bytes, line_cap=line_cap)


def test_a_dash_is_standard_input_and_stands_alone(tmp_path):
    assert isinstance(open_source(["-"]), StreamSource)
    with pytest.raises(ConfigError, match="together with files"):
        open_source(["-", tmp_path])
    with pytest.raises(ConfigError, match="nothing to read"):
        open_source([])
    (tmp_path / "access.log").write_bytes(b"one\n")
    assert data_of(open_source([tmp_path])) == b"one\n"
