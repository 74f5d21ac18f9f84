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

from hitstream.query.filters import Filter, wanted
from hitstream.query.layout import OF_VISITORS, Layout
from hitstream.query.shelf import Shelf
from hitstream.query.slab import Slab
from hitstream.record import I64, NO_CODE, U8
from hitstream.views.table import SECONDS

Mask = NDArray[np.bool_]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OPPOSITE = {"!=": "=", "!~": "~"}
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
        value = wanted(each)
        missing = codes == NO_CODE
        if each.column == "status":
            return _compare(each.operator, codes, missing, value)
        if value is None:
            return _compare(each.operator, codes, missing, None)
        found = np.append(
            _texts_with(self.shelf, each.column, _OPPOSITE.get(each.operator, each.operator), value), False
        )
        passes = found[codes]  # NO_CODE is also the index of the last one
        return ~passes if each.operator in _OPPOSITE else passes


def _texts_with(shelf: Shelf, column: str, operation: str, value: str) -> Mask:
    """Return which texts of a column equal or contain a value."""
    import pyarrow.compute as pc

    from hitstream.arrow import strings

    texts = strings(shelf.texts[column])
    found = pc.equal(texts, value) if operation == "=" else pc.match_substring(texts, value)
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)


def _of_rows(each: Filter, slab: Slab) -> Mask:
    value = wanted(each)
    if each.column == "bytes":
        return _compare(each.operator, slab.size, slab.size < 0, value)
    seconds = _OF_TIME[each.column](slab.time + np.int64(slab.base))
    return _compare(each.operator, seconds, np.zeros(len(slab), bool), _seconds(value))


def _seconds(value: Any) -> Any:
    """Return an instant in seconds since 1970 and a day in days; numbers as they are."""
    if isinstance(value, datetime):
        return value.timestamp()
    return (value - _EPOCH).days if isinstance(value, date) else value


def _compare(operation: str, values: NDArray[Any], missing: Mask, value: Any) -> Mask:
    if operation in _OPPOSITE:
        return ~_compare(_OPPOSITE[operation], values, missing, value)
    if value is None:
        return missing if operation == "=" else np.zeros(len(values), bool)
    return np.asarray(_COMPARE[operation](values, value) & ~missing, bool)


def _all(masks: Sequence[Mask], size: int) -> U8:
    return reduce(operator.and_, masks, np.ones(size, bool)).view(np.uint8)
