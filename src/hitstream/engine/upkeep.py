"""Keeps the blocks few and young: seals buckets of many parts, deletes buckets that are too old."""

from typing import NamedTuple

from hitstream.store.contract import Crowd
from hitstream.store.sqlite import SqliteCells
from hitstream.views.merge import merge
from hitstream.views.pack import pack, unpack
from hitstream.views.table import SECONDS, Grain, view

CROWDED = 16
"""Parts from which a bucket is sealed, if they weigh enough beside what is sealed already."""
OVERCROWDED = 200
"""Parts from which it is sealed in any case."""
FINISHED_PARTS = 4
"""Parts from which a bucket whose time is over is sealed."""

_SEALED_TOGETHER = 256  # a transaction's fsync costs more than sealing a small bucket
_DAY = 86400


class Retention(NamedTuple):
    """Days that the blocks of a grain are kept, counted back from the newest hit; 0 is for ever."""

    minute: int = 8
    hour: int = 396
    day: int = 0

    def floors(self, newest: int) -> dict[Grain, int]:
        """Return where the oldest kept bucket of each grain starts (s since 1970), if `newest` is the latest hit."""
        kept: dict[Grain, int] = {"minute": self.minute, "hour": self.hour, "day": self.day}
        return {grain: _floor(newest - days * _DAY, grain) for grain, days in kept.items() if days}


def _floor(second: int, grain: Grain) -> int:
    return second - second % SECONDS[grain]


def expire(store: SqliteCells, floors: dict[Grain, int]) -> None:
    """Delete the blocks of buckets that start before their grain's floor."""
    for grain, floor in floors.items():
        store.expire(grain, floor)


def seal_crowds(store: SqliteCells, newest: int) -> int:
    """Seal the buckets of many parts; `newest` is the latest hit (s since 1970). Return how many were sealed."""
    crowds = [crowd for crowd in store.crowds(FINISHED_PARTS) if _is_due(crowd, newest)]
    for first in range(0, len(crowds), _SEALED_TOGETHER):
        with store.database.transaction():
            for crowd in crowds[first : first + _SEALED_TOGETHER]:
                seal(store, crowd)
    return len(crowds)


def seal(store: SqliteCells, crowd: Crowd) -> None:
    """Write one block that covers all that is published of a bucket; the caller is the only writer."""
    cut = store.cut()
    parts = store.payloads(crowd.view, crowd.grain, crowd.bucket, crowd.bucket + 1)
    blocks = pack(merge([unpack(crowd.view, crowd.grain, parts)], view(crowd.view)))
    store.seal(cut.generation, cut.published, blocks)


def _is_due(crowd: Crowd, newest: int) -> bool:
    if crowd.bucket + SECONDS[crowd.grain] <= newest:
        return True
    heavy = 2 * crowd.speed_bytes >= crowd.sealed_bytes
    return crowd.parts >= OVERCROWDED or (crowd.parts >= CROWDED and heavy)
