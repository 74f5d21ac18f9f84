"""The records that travel down the pipeline: chunks of lines, hits in columns, bad lines.

Hits are kept as NumPy columns. A text column is dictionary-encoded: the distinct texts once, and a code a row,
so that everything downstream groups integers. `hitstream.arrow` turns hits into Arrow and back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import eq
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]

TEXT_COLUMNS = ("vhost", "host", "user", "method", "target", "protocol", "referrer", "agent")
"""The text columns of a hit, as the line has them. A format that lacks one leaves it out of `Hits.text`."""

NO_CODE = -1
"""The code of a missing text (`-` in the line)."""


class Chunk(NamedTuple):
    """Whole lines of one source.

    `data` ends with a newline, except for the last line of a source that has ended without one.
    `offset` is the position of its first byte, counted in the (decompressed) bytes of the source.
    """

    source: str
    offset: int
    data: bytes | bytearray | memoryview


class BadLine(NamedTuple):
    """A line that did not parse: where it stands, the field that failed, its bytes (capped)."""

    source: str
    offset: int
    reason: str
    data: bytes


@dataclass(frozen=True, eq=False)
class BadLines(Sequence[BadLine]):
    """The bad lines of a chunk in their order, as columns: a `BadLine` is made of one only when it is asked for.

    Line i is `chunk.data[start[i]:end[i]]` (capped), and the field that failed is `reasons[code[i]]`. Its position is
    `positions[i]`; without them it follows from that of the chunk.
    """

    chunk: Chunk
    reasons: tuple[str, ...]
    start: I64
    end: I64
    code: I64
    positions: I64 | None = None

    def __len__(self) -> int:
        return len(self.start)

    @overload
    def __getitem__(self, index: int) -> BadLine: ...
    @overload
    def __getitem__(self, index: slice) -> list[BadLine]: ...
    def __getitem__(self, index: int | slice) -> BadLine | list[BadLine]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        start, end = int(self.start[index]), int(self.end[index])
        source, offset, data = self.chunk
        position = offset + start if self.positions is None else int(self.positions[index])
        return BadLine(source, position, self.reasons[self.code[index]], bytes(data[start:end]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]

    def counts(self) -> dict[str, int]:
        """Return how many lines there are for each reason."""
        counts: dict[str, int] = {}
        for code, lines in enumerate(np.bincount(self.code, minlength=len(self.reasons)).tolist()):
            if lines:
                counts[self.reasons[code]] = counts.get(self.reasons[code], 0) + lines
        return counts

    def first(self, reason: str, count: int) -> list[BadLine]:
        """Return the first lines that failed for a reason, at most so many."""
        codes = [code for code, name in enumerate(self.reasons) if name == reason]
        return [self[i] for i in np.flatnonzero(np.isin(self.code, codes))[:count].tolist()]


@dataclass(frozen=True, slots=True)
class Texts:
    """Distinct texts in Arrow's layout: text i is `data[offsets[i]:offsets[i + 1]]`, valid UTF-8."""

    data: U8
    offsets: I32

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def decode(self) -> list[str]:
        """Return the texts as Python strings."""
        return [text.decode() for text in self.split()]

    def split(self) -> list[bytes]:
        """Return the texts as bytes."""
        raw = self.data.tobytes()
        return [raw[first:stop] for first, stop in pairwise(self.offsets.tolist())]

    def chosen(self, codes: I64) -> list[bytes]:
        """Return some of the texts as bytes."""
        return cut(self.data, self.offsets[codes], self.offsets[codes + 1])

    @classmethod
    def encode(cls, texts: list[str]) -> "Texts":
        """Return Python strings in this layout."""
        encoded = [text.encode() for text in texts]
        offsets = np.zeros(len(encoded) + 1, np.int32)
        np.cumsum([len(text) for text in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)


def cut(data: U8, starts: I32 | I64, stops: I32 | I64) -> list[bytes]:
    """Return the bytes from each start up to its stop."""
    view = data.data
    return [bytes(view[start:stop]) for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]


@dataclass(frozen=True, slots=True)
class Column:
    """A text column: `codes[row]` is an index into `texts`, or `NO_CODE`."""

    codes: I32
    texts: Texts


@dataclass(frozen=True, slots=True)
class Hits:
    """A batch of hits of one source, a row a hit, in the order of their lines.

    Hits of several sources have a text column `source`, which counts then.

    `time` is microseconds since 1970 UTC, `zone` the line's UTC offset in minutes, `bytes` and `duration`
    (microseconds) are -1 where the line has none, `offset` is the position of the line in the source.
    """

    source: str
    offset: I64
    time: I64
    zone: I16
    status: I16
    bytes: I64
    duration: I64
    text: dict[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.offset)


class Parsed(NamedTuple):
    """What `parse` makes of a chunk: every line is a hit, a bad line or a directive."""

    hits: Hits
    bad: BadLines
    directives: int = 0
    """How many lines the format itself declares to be no request: blank lines and those that start with `#`."""

    @property
    def lines(self) -> int:
        """How many lines were read."""
        return len(self.hits) + len(self.bad) + self.directives
