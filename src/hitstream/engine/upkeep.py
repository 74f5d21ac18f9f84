"""Keeps the blocks few and young: seals buckets of many parts, deletes buckets that are too old."""

from collections.abc import Iterator
from typing import NamedTuple

from hitstream.store.contract import CellStore, Crowd
from hitstream.views.merge import merge
from hitstream.views.pack import pack, unpack
from hitstream.views.table import SECONDS, Grain, view

CROWDED = 16
"""Parts from which a bucket is sealed, if they weigh enough beside what is sealed already."""
OVERCROWDED = 200
"""Parts from which it is sealed in any case."""
FINISHED_PARTS = 4
"""Parts from which a bucket whose time is over is sealed."""

_SEALED_BYTES = 4 << 20
"""Packed blocks that are merged together; bounds the memory of sealing."""
_DAY = 86400


class Retention(NamedTuple):
    """Days that the blocks of a grain are kept, counted back from the newest hit; 0 is for ever."""

    minute: int = 8
    hour: int = 396
    day: int = 0

    def days(self) -> dict[Grain, int]:
        """Return the days of each grain."""
        return {"minute": self.minute, "hour": self.hour, "day": self.day}

    def floors(self, newest: int) -> dict[Grain, int]:
        """Return where the oldest kept bucket of each grain starts (s since 1970), if `newest` is the latest hit."""
        return {grain: _floor(newest - days * _DAY, grain) for grain, days in self.days().items() if days}


def _floor(second: int, grain: Grain) -> int:
    return second - second % SECONDS[grain]


def expire(store: CellStore, floors: dict[Grain, int]) -> int:
    """Delete the blocks of buckets that start before their grain's floor; return how many."""
    return sum(store.expire(grain, floor) for grain, floor in floors.items())


def seal_crowds(store: CellStore, newest: int) -> int:
    """Seal the buckets of many parts; `newest` is the latest hit (s since 1970). Return how many were sealed."""
    due = [crowd for crowd in store.crowds(FINISHED_PARTS) if _is_due(crowd, newest)]
    for group in _groups(due):
        seal(store, group)
    return len(due)


def seal(store: CellStore, crowds: list[Crowd]) -> None:
    """Write a block for each of some buckets of one view and grain, which covers all that is published of it.

    What batches bring meanwhile is left as it is.
    """
    name, grain = crowds[0].view, crowds[0].grain
    with store.snapshot():
        cut = store.cut()
        parts = [part for crowd in crowds for part in store.payloads(name, grain, crowd.bucket, crowd.bucket + 1)]
    store.seal(cut.generation, cut.published, pack(merge([unpack(name, grain, parts)], view(name))))


def _groups(crowds: list[Crowd]) -> Iterator[list[Crowd]]:
    """Yield crowds, ordered by view and grain, in groups of one view and grain that do not weigh too much."""
    group: list[Crowd] = []
    weight = 0
    for crowd in crowds:
        more = crowd.sealed_bytes + crowd.speed_bytes
        if group and (crowd[:2] != group[0][:2] or weight + more > _SEALED_BYTES):
            yield group
            group, weight = [], 0
        group.append(crowd)
        weight += more
    if group:
        yield group


def _is_due(crowd: Crowd, newest: int) -> bool:
    if crowd.bucket + SECONDS[crowd.grain] <= newest:
        return True
    heavy = 2 * crowd.speed_bytes >= crowd.sealed_bytes
    return crowd.parts >= OVERCROWDED or (crowd.parts >= CROWDED and heavy)
