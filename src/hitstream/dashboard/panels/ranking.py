"""A ranking: the most frequent keys of a view, a bar behind each row for its magnitude, and how each has changed.

It leads to all keys of its view, which Explore lists.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.panels import keys
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.dashboard.panels.figures import change
from hitstream.query import Filter
from hitstream.query.values import COUNTED
from hitstream.views.sketch import is_estimated
from hitstream.views.table import view

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState
    from hitstream.query.answers import Row


class RankingColumn(NamedTuple):
    """A number beside a key."""

    title: str
    write: "Callable[[Row, RankingAnswer], str]"
    """Writes the number of a row of an answer."""


COLUMNS: dict[str, RankingColumn] = {
    "hits": RankingColumn("Requests", lambda row, _: text.count(row.hits)),
    "share": RankingColumn("Share", lambda row, answer: text.share(row.hits, answer.whole)),
    "bytes": RankingColumn("Sent", lambda row, _: text.size(row.bytes)),
    "errors": RankingColumn("Errors", lambda row, _: text.count(row.errors)),
    "error_rate": RankingColumn("Rate", lambda row, _: text.share(row.errors, row.hits)),
    "visitors": RankingColumn("Visitors", lambda row, answer: visitors(row, answer.error)),
}


_ROOMY_WIDTH = 4
"""Columns of the page from which a ranking has room for its change beside its numbers."""
_COMPARED_KEYS = 10_000
"""Keys of the period before among which those shown are found again."""


class RankingAnswer(NamedTuple):
    """What a ranking shows."""

    rows: "tuple[Row, ...]"
    whole: int
    """Hits of the range, which shares are of."""
    keys: int
    since: int | None
    """The range starts there, where that is before the time asked for."""
    other: int | None
    """Hits of keys that are not listed at all, None for none."""
    error: float = 0.0
    """The relative standard error of visitors that are estimated; 0 where all are exact."""
    before: dict[str, int] | None = None
    """What the keys had of the panel's measure in the period before, as far as it is known; None where nothing is
    compared."""


def frame(panel: Panel) -> "list[Component]":
    """Make an empty table."""
    from dash import html

    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(id=f"{panel.name}-heads"),
            html.Tbody(id=f"{panel.name}-rows", className="ranking"),
        ]
    )
    return [table, html.P(id=f"{panel.name}-note", className="note below")]


def visitors(row: "Row", error: float) -> str:
    """Write the visitors of a row, given the error of those that are estimated."""
    return text.estimate(row.visitors, estimated=is_estimated(row.visitors, error))


def ask(panel: Panel, question: Question, *, exact: bool = False) -> RankingAnswer:
    """Ask for the first keys by the panel's measure; keys that have none of it are left out."""
    top = question.top(panel, panel.rows, panel.by, exact=exact)
    start = question.window.start
    since = top.start if start is not None and top.start < start else None
    rows = tuple(row for row in top.rows if getattr(row, panel.by))
    keys = top.keys if len(rows) == panel.rows else len(rows)
    other = top.other and top.other.hits
    return RankingAnswer(
        rows, question.totals.hits, keys, since, other, top.visitors_error, before(panel, question, rows)
    )


def before(panel: Panel, question: Question, rows: "tuple[Row, ...]") -> dict[str, int] | None:
    """Return what the keys of some rows had in the period before, where that is compared and was logged."""
    old = question.before
    if not question.state.compare or old is None or question.totals_before is None:
        return None
    where = (*question.where, *panel.where)
    top = question.query.top(panel.view, *old, k=_COMPARED_KEYS, by=panel.by, where=where)
    is_whole = top.other is None and top.keys <= _COMPARED_KEYS
    found = {row.key: 0 for row in rows} if is_whole else {}
    wanted = {row.key for row in rows}
    return found | {row.key: getattr(row, panel.by) or 0 for row in top.rows if row.key in wanted}


def show(panel: Panel, answer: RankingAnswer, _before: RankingAnswer | None, state: "PageState") -> Props:
    """Draw the heads and the rows."""
    largest = max((getattr(row, panel.by) for row in answer.rows), default=1)
    narrow = answer.before is not None and panel.width < _ROOMY_WIDTH
    columns = [COLUMNS[name] for name in (panel.columns[:1] if narrow else panel.columns)]
    titles = [column.title for column in columns] + (["Change"] if answer.before is not None else [])
    heads = [node("th", title, scope="col", klass="number") for title in titles]
    rows = [
        keys.row(
            state,
            panel,
            row.key,
            text.label(row.key) or "(empty)",
            *(column.write(row, answer) for column in columns),
            *changed(panel, row, answer),
            bar=round(100 * getattr(row, panel.by) / largest, 1),
        )
        for row in answer.rows
    ]
    return {
        **drawn(f"{panel.name}-heads", [node("tr", node("th", panel.unit.capitalize(), scope="col"), *heads)]),
        **drawn(f"{panel.name}-rows", rows),
        **drawn(f"{panel.name}-note", _below(panel, answer, state)),
    }


def changed(panel: Panel, row: "Row", answer: RankingAnswer) -> list[str]:
    """Write how a key has changed, where that is compared."""
    if answer.before is None:
        return []
    old = answer.before.get(row.key)
    return ["\u2013" if old is None else change(getattr(row, panel.by), old) or "new"]


def table(panel: Panel, answer: RankingAnswer) -> Table:
    """Return the rows as they are, without a word folded or cut."""
    columns = (panel.view, "hits", "bytes", "errors", "visitors", "visitors_error")
    rows = [(*row, answer.error if is_estimated(row.visitors, answer.error) else 0.0) for row in answer.rows]
    if answer.before is None:
        return Table(columns, rows)
    return Table((*columns, "before"), [(*row, answer.before.get(row[0])) for row in rows])


def note(panel: Panel, answer: RankingAnswer, state: "PageState") -> str:
    """Say what a reader would otherwise take for granted."""
    words = [f"since {text.minute(answer.since, state.tz)}"] if answer.since is not None else []
    if answer.other is not None:
        words.append(f"{text.count(answer.other)} requests for rarer {panel.unit} are not listed")
    return " · ".join(words)


def _below(panel: Panel, answer: RankingAnswer, state: "PageState") -> list[Node]:
    """Lead to all keys where there are more than are shown, and say what has to be said of them."""
    shown, said = len(answer.rows), note(panel, answer, state)
    found = [node("span", said)] if said else []
    if answer.keys <= shown:
        return found
    words = f"{shown} of {text.count(answer.keys)} {panel.unit}"
    return [node("a", words, href=_every(panel, state), klass="more", title=f"All {panel.unit}"), *found]


def _every(panel: Panel, state: "PageState") -> str:
    """Return the address where Explore lists all keys of a panel, by its measure."""
    row = view(panel.view)
    status = (Filter("status", "=", str(row.status)),) if row.status else ()
    where = tuple(dict.fromkeys((*state.where, *panel.where, *status)))
    there = state.changed(page="explore", where=where)
    return there.href(choices=there.chosen(view=COUNTED[row.key[0]].name, measure=panel.by))


KIND = PanelType(frame, ask, show, table)
