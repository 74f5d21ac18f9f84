"""What a panel is, and what a kind of panels does: three functions, no more."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream.dashboard.ranges import Range, Window

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.query import Query
    from hitstream.query.answers import Totals

Props = dict[str, dict[str, Any]]
"""Component id → property → value (or a `dash.Patch` of it)."""


class Panel(NamedTuple):
    """A part of the page: what it shows (a view), and how (a kind)."""

    name: str
    title: str
    view: str
    kind: str
    width: int
    """Of the twelve columns of a wide page."""
    rows: int = 10
    columns: tuple[str, ...] = ()
    """For a ranking: the numbers beside each key, by name."""
    unit: str = ""
    """What its keys are called, in the plural."""
    empty: str = "Nothing in this range."


class Question(NamedTuple):
    """What all panels are asked about at once."""

    choice: Range
    window: Window
    now: float
    totals: "Totals"
    """The sums of all hits in the window."""


class Kind(NamedTuple):
    """A way to show a view. What `ask` returns compares equal exactly when the panel would look the same."""

    frame: "Callable[[Panel], list[Component]]"
    """Make the body of the panel, before there is any answer."""
    ask: "Callable[[Query, Panel, Question], Any]"
    """Ask `query/` for the panel's answer: plain, comparable data."""
    show: Callable[[Panel, Any, Any], Props]
    """Turn an answer into properties, as patches of the answer before it (None: there was none)."""
