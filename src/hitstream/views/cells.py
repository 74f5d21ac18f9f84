"""Cells, and the block that holds those of one bucket."""

from dataclasses import dataclass
from typing import NamedTuple

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
