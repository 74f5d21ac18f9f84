"""A slab: the hits of one file or batch in memory, a few integers each, in the order of their visitors."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hitstream.query.layout import VISITOR, Layout
from hitstream.record import I32, I64, NO_CODE, Column, Texts
from hitstream.views.kernels import combine, sort_rows

if TYPE_CHECKING:
    import pyarrow as pa

Codes = dict[str, I32]
"""Column → the code of its text, or the status itself, a row a visitor or a combination; NO_CODE is none."""

_STATUSES = 1 << 16
_LONGEST = 1 << 31
_MICROSECONDS = 1_000_000
_NONE = Texts.encode([])


@dataclass
class Slab:
    """Hits, by visitor. `combination[f]` numbers each row's values in family f; None where there is only one.

    `time` is seconds since `base`, which are since 1970 UTC; `size` is bytes sent, -1 for none. The rows of visitor i
    are `starts[i]` up to `starts[i + 1]`. `precise` says that no time has a fraction of a second.
    """

    base: int
    last: int
    precise: bool
    time: I32
    size: I64
    starts: I64
    visitors: Codes
    combination: list[I32 | None]
    combinations: list[Codes]
    texts: dict[str, Texts]

    def __len__(self) -> int:
        return len(self.time)

    @property
    def bytes(self) -> int:
        """Bytes of memory, besides what is the same in many slabs."""
        codes = sum(array.nbytes for array in self.combination if array is not None)
        return self.time.nbytes + self.size.nbytes + self.starts.nbytes + codes


def columns_read(layout: Layout) -> list[str]:
    """Return the columns of a hit that make a slab."""
    return ["time", "status", "bytes", *layout.texts]


def make_slab(hits: "pa.Table", layout: Layout) -> Slab | None:
    """Return hits as a slab; None where there are none, or where they are too many years apart."""
    if not hits.num_rows:
        return None
    from hitstream.arrow import numbers

    time = microseconds(hits["time"])
    seconds = time // _MICROSECONDS
    base, last = int(seconds.min()), int(seconds.max())
    if last - base >= _LONGEST:
        return None
    columns = {name: _text(hits[name]) for name in layout.texts}
    columns["status"] = Column(numbers(hits["status"]).astype(np.int32), _NONE)
    visitor, firsts = combine([_sized(columns, name) for name in VISITOR])
    starts = np.concatenate(([0], np.cumsum(np.bincount(visitor, minlength=len(firsts)))))
    order = sort_rows(visitor.astype(np.int32), len(firsts))
    combination: list[I32 | None] = []
    combinations: list[Codes] = []
    for family in layout.families:
        ids, rows = combine([_sized(columns, name) for name in family])
        combination.append(ids[order].astype(np.int32) if len(rows) > 1 else None)
        combinations.append({name: columns[name].codes[rows] for name in family})
    return Slab(
        base,
        last,
        bool((seconds * _MICROSECONDS == time).all()),
        (seconds[order] - base).astype(np.int32),
        numbers(hits["bytes"].fill_null(-1))[order],
        starts,
        {name: columns[name].codes[firsts] for name in layout.visitor},
        combination,
        combinations,
        {name: columns[name].texts for name in layout.texts},
    )


def microseconds(time: "pa.ChunkedArray") -> I64:
    """Return times in microseconds since 1970 UTC."""
    import pyarrow as pa

    from hitstream.arrow import numbers

    return numbers(time.cast(pa.timestamp("us", "UTC")))


def _sized(columns: dict[str, Column], name: str) -> tuple[I32, int]:
    return columns[name].codes, _STATUSES if name == "status" else len(columns[name].texts)


def _text(column: "pa.ChunkedArray") -> Column:
    from hitstream.arrow import text_column

    if column.null_count == len(column):
        return Column(np.full(len(column), NO_CODE, np.int32), _NONE)
    return text_column(column.unify_dictionaries().combine_chunks())
