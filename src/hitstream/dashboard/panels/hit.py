"""A single hit: as plain values, and as a row of a table whose parts filter by what they say."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, node
from hitstream.dashboard.panels import keys
from hitstream.dashboard.panels.contract import Table
from hitstream.query import Filter, Place

if TYPE_CHECKING:
    import pyarrow as pa

    from hitstream.dashboard.state import State

HEADS = ("Time", "Status", "Method", "Target", "Sent", "Host", "Referrer", "Agent", "Position")
"""What stands above the parts of a row; in lower case also the class of each part, `is-time` and so on."""


class Hit(NamedTuple):
    """A hit, as the archive has it; `time` is microseconds since 1970 UTC."""

    time: int
    status: int
    method: str | None
    target: str | None
    path: str | None
    bytes: int | None
    host: str | None
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


def row(hit: Hit, state: "State", when: str = "%Y-%m-%d %H:%M:%S") -> Node:
    """Draw a hit, its time in a form of `strftime`; rows of the same hit are the same row."""
    at = datetime.fromtimestamp(hit.time / 1_000_000, state.tz)
    kind = str(hit.status)[0] if 200 <= hit.status < 600 else "x"
    words = f"{hit.status} {text.status(str(hit.status))}".strip()
    swatch = node("i", klass=f"swatch status-{kind}")
    parts = (
        _cell(0, text.local(hit.time / 1_000_000, state.tz, when), title=at.isoformat(sep=" ")),
        _cell(1, keys.link(state, _equal("status", str(hit.status)), swatch, f"{hit.status}", title=words)),
        _cell(2, _key(state, "method", hit.method)),
        _cell(3, _key(state, "path", hit.path, hit.target)),
        _cell(4, "\u2013") if hit.bytes is None else _cell(4, text.size(hit.bytes), title=f"{hit.bytes} bytes"),
        _cell(5, _key(state, "host", hit.host)),
        _cell(6, _key(state, "referrer", hit.referrer)),
        _cell(7, _key(state, "agent", hit.agent)),
        _cell(
            8, f"{text.visible(hit.source[:6])}:{hit.offset}", f"byte {hit.offset} of source {text.title(hit.source)}"
        ),
    )
    return node("tr", *parts, klass=f"hit of-{kind}", data_key=hit.key)


def _cell(at: int, content: Node | str, title: str = "") -> Node:
    return node("td", content, klass=f"is-{HEADS[at].lower()}", title=title)


def _equal(column: str, value: str) -> tuple[Filter, ...]:
    return (Filter(column, "=", value),) if value not in ("", "-") and len(value) <= keys.LONGEST else ()


def _key(state: "State", column: str, value: str | None, shown: str | None = None) -> Node:
    """Draw a text that filters by its column; a missing one is a dash, which filters by nothing.

    What its column cuts off is in its title, which `page.js` makes when it is pointed at: there are many.
    """
    if value is None:
        return node("span", "\u2013", klass="quiet")
    words = value if shown is None else shown
    label, title = text.label(words), text.title(words)
    return keys.link(state, _equal(column, value), label, title="" if title == label else title)
