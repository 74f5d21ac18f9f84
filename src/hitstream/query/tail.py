"""The newest hits, again and again: each look reads only what may have come since the one before."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hitstream.query.filters import Filter
from hitstream.query.hits import HitFilter, HitTable
from hitstream.views.table import SECONDS

if TYPE_CHECKING:
    import pyarrow as pa

FIRST = SECONDS["day"]
"""Seconds that the first look goes back: a filter that nothing passes must not read all there is."""
LATE = 30
"""Seconds by which a hit may be older than one that was there before it."""
KEPT = 16
"""Tails that are kept."""


class NewestHits:
    """The newest hits that pass filters, as they were found last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[tuple[Filter, ...], int], tuple[int, pa.Table]] = OrderedDict()

    def newest(self, table: HitTable, now: int, last: int, limit: int, where: Sequence[Filter]) -> "pa.Table":
        """Return so many of the newest hits, the newest first, none after `last`, the end of a minute."""
        place = tuple(where), limit
        before, known = self._kept.pop(place, (None, None))
        if before is None or known is None or before > last:
            found = table.hits(HitFilter(last - FIRST, last + 1, where), limit, newest=True)
        else:
            found = _joined(
                table.hits(HitFilter(before - LATE, last + 1, where), limit, newest=True), known, before - LATE
            )
        self._kept[place] = min(now, last - SECONDS["minute"]), found.slice(0, limit)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[place][1]


def _joined(fresh: "pa.Table", known: "pa.Table", since: int) -> "pa.Table":
    """Put below what was read what is known from before that time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    older = known.filter(pc.less(known["time"], datetime.fromtimestamp(since, UTC)))
    return pa.concat_tables([fresh, older]) if older.num_rows else fresh
