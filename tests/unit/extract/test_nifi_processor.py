"""NiFi's processor makes the same records as hitstream's own sources, whatever happens to the files."""

import bz2
import gzip
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hitstream.record import Chunk
from hitstream.sources.records import RECORD_BYTES, Record, cut
from hitstream.sources.tail import Tail

PIECE, CAP = 96, 16
LINES = st.lists(st.text("ab \0", max_size=30).map(lambda text: text.encode() + b"\n"), min_size=1, max_size=8)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.builds(b"".join, LINES)),
        st.tuples(st.just("append"), st.sampled_from([b"torn", b"the same first line\n", b"x" * 300 + b"\n", b"\n"])),
        st.tuples(st.sampled_from(["rotate", "truncate", "copytruncate", "gzip", "bzip2", "copy", "publish"])),
    ),
    min_size=1,
    max_size=14,
)


class FakeTopic:
    """Keeps what is sent; gives up at a number of records."""

    def __init__(self, fails_at=None):
        self.sent = []
        self.fails_at = fails_at

    def send(self, value, headers):
        self.sent.append((dict(headers), value))

    def settle(self):
        from log_publisher import NotPublished

        if self.fails_at is not None and len(self.sent) >= self.fails_at:
            raise NotPublished("Kafka is away.")


class Kept:
    """What NiFi keeps for the processor."""

    def __init__(self):
        self.texts = []

    def __call__(self, texts):
        self.texts = list(texts)


@contextmanager
def small():
    """Pieces and caps so small that a few lines show their borders, and no waiting for files to rest."""
    import log_content
    import log_publisher

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_content, "PIECE_BYTES", PIECE)
        patch.setattr(log_content, "LINE_CAP", CAP)
        patch.setattr(log_publisher, "SETTLE_SECONDS", -1e9)
        patch.setattr(log_publisher, "STEP_BYTES", 2 * PIECE)
        yield


def listed(directory):
    files = [path for path in directory.iterdir() if not path.name.startswith(".")]
    return sorted(files, key=lambda path: (path.stat().st_mtime_ns, str(path)))


def publish(directory, kept, topic):
    """Publish a directory as a start of NiFi does: with nothing in mind but what was kept."""
    from log_publisher import LogPublisher

    publisher = LogPublisher(topic, kept, kept.texts, "common")
    for path in listed(directory):
        while publisher.publish(str(path)).more:
            pass


def produced(directory, states):
    """Return what hitstream's own source says, as records."""
    found = []
    for piece in Tail([directory], states=states.values(), max_bytes=PIECE, line_cap=CAP).read():
        if piece.state:
            states[piece.state.identity] = piece.state
        if piece.chunk:
            for part in cut(piece.chunk):
                found.append((dict(Record(part, piece.state.path, "common").headers), bytes(part.data)))
    return found


def joined(records):
    """Return records, those joined that follow each other in a file: their borders do not matter."""
    made = []
    for headers, data in records:
        place = (headers["source"], headers["path"], headers["format"])
        offset = int(headers["offset"])
        if made and made[-1][0] == place and made[-1][1] + len(made[-1][2]) == offset:
            made[-1] = (place, made[-1][1], made[-1][2] + data)
        else:
            made.append((place, offset, data))
    return made


def act(directory, action, *content):
    log, number = directory / "access.log", len(list(directory.iterdir()))
    older = directory / f"access.log.{number}"
    if action == "append":
        with log.open("ab") as file:
            file.write(*content)
    elif not log.exists():
        return
    elif action == "rotate":
        log.rename(older)
    elif action == "truncate":
        os.truncate(log, 0)
    elif action == "copytruncate":
        shutil.copy(log, older)
        os.truncate(log, 0)
    elif action == "copy":
        shutil.copy(log, older)
    elif action in ("gzip", "bzip2"):
        codec = {"gzip": gzip, "bzip2": bz2}[action]
        (directory / f"access.log.{number}.z").write_bytes(codec.compress(log.read_bytes()))
        log.unlink()


PARTS = [b"2025-10-10T13:55:36.1Z stdout P ", b"2025-10-10T13:55:36.1Z stdout F a", b'{"log":"a"', b'{"log":"a\\n"']


@given(ACTIONS)
@example([("append", b"a\nb\n"), ("publish",), ("gzip",), ("publish",), ("append", b"a\n"), ("publish",)])
@example([("append", b"a\n"), ("publish",), ("copytruncate",), ("append", b"a\nb\nc\n"), ("publish",)])
@example([("append", bytes(1000) + b"a\n"), ("publish",)])
@example([("append", (PARTS[0] + b"\n") * 2 + PARTS[1] + b"\n"), ("publish",), ("append", b"end\n"), ("publish",)])
@example([("append", b"x" * 300 + b"\n"), ("append", b"end\n"), ("publish",)])
def test_a_directory_gives_the_same_records_as_hitstreams_own_source(actions):
    with small(), tempfile.TemporaryDirectory() as name:
        directory, kept, topic, states, expected = Path(name), Kept(), FakeTopic(), {}, []
        for action, *content in [*actions, ("publish",)]:
            if action != "publish":
                act(directory, action, *content)
            elif any(directory.iterdir()):
                expected += produced(directory, states)
                publish(directory, kept, topic)
        assert joined(topic.sent) == joined(expected)


@given(st.lists(st.one_of(st.binary(max_size=20), st.sampled_from(PARTS))), st.integers(0, 1 << 50), st.integers(1, 50))
def test_lines_are_cut_at_the_same_places(lines, offset, size):
    from log_records import cut as cut_there

    data = b"\n".join(lines)
    here = [(piece.offset, bytes(piece.data)) for piece in cut(Chunk("one", offset, data), size)]
    assert list(cut_there(offset, data, size)) == here


@pytest.mark.parametrize("log_format", [None, '%h "%r"'])
def test_headers_are_the_same_bytes(log_format):
    from log_records import RECORD_BYTES as BYTES_THERE
    from log_records import headers

    record = Record(Chunk("one", 1 << 40, b"a line\n"), "/var/log/\udcff.log", log_format)
    assert headers("one", 1 << 40, record.path, log_format) == record.headers
    assert BYTES_THERE == RECORD_BYTES


LOG = b"".join(b"line %d of a log\n" % number for number in range(9000))


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "access.log"
    path.write_bytes(LOG)
    os.utime(path, (1e9, 1e9))
    return path


def publisher(topic, kept):
    from log_publisher import LogPublisher

    return LogPublisher(topic, kept, kept.texts)


def test_a_step_that_kafka_does_not_acknowledge_is_done_again_from_its_start(log):
    from log_publisher import NotPublished

    kept, failing, topic = Kept(), FakeTopic(fails_at=1), FakeTopic()
    with pytest.raises(NotPublished):
        publisher(failing, kept).publish(str(log))
    assert publisher(topic, kept).publish(str(log)).sent == len(LOG)
    assert topic.sent == failing.sent


def test_files_with_the_same_first_line_keep_their_identities_where_nothing_was_acknowledged(log):
    from log_publisher import NotPublished

    kept, failing, topic = Kept(), FakeTopic(fails_at=1), FakeTopic()
    other = log.with_name("other.log")
    other.write_bytes(LOG.split(b"\n", 1)[0] + b"\nanother line\n")
    for path in (log, other):
        with pytest.raises(NotPublished):
            publisher(failing, kept).publish(str(path))
    again = publisher(topic, kept)
    for path in (other, log):
        again.publish(str(path))
    assert {(row["path"], row["source"]) for row, _ in topic.sent} == {
        (row["path"], row["source"]) for row, _ in failing.sent
    }
    assert len({row["source"] for row, _ in topic.sent}) == 2


def test_what_was_published_is_not_opened_as_news_again(log):
    kept, topic = Kept(), FakeTopic()
    one = publisher(topic, kept)
    assert one.publish(str(log)).sent == len(LOG)
    assert one.publish(str(log)).sent == 0
    assert publisher(topic, kept).publish(str(log)).sent == 0


def test_a_packed_file_that_is_cut_off_gives_its_whole_lines_and_is_complained_of_once(log):
    from log_content import Unreadable

    packed, kept, topic = log.with_name("access.log.1.gz"), Kept(), FakeTopic()
    whole = gzip.compress(LOG)
    packed.write_bytes(whole[: len(whole) // 2])
    os.utime(packed, (1e9, 1e9))
    one = publisher(topic, kept)
    with pytest.raises(Unreadable, match=r"access\.log\.1\.gz.*cut off"):
        one.publish(str(packed))
    assert one.publish(str(packed)).sent == 0
    half = b"".join(data for _, data in topic.sent)
    assert half.endswith(b"\n")
    assert LOG.startswith(half)
    packed.write_bytes(whole)
    os.utime(packed, (1e9 + 1, 1e9 + 1))
    one.publish(str(packed))
    assert b"".join(data for _, data in topic.sent) == LOG


def test_a_packed_file_that_may_still_be_written_waits(log):
    packed, topic = log.with_name("access.log.1.gz"), FakeTopic()
    packed.write_bytes(gzip.compress(LOG))
    one = publisher(topic, Kept())
    one.publish(str(packed))
    assert not topic.sent
    os.utime(packed, (1e9, 1e9))
    one.publish(str(packed))
    assert topic.sent


def test_a_file_that_unpacks_to_a_thousand_times_its_size_and_more_is_refused(log):
    from log_content import Unreadable

    packed = log.with_name("access.log.1.bz2")
    packed.write_bytes(bz2.compress(b"x" * 99 + b"\n" + b"y" * (60 << 20)))
    os.utime(packed, (1e9, 1e9))
    with pytest.raises(Unreadable, match="bomb"):
        publisher(FakeTopic(), Kept()).publish(str(packed))


@pytest.mark.parametrize("start", [b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\xfd7zXZ\x00", b"\xff\xfe"])
def test_a_file_of_another_kind_is_refused_by_name(log, start):
    from log_content import Unreadable

    log.write_bytes(start + LOG)
    with pytest.raises(Unreadable, match=r"access\.log is an? .*unpack it"):
        publisher(FakeTopic(), Kept()).publish(str(log))


def test_sources_beyond_many_are_forgotten_when_their_files_are_gone(log, monkeypatch):
    import log_sources

    monkeypatch.setattr(log_sources, "MOST_SOURCES", 3)
    kept, topic = Kept(), FakeTopic()
    for number in range(5):
        (path := log.with_name(f"{number}.log")).write_bytes(b"%d\n" % number)
        os.utime(path, (1e9, 1e9))
        publisher(topic, kept).publish(str(path))
    assert len(kept.texts) == 5
    monkeypatch.setattr(log_sources, "GONE_SECONDS", -1.0)
    one = publisher(topic, kept)
    one.publish(str(log))
    assert len(kept.texts) == 3
