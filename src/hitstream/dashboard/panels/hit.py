"""A single hit: as plain values, and as a row of a table whose parts filter by what they say."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, node
from hitstream.dashboard.panels import keys, opened_hit
from hitstream.dashboard.panels.contract import Table
from hitstream.query import Filter, Place

if TYPE_CHECKING:
    import pyarrow as pa

    from hitstream.dashboard.state import PageState


class Hit(NamedTuple):
    """A hit, as the archive has it; `time` is microseconds since 1970 UTC."""

    time: int
    status: int
    method: str | None
    target: str | None
    path: str | None
    bytes: int | None
    host: str | None
    vhost: str | None
    user: str | None
    duration: int | None
    """Microseconds."""
    referrer: str | None
    agent: str | None
    source: str
    offset: int

    @property
    def key(self) -> str:
        """What its row is known by."""
        return f"{self.source} {self.offset}"

    @property
    def place(self) -> Place:
        """Where it stands among all."""
        return Place(self.time, self.source, self.offset)


def hits(table: "pa.Table") -> tuple[Hit, ...]:
    """Return the hits of a table."""
    import pyarrow as pa

    columns = (table[name] for name in Hit._fields)
    times, *others = (column.cast(pa.int64()) if at == 0 else column for at, column in enumerate(columns))
    return tuple(Hit(*row) for row in zip(*(column.to_pylist() for column in (times, *others)), strict=True))


def table(found: Sequence[Hit]) -> Table:
    """Return hits as they are exported."""
    return Table(Hit._fields, [(each.time / 1_000_000, *each[1:]) for each in found])


class HitColumn(NamedTuple):
    """A column of rows of hits."""

    head: str
    write: "Callable[[Hit, PageState], tuple[Node | str, str]]"
    """Returns what a hit has in it, and a title."""
    is_known: Callable[[Hit], bool] = lambda _: True
    """Whether a hit has it; where none shown has, it is left out unless it is chosen."""


def columns(found: Sequence[Hit], chosen: str = "") -> tuple[str, ...]:
    """Return the names of the columns of rows: those `chosen`, with commas between; else all that any hit has."""
    wanted = {*chosen.split(",")} & {*COLUMNS}
    return tuple(
        name
        for name, column in COLUMNS.items()
        if (name in wanted if wanted else any(column.is_known(each) for each in found))
    )


def heads(names: Sequence[str], zone: str) -> Node:
    """Draw the heads of rows; `zone` is what the zone of their times is called."""
    shown = [node("th", COLUMNS[name].head, scope="col", klass=f"is-{name}") for name in names]
    if names[:1] == ("time",):
        shown[0] = node("th", "Time ", node("span", zone, klass="quiet"), scope="col", klass="is-time")
    return node("tr", *shown)


def row(hit: Hit, state: "PageState", names: Sequence[str]) -> Node:
    """Draw a hit; rows of the same hit are the same row."""
    cells = []
    for name in names:
        content, title = COLUMNS[name].write(hit, state)
        cells.append(node("td", content, klass=f"is-{name}", title=title))
    return node("tr", *cells, klass=f"hit of-{_kind(hit)}", data_key=hit.key)


def _kind(hit: Hit) -> str:
    return str(hit.status)[0] if 200 <= hit.status < 600 else "x"


def _time(hit: Hit, state: "PageState") -> tuple[Node, str]:
    at = datetime.fromtimestamp(hit.time / 1_000_000, state.tz)
    shown = text.local(hit.time / 1_000_000, state.tz, "%Y-%m-%d %H:%M:%S")
    return node("a", shown, href=opened_hit.href(hit.place, state), klass="open"), f"{at.isoformat(sep=' ')}, all of it"


def _status(hit: Hit, state: "PageState") -> tuple[Node, str]:
    words = f"{hit.status} {text.status(str(hit.status))}".strip()
    swatch = node("i", klass=f"swatch status-{_kind(hit)}")
    return keys.link(state, _equal("status", str(hit.status)), swatch, f"{hit.status}", title=words), ""


def _sent(hit: Hit, _state: "PageState") -> tuple[Node | str, str]:
    return ("\u2013", "") if hit.bytes is None else (text.size(hit.bytes), f"{hit.bytes} bytes")


def _duration(hit: Hit, _state: "PageState") -> tuple[Node | str, str]:
    if hit.duration is None:
        return "\u2013", ""
    return text.took(hit.duration / 1_000_000), f"{hit.duration} microseconds"


def _position(hit: Hit, _state: "PageState") -> tuple[Node | str, str]:
    where = f"byte {hit.offset} of source {text.title(hit.source)}"
    return f"{text.visible(hit.source[:6])}:{hit.offset}", where


def _texts(name: str) -> "Callable[[Hit, PageState], tuple[Node | str, str]]":
    return lambda hit, state: (key(state, name, getattr(hit, name)), "")


COLUMNS: dict[str, HitColumn] = {
    "time": HitColumn("Time", _time),
    "status": HitColumn("Status", _status),
    "method": HitColumn("Method", _texts("method")),
    "target": HitColumn("Target", lambda hit, state: (key(state, "path", hit.path, hit.target), "")),
    "sent": HitColumn("Sent", _sent),
    "duration": HitColumn("Duration", _duration, lambda hit: hit.duration is not None),
    "vhost": HitColumn("Virtual host", _texts("vhost"), lambda hit: hit.vhost is not None),
    "host": HitColumn("Host", _texts("host")),
    "user": HitColumn("User", _texts("user"), lambda hit: hit.user is not None),
    "referrer": HitColumn("Referrer", _texts("referrer")),
    "agent": HitColumn("Agent", _texts("agent")),
    "position": HitColumn("Position", _position),
}
"""The columns there are, in their order; `is-` and the name is the class of each cell."""


def _equal(column: str, value: str) -> tuple[Filter, ...]:
    return (Filter(column, "=", value),) if value not in ("", "-") and len(value) <= keys.LONGEST else ()


def key(state: "PageState", column: str, value: str | None, shown: str | None = None) -> Node:
    """Draw a text that filters by its column; a missing one is a dash, which filters by nothing.

    What its column cuts off is in its title, which `page.js` makes when it is pointed at: there are many.
    """
    if value is None:
        return node("span", "\u2013", klass="quiet")
    words = value if shown is None else shown
    label, title = text.label(words), text.title(words)
    return keys.link(state, _equal(column, value), label, title="" if title == label else title)
