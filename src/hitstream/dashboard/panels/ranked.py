"""A ranking of the keys of a chosen view by a chosen measure, with all their numbers and how they changed."""

from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.panels import keys, ranking
from hitstream.dashboard.panels.contract import Kind, Panel, Props, Question, Table
from hitstream.dashboard.panels.figures import change
from hitstream.dashboard.panels.subjects import MEASURES as CHARTED
from hitstream.query.cells import Measure
from hitstream.views.table import view

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import State
    from hitstream.query.answers import Row

MEASURES: dict[Measure, str] = {"hits": "Requests", "bytes": "Sent", "errors": "Errors", "visitors": "Visitors"}
"""What keys can be ordered by → what it is called."""
STEPS = ("20", "100", "500")
"""How many keys can be shown."""
_COLUMNS = ("hits", "share", "bytes", "errors", "error_rate", "visitors")
_LOOKED_UP = 10_000
"""Keys of the period before among which those shown are found again."""


class Answer(NamedTuple):
    """A ranking, and what its keys had of the measure in the period before; None where nothing is compared."""

    ranking: ranking.Answer
    before: dict[str, int] | None


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


def chosen(panel: Panel, state: "State") -> Panel:
    """Return a panel with the view and the measure that are chosen."""
    by: Measure = next(each for each in MEASURES if each == state.choice("measure"))
    rows = max(panel.rows, int(state.choice("keys")))
    title = view(state.choice("view")).title
    return panel._replace(view=state.choice("view"), by=by, rows=rows, title=title, unit=title.lower())


def ask(panel: Panel, question: Question) -> Answer:
    """Ask for the first keys, and for the same in the period before."""
    panel = chosen(panel, question.state)
    single_hits = panel.by == "visitors" or question.state.choice("split") != "none"  # the table beside is exact
    found, old = ranking.ask(panel, question, exact=single_hits), question.before
    if not question.state.compare or old is None or question.totals_before is None:
        return Answer(found, None)
    top = question.query.top(panel.view, *old, k=_LOOKED_UP, by=panel.by, where=question.where)
    wanted = {row.key for row in found.rows}
    return Answer(found, {row.key: getattr(row, panel.by) or 0 for row in top.rows if row.key in wanted})


def show(panel: Panel, answer: Answer, _before: Answer | None, state: "State") -> Props:
    """Draw the heads and the rows."""
    panel = chosen(panel, state)
    rows, note = answer.ranking.rows, ranking.note(panel, answer.ranking, state)
    if answer.ranking.error and "visitors" in _columns(panel, answer):
        note = " · ".join(filter(None, (note, f"≈ visitors ± {100 * answer.ranking.error:.1f} % standard error")))
    largest = max((getattr(row, panel.by) or 0 for row in rows), default=1)
    more = _more(answer.ranking, state)
    return {
        f"{panel.name}-title": {"children": f"{panel.title} by {CHARTED[panel.by].upper.name}"},
        **drawn(f"{panel.name}-heads", [_heads(panel, answer, state)]),
        **drawn(f"{panel.name}-rows", [_row(panel, row, largest, answer, state) for row in rows]),
        **drawn(f"{panel.name}-note", [node("span", note), *more]),
    }


def table(panel: Panel, answer: Answer) -> Table:
    """Return the keys and all their numbers."""
    whole = ranking.table(panel._replace(view="key"), answer.ranking)
    if answer.before is None:
        return whole
    return Table((*whole.columns, "before"), [(*row, answer.before.get(row[0], 0)) for row in whole.rows])


def _heads(panel: Panel, answer: Answer, state: "State") -> Node:
    heads = [node("th", panel.title, scope="col")]
    for name in _columns(panel, answer):
        title, at = ranking.COLUMNS[name].title, next((each for each in MEASURES if each == name), None)
        href = state.href(choices=state.chosen(measure=name))
        content = node("a", title, href=href, title=f"Order by {title.lower()}") if at else title
        heads.append(node("th", content, scope="col", klass=_class(panel, name)))
    return node(
        "tr", *heads, *([node("th", "Change", scope="col", klass="number")] if answer.before is not None else [])
    )


def _row(panel: Panel, row: "Row", largest: int, answer: Answer, state: "State") -> Node:
    wanted = keys.filters(panel, row.key)
    label = text.label(row.key) or "(empty)"
    numbers = [
        node("td", ranking.COLUMNS[name].write(row, answer.ranking), klass=_class(panel, name))
        for name in _columns(panel, answer)
    ]
    now = getattr(row, panel.by) or 0
    if answer.before is not None:
        numbers.append(node("td", change(now, answer.before.get(row.key)) or "new", klass="number"))
    return node(
        "tr",
        node("th", keys.link(state, wanted, label, title=text.title(row.key)), scope="row"),
        *numbers,
        style={"--bar": f"{round(100 * now / max(largest, 1), 1)}%"},
        klass="chosen" if keys.is_chosen(state, wanted) else "",
    )


def _columns(panel: Panel, answer: Answer) -> tuple[str, ...]:
    """Return the numbers that are shown: visitors where the view counts them."""
    counted = panel.by == "visitors" or any(row.visitors is not None for row in answer.ranking.rows)
    return _COLUMNS if counted else _COLUMNS[:-1]


def _class(panel: Panel, name: str) -> str:
    """Return the class of a column: on a small screen those that are `minor` go first."""
    return f"number {'by' if name == panel.by else 'minor' if name != 'share' else 'share'}"


def _more(answer: ranking.Answer, state: "State") -> list[Node]:
    """Return a link to more keys, where there are any."""
    now = int(state.choice("keys"))
    steps = [each for each in STEPS if int(each) > now]
    if not steps or answer.keys <= now:
        return []
    return [node("a", f"Show {steps[0]}", href=state.href(choices=state.chosen(keys=steps[0])), klass="more")]


KIND = Kind(frame, ask, show, table)
