"""All keys of a chosen view by a chosen measure, page by page, with all their numbers and how they changed."""

from typing import TYPE_CHECKING

from hitstream import text
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.panels import keys, ranking
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.dashboard.panels.subjects import MEASURES as CHARTED
from hitstream.query.cells import Measure
from hitstream.views.table import view

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState
    from hitstream.query.answers import Row

MEASURES: dict[Measure, str] = {"hits": "Requests", "bytes": "Sent", "errors": "Errors", "visitors": "Visitors"}
"""What keys can be ordered by → what it is called."""
STEPS = ("20", "100", "500")
"""How many keys can be shown."""
_COLUMNS = ("hits", "share", "bytes", "errors", "error_rate", "visitors")
FIND, FIRST = "find", "first"
"""The page's choices that say which keys are shown: those with a text in them, and beyond how many."""
_LISTED_KEYS = 50_000
"""Keys that are searched and paged through: as many as a block of cells holds."""


def frame(panel: Panel) -> "list[Component]":
    """Make an empty table."""
    from dash import html

    table = html.Table(
        [
            html.Caption(panel.title, className="unseen"),
            html.Thead(id=f"{panel.name}-heads"),
            html.Tbody(id=f"{panel.name}-rows", className="ranking"),
        ],
        className="ranked",
    )
    return [table, html.Div(id=f"{panel.name}-note", className="note")]


def chosen(panel: Panel, state: "PageState") -> Panel:
    """Return a panel with the view and the measure that are chosen."""
    by: Measure = next(each for each in MEASURES if each == state.choice("measure"))
    rows = max(panel.rows, int(state.choice("keys")))
    title = view(state.choice("view")).title
    return panel._replace(view=state.choice("view"), by=by, rows=rows, title=title, unit=title.lower())


def ask(panel: Panel, question: Question) -> ranking.RankingAnswer:
    """Ask for a page of keys, of those that have the chosen text in them, and for the same in the period before."""
    panel, start, find = chosen(panel, question.state), first(panel, question.state), question.state.choice(FIND)
    single_hits = panel.by == "visitors" or question.state.choice("split") != "none"  # the table beside is exact
    count = _LISTED_KEYS if find else min(start + panel.rows, _LISTED_KEYS)
    found = ranking.ask(panel._replace(rows=count), question, exact=single_hits)
    rows = tuple(row for row in found.rows if find.casefold() in row.key.casefold())
    shown = rows[start : start + panel.rows]
    keys = len(rows) if find else found.keys
    return found._replace(rows=shown, keys=keys, before=ranking.before(panel, question, shown))


def first(panel: Panel, state: "PageState") -> int:
    """Return after how many keys those that are shown begin; a file has all of them."""
    text = state.choice(FIRST)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return number if panel.rows <= int(STEPS[-1]) else 0


def show(
    panel: Panel, answer: ranking.RankingAnswer, _before: ranking.RankingAnswer | None, state: "PageState"
) -> Props:
    """Draw the heads and the rows."""
    panel = chosen(panel, state)
    rows, note = answer.rows, ranking.note(panel, answer, state)
    if answer.error and "visitors" in _columns(panel, answer):
        note = " · ".join(filter(None, (note, f"≈ visitors ± {100 * answer.error:.1f} % standard error")))
    largest = max((getattr(row, panel.by) or 0 for row in rows), default=1)
    below = [node("span", each) for each in (_which(panel, answer, state), note) if each]
    return {
        f"{panel.name}-title": {"children": f"{panel.title} by {CHARTED[panel.by].upper.name}"},
        **drawn(f"{panel.name}-heads", [_heads(panel, answer, state)]),
        **drawn(f"{panel.name}-rows", [_row(panel, row, largest, answer, state) for row in rows]),
        **drawn(f"{panel.name}-note", [*below, *_more(panel, answer, state)]),
    }


def table(panel: Panel, answer: ranking.RankingAnswer) -> Table:
    """Return the keys and all their numbers."""
    return ranking.table(panel._replace(view="key"), answer)


def _heads(panel: Panel, answer: ranking.RankingAnswer, state: "PageState") -> Node:
    heads = [node("th", panel.title, scope="col")]
    for name in _columns(panel, answer):
        title, at = ranking.COLUMNS[name].title, next((each for each in MEASURES if each == name), None)
        href = state.href(choices=state.chosen(measure=name, first=""))
        content = node("a", title, href=href, title=f"Order by {title.lower()}") if at else title
        heads.append(node("th", content, scope="col", klass=_class(panel, name)))
    return node(
        "tr", *heads, *([node("th", "Change", scope="col", klass="number")] if answer.before is not None else [])
    )


def _row(panel: Panel, row: "Row", largest: int, answer: ranking.RankingAnswer, state: "PageState") -> Node:
    wanted = keys.filters(panel, row.key)
    label = text.label(row.key) or "(empty)"
    numbers = [
        node("td", ranking.COLUMNS[name].write(row, answer), klass=_class(panel, name))
        for name in _columns(panel, answer)
    ]
    now = getattr(row, panel.by) or 0
    numbers += [node("td", changed, klass="number") for changed in ranking.changed(panel, row, answer)]
    return node(
        "tr",
        node("th", keys.link(state, wanted, label, title=text.title(row.key)), scope="row"),
        *numbers,
        style={"--bar": f"{round(100 * now / max(largest, 1), 1)}%"},
        klass="chosen" if keys.is_chosen(state, wanted) else "",
    )


def _columns(panel: Panel, answer: ranking.RankingAnswer) -> tuple[str, ...]:
    """Return the numbers that are shown: visitors where the view counts them."""
    counted = panel.by == "visitors" or any(row.visitors is not None for row in answer.rows)
    return _COLUMNS if counted else _COLUMNS[:-1]


def _class(panel: Panel, name: str) -> str:
    """Return the class of a column: on a small screen those that are `minor` go first."""
    return f"number {'by' if name == panel.by else 'minor' if name != 'share' else 'share'}"


def _which(panel: Panel, answer: ranking.RankingAnswer, state: "PageState") -> str:
    """Say which of all keys are shown."""
    start, shown, find = first(panel, state), len(answer.rows), state.choice(FIND)
    if not (find or start or answer.keys > shown):
        return ""
    which = f"{text.count(start + 1)}\u2013{text.count(start + shown)}" if start else text.count(shown)
    having = f" with “{text.label(text.shortened(find, 40))}”" if find else ""
    return f"{which} of {text.count(answer.keys)} {panel.unit}{having}"


def _more(panel: Panel, answer: ranking.RankingAnswer, state: "PageState") -> list[Node]:
    """Return links to more keys at once, and to those before and after."""
    start, count = first(panel, state), panel.rows
    after = start + count < min(answer.keys, _LISTED_KEYS)
    larger = next((each for each in STEPS if int(each) > count and answer.keys > count), None)
    choices = (
        (f"Show {larger}", {"keys": larger or ""}, larger is not None),
        (f"Previous {count}", {FIRST: str(max(0, start - count) or "")}, start > 0),
        (f"Next {count}", {FIRST: str(start + count)}, after),
    )
    return [
        node("a", words, href=state.href(choices=state.chosen(**changes)), klass="more")
        for words, changes, possible in choices
        if possible
    ]


KIND = PanelType(frame, ask, show, table)
