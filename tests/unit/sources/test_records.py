"""Records of a topic: every line once, in order, with its position."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitstream.errors import DataError
from hitstream.record import Chunk
from hitstream.sources.records import Record, cut, is_plain, plain_place, plain_record


@given(st.lists(st.binary(max_size=20)), st.integers(0, 1 << 50), st.integers(1, 50), st.booleans())
def test_a_chunk_that_is_cut_has_every_line_at_its_position(lines, offset, size, ends_torn):
    data = b"".join(line.replace(b"\n", b"") + b"\n" for line in lines) + b"torn" * ends_torn
    expected = offset
    for piece in cut(Chunk("one", offset, data), size):
        assert piece.offset == expected
        assert bytes(piece.data).endswith(b"\n") or (ends_torn and piece.offset + len(piece.data) == offset + len(data))
        assert len(piece.data) <= size or bytes(piece.data[:-1]).count(b"\n") == 0
        assert bytes(piece.data) == data[piece.offset - offset :][: len(piece.data)]
        expected += len(piece.data)
    assert expected == offset + len(data)


@pytest.mark.parametrize("log_format", [None, '%h "%r"'])
def test_what_a_client_receives_is_what_was_sent(log_format):
    sent = Record(Chunk("one", 1 << 40, b"a line\n"), "/var/log/a.log", log_format)
    assert Record.of(b"a line\n", dict(sent.headers)) == sent


def test_a_path_that_is_not_utf8_can_be_kept_by_any_store():
    sent = Record(Chunk("one", 0, b"a line\n"), "/var/log/\udcff.log")
    assert Record.of(b"a line\n", dict(sent.headers)).path == "/var/log/\ufffd.log"


@pytest.mark.parametrize("lost", ["source", "offset"])
def test_a_record_without_a_position_is_plain(lost):
    headers = dict(Record(Chunk("one", 0, b"a line\n"), "log").headers)
    assert not is_plain(headers)
    del headers[lost]
    assert is_plain(headers)


@pytest.mark.parametrize("offset", [b"", b"x", b"-1", b"1.5", b"9223372036854775807", b"9" * 5000, None])
def test_a_position_that_is_none_is_said(offset):
    headers = dict(Record(Chunk("one", 0, b"a line\n"), "log").headers)
    with pytest.raises(DataError, match="headers of a record"):
        Record.of(b"a line\n", headers | {"offset": offset})


@given(st.integers(0, 1 << 60), st.integers(0, 99), st.integers(0, (1 << 24) - 1))
def test_a_position_in_a_partition_says_which_record_it_is_in(offset, partition, byte):
    source, position = plain_place("ab", partition, offset)
    assert plain_record(source, position + byte) == (partition, offset)
    assert 0 <= position + byte < 1 << 63
    assert plain_record("other", position) is None
