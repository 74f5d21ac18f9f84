"""A single hit that is opened: all that the archive has of its line. Which one it is stands in the address."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, node
from hitstream.dashboard.panels import keys
from hitstream.dashboard.panels.contract import Question
from hitstream.dashboard.ranges import MINUTE, Span
from hitstream.errors import ConfigError
from hitstream.query import Filter, Place

if TYPE_CHECKING:
    import pyarrow as pa

    from hitstream.dashboard.state import PageState

CHOICE = "hit"
"""The choice of the page Explore that says which hit is opened: its place."""
_MICROSECONDS = 1_000_000


class OpenedHit(NamedTuple):
    """A hit that is opened: its place, and the columns that it has."""

    place: Place
    columns: tuple[tuple[str, Any], ...]


def href(place: Place, state: "PageState") -> str:
    """Return the address of Explore with a hit opened, or closed where it is open."""
    there = state
    if state.page != "explore":
        start = place.time // _MICROSECONDS // MINUTE * MINUTE
        there = state.changed(page="explore", range=Span(start, start + MINUTE))
    wanted = "" if there.choice(CHOICE) == place.written else place.written
    return there.href(choices=there.chosen(**{CHOICE: wanted}))


def ask(question: Question, shown: "pa.Table") -> OpenedHit | None:
    """Return the hit that is opened: one of those shown, or another one of the archive."""
    try:
        place = Place.parse(question.state.choice(CHOICE))
    except ConfigError:
        return None
    second = place.time // _MICROSECONDS
    where = (Filter("source", "=", place.source), Filter("offset", "=", str(place.offset)))
    return _among(shown, place) or _among(question.query.hits(second, second + 1, where, 1), place)


def _among(hits: "pa.Table", place: Place) -> OpenedHit | None:
    for row in hits.to_pylist():
        if (row["source"], row["offset"]) == place[1:]:
            return OpenedHit(place, tuple((name, value) for name, value in row.items() if value is not None))
    return None


def row(opened: OpenedHit, state: "PageState", width: int) -> Node:
    """Draw all that is known of a hit, as a row of a table of so many columns."""
    parts: list[Node] = []
    for name, value in opened.columns:
        parts += [node("dt", name), node("dd", _shown(name, value, state))]
    said = (
        f"The archive has the fields of a line, and not the line itself, which begins at byte {opened.place.offset} "
        f"of source {text.title(opened.place.source)}."
    )
    close = node("a", "Close", href=href(opened.place, state), klass="more")
    cell = node("td", node("dl", *parts), node("p", node("span", said), close, klass="note"), colspan=str(width))
    return node("tr", cell, klass="whole-hit", data_key=f"opened {opened.place.written}")


def _shown(name: str, value: Any, state: "PageState") -> Node | str:
    if name in _WRITTEN:
        return _WRITTEN[name](value, state)
    said = str(value)
    wanted = (Filter(name, "=", said),) if said not in ("", "-") and len(said) <= keys.LONGEST else ()
    return keys.link(state, wanted, text.label(said), title=text.title(said))


def _instant(value: datetime, state: "PageState") -> str:
    return value.astimezone(state.tz).isoformat(sep=" ")


_WRITTEN: "dict[str, Callable[[Any, PageState], str]]" = {
    "time": _instant,
    "zone": lambda value, _: f"{value // 60:+03}:{value % 60:02}",
    "bytes": lambda value, _: f"{text.count(value)} ({text.size(value)})",
    "duration": lambda value, _: f"{text.took(value / _MICROSECONDS)} ({text.count(value)} microseconds)",
    "offset": lambda value, _: text.count(value),
}
"""Columns that are written in a way of their own."""
