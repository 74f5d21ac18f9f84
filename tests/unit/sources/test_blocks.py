"""Lines that are made come as a source."""

from hitstream.sources.blocks import GeneratedSource
from hitstream.sources.contract import IDLE


def test_blocks_follow_each_other_and_an_empty_one_is_a_pause():
    pieces = list(GeneratedSource([b"one\n", b"", b"two\nthree\n", b"four\n"]).read())
    assert pieces[1] == IDLE
    chunks = [piece.chunk for piece in pieces if piece.chunk]
    assert [(chunk.offset, chunk.data) for chunk in chunks] == [(0, b"one\n"), (4, b"two\nthree\n"), (14, b"four\n")]
    assert len({chunk.source for chunk in chunks}) == 1


def test_two_makings_are_two_sources():
    one, other = (next(iter(GeneratedSource([b"one\n"]).read())).chunk.source for _ in range(2))
    assert one != other


def test_a_source_that_is_left_ends():
    blocks = GeneratedSource([b"one\n", b"two\n"])
    read = blocks.read()
    next(read)
    blocks.leave(blocks.identity)
    assert list(read) == []
