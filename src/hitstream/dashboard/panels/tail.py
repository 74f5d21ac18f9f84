"""The newest requests as they come, the newest first: never more rows than a page can hold."""

from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard import zones
from hitstream.dashboard.drawn import drawn, same
from hitstream.dashboard.panels import hit, rate, rows
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState


class TailAnswer(NamedTuple):
    """The newest hits, and how many the last full second had."""

    hits: tuple[hit.Hit, ...]
    pace: int


def frame(panel: Panel) -> "list[Component]":
    """Make a line that says how much is shown, and an empty table below."""
    table, note = rows.log(panel)
    return [note, table]


def ask(panel: Panel, question: Question) -> TailAnswer:
    """Ask for the newest hits that pass."""
    found = hit.hits(question.query.newest(question.now, panel.rows, question.where))
    last = [classes[-2] for classes in rate.minute(question).hits]
    return TailAnswer(found, sum(last))


def show(panel: Panel, answer: TailAnswer, before: TailAnswer | None, state: "PageState") -> Props:
    """Draw the rows that are new; where more come than are shown, say so."""
    shown, known = text.count(len(answer.hits)), set(before.hits) if before else set()
    note = (
        f"Showing {shown} of {text.count(answer.pace)}/s" if answer.pace > len(answer.hits) else f"The newest {shown}"
    )
    names = hit.columns(answer.hits)
    if before and hit.columns(before.hits) != names:
        known = set()
    rows = [same(each.key) if each in known else hit.row(each, state, names) for each in answer.hits]
    return {
        **drawn(f"{panel.name}-heads", [hit.heads(names, zones.label(state.zone))]),
        **drawn(f"{panel.name}-rows", rows),
        f"{panel.name}-note": {"children": f"{note}; Explore has all of them, page by page."},
    }


def table(_panel: Panel, answer: TailAnswer) -> Table:
    """Return the hits."""
    return hit.table(answer.hits)


KIND = PanelType(frame, ask, show, table)
