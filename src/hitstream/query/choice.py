"""Filters as masks over what a shelf has: texts are compared once each, and combinations instead of hits.

Holds what `hitstream.query.filters` says in SQL: a missing value equals nothing but `-`, and contains nothing.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitstream.query.filters import Filter, ValueTest, tests
from hitstream.query.layout import OF_VISITORS, Layout
from hitstream.query.networks import in_network
from hitstream.query.shelf import Shelf
from hitstream.query.slab import Slab
from hitstream.record import I64, NO_CODE, U8
from hitstream.views.table import SECONDS

Mask = NDArray[np.bool_]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "equals": operator.eq,
    "below": operator.lt,
    "at most": operator.le,
    "above": operator.gt,
    "at least": operator.ge,
    "between": lambda values, ends: (values >= ends[0]) & (values <= ends[1]),
}
_DAY, _HOUR = SECONDS["day"], SECONDS["hour"]
_EPOCH = date(1970, 1, 1)
_OF_TIME: dict[str, Callable[[I64], I64]] = {
    "time": lambda seconds: seconds,
    "day": lambda seconds: seconds // _DAY,
    "hour": lambda seconds: seconds // _HOUR % 24,
    "weekday": lambda seconds: (seconds // _DAY + 3) % 7 + 1,  # ISO 8601; 1970 began on a Thursday, 4
}


def can_choose(layout: Layout, where: Sequence[Filter]) -> bool:
    """Tell whether slabs have the columns that filters look at."""
    columns = {*layout.visitor, *sum(layout.families, ()), *_OF_TIME, "bytes"}
    return all(each.column in columns for each in where)


def can_tell(where: Sequence[Filter], slabs: Sequence[Slab]) -> bool:
    """Tell whether slabs, which have whole seconds, are precise enough for filters."""
    return all(each.column != "time" for each in where) or all(slab.precise for slab in slabs)


@dataclass(frozen=True)
class Choice:
    """What passes all filters."""

    shelf: Shelf
    where: Sequence[Filter]

    def combinations(self, family: int) -> U8:
        """Return a mask of a family's combinations, or of the visitors."""
        columns = self.shelf.codes(family)
        size = len(next(iter(columns.values())))
        asked = [each for each in self.where if each.column in columns and not self._asked_before(each, family)]
        return _all([self._of_codes(each, columns[each.column]) for each in asked], size)

    def rows(self, slab: Slab) -> U8 | None:
        """Return a mask of a slab's rows, None where all pass."""
        asked = [each for each in self.where if each.column in _OF_TIME or each.column == "bytes"]
        return _all([_of_rows(each, slab) for each in asked], len(slab)) if asked else None

    def _asked_before(self, each: Filter, family: int) -> bool:
        """Tell whether the visitors have the column already, so that a family need not look at it again."""
        return family != OF_VISITORS and each.column in self.shelf.visitors

    def _of_codes(self, each: Filter, codes: NDArray[np.int32]) -> Mask:
        missing = codes == NO_CODE

        def passes(test: ValueTest) -> Mask:
            if each.column == "status" or test.comparison == "missing":
                return _compare(test, codes, missing)
            return np.append(_texts_with(self.shelf, each.column, test), False)[codes]  # NO_CODE: that of the last one

        return _any(each, passes)


def _texts_with(shelf: Shelf, column: str, test: ValueTest) -> Mask:
    """Return which texts of a column pass a test."""
    import pyarrow.compute as pc

    from hitstream.arrow import strings

    compare: dict[str, Callable[[Any, Any], Any]] = {
        "equals": pc.equal,
        "contains": pc.match_substring,
        "begins": pc.starts_with,
        "matches": pc.match_substring_regex,
        "in network": in_network,
    }
    found = compare[test.comparison](strings(shelf.texts[column]), test.value)
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)


def _of_rows(each: Filter, slab: Slab) -> Mask:
    if each.column == "bytes":
        values, missing = slab.size, slab.size < 0
    else:
        values = _OF_TIME[each.column](slab.time + np.int64(slab.base))
        missing = np.zeros(len(slab), bool)
    return _any(each, lambda test: _compare(test._replace(value=_seconds(test.value)), values, missing))


def _any(each: Filter, passes: Callable[[ValueTest], Mask]) -> Mask:
    """Return what passes one of a filter's tests, or none of them where it is negated."""
    found = tests(each)
    anyone = reduce(operator.or_, map(passes, found.anyone))
    return ~anyone if found.negated else anyone


def _seconds(value: Any) -> Any:
    """Return an instant in seconds since 1970 and a day in days; numbers as they are."""
    if isinstance(value, datetime):
        return value.timestamp()
    return (value - _EPOCH).days if isinstance(value, date) else value


def _compare(test: ValueTest, values: NDArray[Any], missing: Mask) -> Mask:
    if test.comparison == "missing":
        return missing
    return np.asarray(_COMPARE[test.comparison](values, test.value) & ~missing, bool)


def _all(masks: Sequence[Mask], size: int) -> U8:
    return reduce(operator.and_, masks, np.ones(size, bool)).view(np.uint8)
