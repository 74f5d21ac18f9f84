"""How many hits that pass filters have come: each look reads only what was not there at the one before."""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from hitstream.query.filters import Filter
from hitstream.query.hits import HitTable


class Arrived(NamedTuple):
    """What had come when it was looked at."""

    hits: int
    """Hits that pass, more than at the first look by as many as have come since."""
    files: frozenset[str] = frozenset()
    batches: Mapping[Hashable, int] = {}
    """How many hits that pass each batch has that is in no file yet."""


def arrived(table: HitTable, where: Sequence[Filter], before: Arrived | None) -> Arrived:
    """Count what has come since a look before; a first look counts from nothing, and reads no file.

    Batches that went into a file, and files that were joined to one, are there before and after, and cancel out.
    """
    waiting = dict(table.kept.waiting)
    files = frozenset(table.kept.files)
    known = {name: hits for name, hits in before.batches.items() if name in waiting} if before else {}
    fresh = {name: batch for name, batch in waiting.items() if name not in known}
    batches = known | table.passing(fresh, where)
    if before is None:
        return Arrived(0, files, batches)
    in_files = table.passing_in(files - before.files, where) - table.passing_in(before.files - files, where)
    change = in_files + sum(batches.values()) - sum(before.batches.values())
    return Arrived(before.hits + change, files, batches)
