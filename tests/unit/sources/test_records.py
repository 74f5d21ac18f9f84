"""Records of a topic: every line once, in order, with its position."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitstream.errors import DataError
from hitstream.record import Chunk
from hitstream.sources.records import Record, cut


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
    sent = Record(Chunk("one", 1 << 40, b"a line\n"), "/var/log/\udcff.log", log_format)
    assert Record.of(b"a line\n", dict(sent.headers)) == sent


@pytest.mark.parametrize("lost", ["source", "offset", "path"])
def test_a_record_without_a_position_is_refused_by_the_header_it_lacks(lost):
    headers = dict(Record(Chunk("one", 0, b"a line\n"), "log").headers)
    del headers[lost]
    with pytest.raises(DataError, match=lost):
        Record.of(b"a line\n", headers)
