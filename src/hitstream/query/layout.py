"""Which columns of hits are kept in memory, and how: from the table of views, as all else.

Columns that are looked at together make a family. Of a row only the number of its combination of the family's values is
kept; what follows from a visitor (host and agent) is kept once a visitor.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from hitstream.views.columns import DERIVED
from hitstream.views.table import View

VISITOR = ("host", "agent")
"""The columns that make a visitor."""
OF_VISITORS = -1
"""Stands for the family of the visitor's columns."""

_REQUEST = frozenset(("status", "method", "protocol", "target"))
_ROOT = {row.name: row.source for row in DERIVED}


class Layout(NamedTuple):
    """The columns of visitors, those of each family, the status always in the first; and the family of each view."""

    visitor: tuple[str, ...]
    families: tuple[tuple[str, ...], ...]
    family_of: dict[str, int]

    @property
    def texts(self) -> list[str]:
        """The columns that are texts, each once."""
        return [name for name in dict.fromkeys((*self.visitor, *sum(self.families, ()))) if name != "status"]

    def of_family(self, family: int) -> tuple[str, ...]:
        """Return the columns of a family."""
        return self.visitor if family == OF_VISITORS else self.families[family]


@lru_cache(maxsize=8)
def layout(views: tuple[View, ...]) -> Layout:
    """Return the layout that answers these views."""
    visitor: dict[str, None] = dict.fromkeys(VISITOR)
    families: dict[frozenset[str], dict[str, None]] = {_REQUEST: {"status": None}}
    roots_of: dict[str, frozenset[str] | None] = {}
    for view in views:
        columns = (*view.key, *(("status",) if view.status else ()))
        roots = frozenset(_roots(columns))
        if roots <= set(VISITOR):
            visitor |= dict.fromkeys(columns)
            roots_of[view.name] = None
        else:
            roots = _REQUEST if roots <= _REQUEST else roots
            families.setdefault(roots, {}).update(dict.fromkeys(columns))
            roots_of[view.name] = roots
    places = {roots: place for place, roots in enumerate(families)}
    family_of = {name: OF_VISITORS if roots is None else places[roots] for name, roots in roots_of.items()}
    return Layout(tuple(visitor), tuple(tuple(columns) for columns in families.values()), family_of)


def _roots(columns: Sequence[str]) -> list[str]:
    return [_ROOT.get(column, column) for column in columns]
