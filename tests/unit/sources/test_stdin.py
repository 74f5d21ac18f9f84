import gzip
import io
import os

import pytest

from hitstream.errors import DataError
from hitstream.sources.contract import IDLE
from hitstream.sources.stdin import StreamSource
from hitstream.testing.source_contract import chunks_of


@pytest.fixture
def pipe():
    end, start = os.pipe()
    with os.fdopen(end, "rb") as reader, os.fdopen(start, "wb", buffering=0) as writer:
        yield reader, writer


def test_lines_are_handed_over_as_they_arrive(pipe):
    reader, writer = pipe
    pieces = StreamSource(reader).read()
    assert next(pieces) == IDLE
    for number in range(3):
        writer.write(b"line number %d has come\nand a part" % number)
        chunk = next(piece.chunk for piece in pieces if piece.chunk)
        assert bytes(chunk.data).endswith(b"line number %d has come\n" % number)
    writer.close()
    assert [bytes(piece.chunk.data) for piece in pieces if piece.chunk] == [b"and a part"]


def test_every_run_has_an_identity_of_its_own():
    (one,), (other,) = (chunks_of(StreamSource(io.BytesIO(b"one\n"))) for _ in range(2))
    assert one.source.startswith("stdin-")
    assert one.source != other.source


def test_a_cut_off_stream_is_an_error_of_standard_input():
    with pytest.raises(DataError, match=r"standard input:4 .*cut off"):
        chunks_of(StreamSource(io.BytesIO(gzip.compress(b"one\n")[:-1])))
