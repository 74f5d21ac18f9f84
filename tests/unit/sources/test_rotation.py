"""Every way of rotation, read by one run that follows, or by runs that are stopped between all steps."""

import os
import shutil
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rotation import COMPRESS, ManualClock, Reader, Writer

from drawing import examples
from hitstream.sources.contract import IDLE
from hitstream.sources.tail import Tail

PATHS = {
    "directory": lambda directory: [directory],
    "file": lambda directory: [directory / "access.log"],
    "glob": lambda directory: [directory / "access*"],
}


@pytest.fixture(params=PATHS)
def paths(request, tmp_path):
    return PATHS[request.param](tmp_path)


@pytest.fixture(params=["one run", "stopped between steps", "runs to the end"])
def reader(request, paths):
    reader = Reader(paths, follow=request.param != "runs to the end")
    reader.stopping = request.param == "stopped between steps"
    yield reader
    reader.stop()


@pytest.fixture
def writer(tmp_path):
    writer = Writer(tmp_path)
    yield writer
    writer.close()


def step(reader):
    reader.poll()
    if reader.stopping:
        reader.stop()


def test_a_renamed_file_is_finished_under_its_new_name(reader, writer):
    for _ in range(4):
        writer.append()
        step(reader)
        writer.append()
        writer.rename_and_create()
        writer.append()
    step(reader)
    assert reader.lines == writer.written


def test_two_rotations_between_two_looks_lose_nothing(reader, writer):
    writer.append()
    step(reader)
    reader.stop()
    for _ in range(3):
        writer.append()
        writer.rename_and_create()
    writer.append()
    step(reader)
    assert reader.lines == writer.written


def test_a_copied_and_truncated_file_is_finished_in_its_copy(reader, writer):
    for _ in range(4):
        writer.append()
        step(reader)
        writer.append()
        writer.copy_and_truncate()
        writer.append()
    step(reader)
    assert reader.lines == writer.written


@pytest.mark.parametrize("lines", [1, 40])
def test_a_truncated_and_rewritten_file_is_a_new_source(reader, writer, lines):
    for _ in range(3):
        writer.append(5)
        step(reader)
        writer.rewrite(lines)
        step(reader)
    assert reader.lines == writer.written


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("rotate", [Writer.rename_and_create, Writer.copy_and_truncate])
def test_a_compressed_file_is_not_read_twice_but_finished(reader, writer, rotate, suffix):
    for _ in range(3):
        writer.append()
        step(reader)
        writer.append()
        rotate(writer)
        reader.stop()
        writer.compress(suffix)
        writer.append()
    step(reader)
    assert reader.lines == writer.written


def test_a_rewrite_with_the_same_first_lines_is_read_again(reader, writer):
    head = b"".join(b"the same line %d, long enough to matter\n" % number for number in range(60))
    for number, more in enumerate([b"", b"longer\n" * 3, b"other\n" * 3]):
        writer.truncate()
        writer.file.write(head + b"%d\n" % number + more)
        step(reader)
    assert reader.lines[b"the same line 7, long enough to matter\n"] == 3
    assert len(reader.states) == 3
    assert sorted(identity[16:] for identity in reader.states) == ["", "-2", "-3"]


def test_an_inode_reused_while_stopped_is_a_new_source(reader, writer):
    writer.append()
    step(reader)
    reader.stop()
    writer.rewrite(4)  # the same inode and path, other content
    step(reader)
    assert reader.lines == writer.written
    assert len(reader.states) == 2


def test_a_file_moved_out_of_sight_is_finished_while_following(tmp_path, writer):
    reader = Reader([tmp_path], follow=True)
    writer.append()
    reader.poll()
    away = tmp_path / "old"
    away.mkdir()
    writer.log.rename(away / "yesterday")
    writer.append()
    reader.poll()
    (away / "yesterday").unlink()
    writer.append()
    reader.poll()
    reader.stop()
    assert reader.lines == writer.written


def test_the_torn_line_of_a_deleted_file_is_taken_once_it_was_quiet_for_long(tmp_path, writer):
    reader = Reader([tmp_path], follow=True, linger=60.0)
    writer.append()
    writer.file.write(b"torn")
    reader.poll()
    writer.log.unlink()
    reader.poll(50)
    assert reader.lines == writer.written
    reader.poll(20)
    reader.stop()
    assert reader.lines == writer.written + Counter([b"torn"])


def test_lines_read_between_the_copy_and_the_truncation_are_not_read_again_from_anywhere(reader, writer):
    writer.append()
    step(reader)
    shutil.copy(writer.log, writer.log.with_name("access.log.1"))
    writer.append()
    step(reader)
    writer.truncate()
    writer.append()
    step(reader)
    reader.stop()
    writer.compress(".gz")
    step(reader)
    assert reader.lines == writer.written


def test_a_log_that_starts_over_with_the_lines_of_its_copy_is_read_again(tmp_path, writer):
    reader = Reader([tmp_path], follow=True)
    header = b"#Fields: date time c-ip\n"
    writer.file.write(header + b"one\n")
    reader.poll()
    writer.file.write(b"two\n")
    shutil.copy(writer.log, writer.log.with_name("access.log.1"))
    os.utime(writer.log.with_name("access.log.1"), (1, 1))  # read first: the copy is where the source goes on
    reader.poll()
    writer.truncate()
    writer.file.write(header)
    reader.poll()
    reader.stop()
    assert reader.lines == {header: 2, b"one\n": 1, b"two\n": 1}


def test_files_that_only_share_their_first_lines_are_different_sources(reader, tmp_path):
    header = b"#Software: a server\n"
    (tmp_path / "access.log").write_bytes(header + b"a long first line of one site\n" * 3)
    step(reader)
    (tmp_path / "access.log").rename(tmp_path / "access.log.1")
    (tmp_path / "access.log").write_bytes(header + b"other\n")
    step(reader)
    assert reader.lines == {header: 2, b"a long first line of one site\n": 3, b"other\n": 1}


def test_a_file_rotated_away_while_another_is_read_is_not_lost(tmp_path):
    (tmp_path / "access.1.log").write_bytes(b"one\n" * 10)
    (tmp_path / "access.2.log").write_bytes(b"two\n")
    os.utime(tmp_path / "access.1.log", (1, 1))
    reader = Reader([tmp_path])
    for number, piece in enumerate(reader.tail().read()):
        if number == 0:
            (tmp_path / "access.2.log").rename(tmp_path / "access.2.log.1")
            (tmp_path / "access.2.log").write_bytes(b"three\n")
        reader.take(piece)
    assert reader.lines == {b"one\n": 10, b"two\n": 1, b"three\n": 1}


def test_a_packed_file_that_waited_behind_much_newer_lines_is_found_after_a_kill(tmp_path):
    """It appears whole, and is not read before it has been quiet for a while: a process may be killed then."""
    log, clock, states, lines = tmp_path / "access.log", ManualClock(), {}, []

    def read_what_is_there(pieces):
        for piece in pieces:
            if piece == IDLE:
                return
            states[piece.state.identity] = piece.state
            lines.extend(bytes(piece.chunk.data).splitlines() if piece.chunk else [])

    def started():
        return Tail([log], states=list(states.values()), follow=True, clock=clock).read()

    log.write_bytes(b"first\n")
    os.utime(log, (1_000, 1_000))
    killed = started()
    read_what_is_there(killed)
    log.rename(tmp_path / "access.log.2")
    packed = tmp_path / "access.log.1.gz"
    packed.write_bytes(COMPRESS[".gz"](b"between\n"))
    os.utime(packed, (1_010, 1_010))
    log.write_bytes(b"last\n")
    os.utime(log, (2_000, 2_000))
    read_what_is_there(killed)
    assert lines == [b"first", b"last"]
    for _ in range(2):
        read_what_is_there(started())
        assert sorted(lines) == [b"between", b"first", b"last"]


STEPS = {
    "append": Writer.append,
    "tear": Writer.tear,
    "rename and create": Writer.rename_and_create,
    "rename without late lines": lambda writer: writer.rename_and_create(late_lines=0),
    "copy and truncate": Writer.copy_and_truncate,
    **{f"compress {suffix}": lambda writer, suffix=suffix: writer.compress(suffix) for suffix in COMPRESS},
}
READ_FIRST = {
    "truncate": Writer.truncate,
    "rewrite smaller": lambda writer: writer.rewrite(1),
    "rewrite larger": lambda writer: writer.rewrite(30),
    "delete the oldest": Writer.delete_oldest,
}
"""What destroys lines, so that a reader must have seen them."""


@examples(60)
@given(
    steps=st.lists(st.sampled_from([*STEPS, *READ_FIRST, "poll", "poll", "stop"]), max_size=25),
    kind=st.sampled_from(list(PATHS)),
    follow=st.booleans(),
    max_bytes=st.sampled_from([400, 1 << 20]),
)
def test_any_sequence_of_rotations_and_restarts_delivers_every_line_once(
    tmp_path_factory, steps, kind, follow, max_bytes
):
    directory = tmp_path_factory.mktemp("logs")
    writer = Writer(directory)
    reader = Reader(PATHS[kind](directory), follow=follow, max_bytes=max_bytes, line_cap=300)
    actions = STEPS | READ_FIRST
    try:
        writer.append()
        for name in ["poll", *steps, "append", "poll"]:
            if name == "stop":
                reader.stop()
            elif name == "poll":
                reader.poll()
            else:
                if name in READ_FIRST:
                    writer.whole()
                    reader.poll()
                actions[name](writer)
    finally:
        reader.stop()
        writer.close()
    assert reader.lines == writer.written
