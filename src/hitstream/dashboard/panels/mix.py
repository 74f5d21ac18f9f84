"""The status mix: the classes of answers as one bar of parts, and the codes they are made of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels import keys
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.query import Filter

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState

CLASSES: dict[str, str] = {
    "2": "2xx success",
    "3": "3xx redirect",
    "4": "4xx client error",
    "5": "5xx server error",
    "": "other",
}
"""First digit of a status → its class in words. Its colour is `--status-DIGIT` in the style sheet, everywhere."""

_EVERY_CODE = 1000


class MixRow(NamedTuple):
    """A class in the bar, or a code in the list below."""

    digit: str
    name: str
    words: str
    hits: str
    share: str
    percent: float


class MixAnswer(NamedTuple):
    """What the status mix shows: hits by class and by code, the most frequent first."""

    classes: tuple[tuple[str, int], ...]
    codes: tuple[tuple[str, int], ...]


def frame(panel: Panel) -> "list[Component]":
    """Make an empty bar, and an empty table below."""
    from dash import html

    heads = [html.Th("Status", scope="col"), html.Th("Requests", scope="col")]
    table = html.Table(
        [
            html.Caption("Status codes", className="unseen"),
            html.Thead(html.Tr(heads), className="unseen"),
            html.Tbody(id=f"{panel.name}-rows"),
        ],
        className="codes",
    )
    return [
        html.Div(id=f"{panel.name}-bar", className="mix", **aria(hidden="true")),
        html.Ul(id=f"{panel.name}-classes", className="legend"),
        table,
    ]


def ask(panel: Panel, question: Question) -> MixAnswer:
    """Ask for every status code with any of the panel's measure; the classes are sums of them."""
    rows = [row for row in question.top(panel, _EVERY_CODE, panel.by).rows if getattr(row, panel.by)]
    sums = dict.fromkeys(CLASSES, 0)
    for row in rows:
        sums[_digit(row.key)] += row.hits
    return MixAnswer(
        tuple((digit, hits) for digit, hits in sums.items() if hits or (digit and panel.by == "hits")),
        tuple((row.key, row.hits) for row in rows),
    )


def show(panel: Panel, answer: MixAnswer, _before: MixAnswer | None, state: "PageState") -> Props:
    """Draw the bar, the classes and the codes."""
    classes, codes = _parts(panel, answer)
    return {
        **drawn(f"{panel.name}-bar", [_segment(part) for part in classes if part.percent]),
        **drawn(f"{panel.name}-classes", [legend(part, state) for part in classes]),
        **drawn(f"{panel.name}-rows", [_code(panel, part, state) for part in codes]),
    }


def table(_panel: Panel, answer: MixAnswer) -> Table:
    """Return the hits of every code."""
    return Table(("status", "hits"), list(answer.codes))


def class_filters(digit: str) -> tuple[Filter, ...]:
    """Return what the answers of a class have in common."""
    return (Filter("status", "=", f"{digit}xx"),) if digit else ()


def _parts(panel: Panel, answer: MixAnswer) -> tuple[list[MixRow], list[MixRow]]:
    whole, shown = sum(hits for _, hits in answer.classes), answer.codes[: panel.rows]
    return class_parts(answer.classes), [
        _part(_digit(code), code, text.status(code), hits, whole) for code, hits in shown
    ]


def class_parts(classes: Sequence[tuple[str, int]]) -> list[MixRow]:
    """Return what is shown of hits by class."""
    whole = sum(hits for _, hits in classes)
    return [_part(digit, CLASSES[digit], "", hits, whole) for digit, hits in classes]


def _digit(code: str) -> str:
    return code[0] if len(code) == 3 and code[0] in CLASSES else ""


def _part(digit: str, name: str, words: str, hits: int, whole: int) -> MixRow:
    percent = round(100 * hits / whole, 2) if whole else 0.0
    return MixRow(digit, name, words, text.count(hits), text.share(hits, whole), percent)


def _segment(part: MixRow) -> Node:
    # A class that is there stays visible, however small its share.
    style = {"flex-grow": f"{part.percent}", "flex-basis": "3px"}
    return node("div", klass=f"status-{part.digit or 'x'}", style=style)


def _swatch(part: MixRow) -> Node:
    return node("i", klass=f"swatch status-{part.digit or 'x'}")


def legend(part: MixRow, state: "PageState") -> Node:
    """Draw a class: its colour, its name as a filter, its hits and their share."""
    name = keys.link(state, class_filters(part.digit), part.name, title=part.name)
    return node("li", _swatch(part), name, node("span", part.hits, klass="quiet"), node("b", part.share))


def _code(panel: Panel, part: MixRow, state: "PageState") -> Node:
    label, wanted = text.label(part.name), keys.filters(panel, part.name)
    words = (_swatch(part), node("b", label), node("span", part.words))
    name = keys.link(state, wanted, *words, title=f"{label} {part.words}")
    chosen = "chosen" if keys.is_chosen(state, wanted) else ""
    return node("tr", node("th", name, scope="row"), node("td", part.hits, klass="number"), klass=chosen)


KIND = PanelType(frame, ask, show, table)
