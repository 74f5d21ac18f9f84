"""Cells, and the block that holds those of one bucket."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hitstream.record import I64, U64, Column
from hitstream.views.table import Grain

OTHER = "(other)"
"""How the folded tail of a block is shown; in data it has the code NO_CODE, so no real key is mistaken for it."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of one (view, grain), in the order (bucket, key code), each (bucket, key) once.

    Arrays have a row a cell. `bucket` is the start in seconds since 1970 UTC. `key.codes` is NO_CODE for the
    folded tail of a bucket. The sketch of cell i is `visitors[starts[i]:starts[i + 1]]`: the
    smallest distinct visitor hashes, ascending, K at the most; empty where the view counts none at this grain.
    """

    view: str
    grain: Grain
    bucket: I64
    key: Column
    hits: I64
    bytes: I64
    errors: I64
    starts: I64
    visitors: U64

    def __len__(self) -> int:
        return len(self.hits)

    def between(self, start: int, end: int) -> "Cells":
        """Return the cells with `start` <= bucket < `end`."""
        first, stop = np.searchsorted(self.bucket, (start, end)).tolist()
        rows = slice(first, stop)
        starts = self.starts[first : stop + 1]
        return Cells(
            self.view,
            self.grain,
            self.bucket[rows],
            Column(self.key.codes[rows], self.key.texts),
            self.hits[rows],
            self.bytes[rows],
            self.errors[rows],
            starts - starts[0],
            self.visitors[starts[0] : starts[-1]],
        )


Payload = bytes
"""The packed cells of a block."""


class Block(NamedTuple):
    """All cells of one (view, grain, bucket) from one batch, as stores hold it: totals in the open, the cells packed.

    `hits`, `bytes` and `errors` are the sums over the cells; `payload` is what `hitstream.views.pack` makes.
    """

    view: str
    grain: Grain
    bucket: int
    hits: int
    bytes: int
    errors: int
    payload: Payload
