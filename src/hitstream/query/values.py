"""The values that a column has, by a part of them: what a form suggests while a filter is typed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.errors import ConfigError
from hitstream.query.filters import Filter
from hitstream.views.table import VIEWS, View

if TYPE_CHECKING:
    from hitstream.query.query import Query

COUNTED: dict[str, View] = {view.key[0]: view for view in VIEWS if len(view.key) == 1 and not view.status}
"""The columns whose values are counted, each with the view that counts them."""
MAX_VALUES = 100
_SEARCHED_KEYS = 10_000
_MAX_CHARACTERS = 1024


class ColumnValue(NamedTuple):
    """A value of a column, and how many hits have it."""

    value: str
    hits: int


def values(
    query: "Query",
    column: str,
    like: str = "",
    k: int = 10,
    start: int | None = None,
    end: int | None = None,
    where: Sequence[Filter] = (),
) -> list[ColumnValue]:
    """Return the k most frequent values of a column that contain a text, upper and lower case alike.

    The 10,000 most frequent are searched. Values that cannot be shown as they are (control characters, or more than
    1,024 characters) are left out.

    Raises:
        ConfigError: the column is not counted by its values.
    """
    view = COUNTED.get(column)
    if view is None:
        raise ConfigError(f"The values of {column!r} are not counted.", "Columns: " + ", ".join(COUNTED) + ".")
    wanted = like.casefold()
    rows = query.top(view.name, start, end, k=_SEARCHED_KEYS, where=where).rows
    found = (ColumnValue(row.key, row.hits) for row in rows if wanted in row.key.casefold() and _is_plain(row.key))
    return [each for _, each in zip(range(min(k, MAX_VALUES)), found, strict=False)]


def _is_plain(value: str) -> bool:
    return 0 < len(value) <= _MAX_CHARACTERS and text.visible(value) == value
