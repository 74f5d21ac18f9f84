"""What every source must do, as tests: inherit `SourceContract` in a test class and say how to make the source."""

from collections.abc import Iterable
from pathlib import Path

from hitstream.record import Chunk
from hitstream.sources.contract import Source
from hitstream.sources.identity import SourceState

MAX_BYTES = 4096
LINE_CAP = 1500

LINES = b"".join(b"line %d of the log%s\n" % (number, b" and more" * (number % 7)) for number in range(2000))


def chunks_of(source: Source) -> list[Chunk]:
    """Return all chunks of a source that ends, with bytes of their own."""
    return [chunk._replace(data=bytes(chunk.data)) for chunk, _ in source.read() if chunk is not None]


class SourceContract:
    """Inherit, override `make`, and set `resumable = False` if the source keeps no state."""

    resumable = True

    def make(self, directory: Path, content: bytes, states: Iterable[SourceState] = ()) -> Source:
        """Return a source of this content that ends, with `MAX_BYTES` a chunk and `LINE_CAP`.

        Its end is final. It is called again with the same directory and content to resume from `states`.
        """
        raise NotImplementedError

    def test_every_byte_comes_once_at_its_offset(self, tmp_path: Path) -> None:
        """Nothing is lost, doubled or moved."""
        position = 0
        for chunk in chunks_of(self.make(tmp_path, LINES)):
            assert chunk.offset == position
            assert chunk.data == LINES[position : position + len(chunk.data)]
            position += len(chunk.data)
        assert position == len(LINES)

    def test_a_chunk_holds_whole_lines_and_at_most_so_many_bytes(self, tmp_path: Path) -> None:
        """Chunks are cut after newlines."""
        chunks = chunks_of(self.make(tmp_path, LINES))
        assert len(chunks) >= len(LINES) // MAX_BYTES
        assert all(bytes(chunk.data).endswith(b"\n") and len(chunk.data) <= MAX_BYTES for chunk in chunks)

    def test_the_bytes_of_a_chunk_stay_as_they_are(self, tmp_path: Path) -> None:
        """A chunk may be kept while others are read."""
        kept = [chunk for chunk, _ in self.make(tmp_path, LINES).read() if chunk is not None]
        assert b"".join(chunk.data for chunk in kept) == LINES

    def test_one_content_is_one_source(self, tmp_path: Path) -> None:
        """All chunks carry the same identity."""
        assert len({chunk.source for chunk in chunks_of(self.make(tmp_path, LINES))}) == 1

    def test_an_empty_source_has_no_chunk(self, tmp_path: Path) -> None:
        """No bytes, no chunk."""
        assert chunks_of(self.make(tmp_path, b"")) == []

    def test_a_torn_last_line_is_taken_at_the_final_end(self, tmp_path: Path) -> None:
        """The end is final, so what stands there is a line."""
        assert b"".join(chunk.data for chunk in chunks_of(self.make(tmp_path, b"one\ntwo\nthr"))) == b"one\ntwo\nthr"

    def test_carriage_returns_are_left_alone(self, tmp_path: Path) -> None:
        """The parser strips them."""
        assert [chunk.data for chunk in chunks_of(self.make(tmp_path, b"one\r\ntwo\r\n"))] == [b"one\r\ntwo\r\n"]

    def test_a_line_longer_than_a_chunk_is_delivered_as_one_capped_line(self, tmp_path: Path) -> None:
        """Its first bytes come, the rest is skipped, and later offsets are true."""
        for length in (MAX_BYTES, 3 * MAX_BYTES + 17, 400_000):
            long = b"x" * length + b"\n"
            content = b"before\n" + long + b"after\n" + b"y" * length + b"\nlast\n"
            first, second, third, fourth, last = chunks_of(self.make(tmp_path / str(length), content))
            assert (first.offset, first.data) == (0, b"before\n")
            assert (second.offset, second.data) == (7, b"x" * (LINE_CAP + 1) + b"\n")
            assert (third.offset, third.data) == (7 + len(long), b"after\n")
            assert (fourth.offset, fourth.data) == (13 + len(long), b"y" * (LINE_CAP + 1) + b"\n")
            assert (last.offset, last.data) == (len(content) - 5, b"last\n")

    def test_reading_goes_on_after_any_chunk(self, tmp_path: Path) -> None:
        """A run that stops after a chunk and one that starts from its state read everything once."""
        if not self.resumable:
            assert all(state is None for _, state in self.make(tmp_path, LINES).read())
            return
        content = LINES + b"z" * (2 * MAX_BYTES) + b"\n" + LINES[: 2 * MAX_BYTES]
        whole = chunks_of(self.make(tmp_path, content))
        parts: list[Chunk] = []
        states: dict[str, SourceState] = {}
        while more := self._first_chunk(tmp_path, content, states):
            parts.append(more)
        assert parts == whole

    def _first_chunk(self, directory: Path, content: bytes, states: dict[str, SourceState]) -> Chunk | None:
        for chunk, state in self.make(directory, content, list(states.values())).read():
            if state is not None:
                states[state.identity] = state
            if chunk is not None:
                return chunk._replace(data=bytes(chunk.data))
        return None
