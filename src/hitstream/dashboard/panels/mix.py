"""The status mix: the classes of answers as one bar of parts, and the codes they are made of."""

from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels import keys
from hitstream.dashboard.panels.contract import Kind, Panel, Props, Question, Table
from hitstream.dashboard.panels.rows import body
from hitstream.query import Filter

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import State

CLASSES: dict[str, str] = {
    "2": "2xx success",
    "3": "3xx redirect",
    "4": "4xx client error",
    "5": "5xx server error",
    "": "other",
}
"""First digit of a status → its class in words. Its colour is `--status-DIGIT` in the style sheet, everywhere."""

_EVERY_CODE = 1000


class Part(NamedTuple):
    """A class in the bar, or a code in the list below."""

    digit: str
    name: str
    words: str
    hits: str
    share: str
    percent: float


class Answer(NamedTuple):
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


def ask(panel: Panel, question: Question) -> Answer:
    """Ask for every status code; the classes are sums of them."""
    rows = question.top(panel, _EVERY_CODE).rows
    sums = dict.fromkeys(CLASSES, 0)
    for row in rows:
        sums[_digit(row.key)] += row.hits
    return Answer(
        tuple((digit, hits) for digit, hits in sums.items() if hits or digit),
        tuple((row.key, row.hits) for row in rows),
    )


def show(panel: Panel, answer: Answer, before: Answer | None, state: "State") -> Props:
    """Change the parts that changed."""
    classes, codes = _parts(panel, answer)
    old = _parts(panel, before) if before else (None, None)
    return {
        f"{panel.name}-bar": {"children": body(classes, old[0], _segment)},
        f"{panel.name}-classes": {"children": body(classes, old[0], lambda part: _legend(part, state))},
        f"{panel.name}-rows": {"children": body(codes, old[1], lambda part: _code(panel, part, state))},
    }


def table(_panel: Panel, answer: Answer) -> Table:
    """Return the hits of every code."""
    return Table(("status", "hits"), list(answer.codes))


def class_filters(digit: str) -> tuple[Filter, ...]:
    """Return what the answers of a class have in common."""
    if not digit:
        return ()
    return Filter("status", ">=", f"{digit}00"), Filter("status", "<", f"{int(digit) + 1}00")


def _parts(panel: Panel, answer: Answer) -> tuple[list[Part], list[Part]]:
    whole = sum(hits for _, hits in answer.classes)
    classes = [_part(digit, CLASSES[digit], "", hits, whole) for digit, hits in answer.classes]
    shown = answer.codes[: panel.rows]
    return classes, [_part(_digit(code), code, text.status(code), hits, whole) for code, hits in shown]


def _digit(code: str) -> str:
    return code[0] if len(code) == 3 and code[0] in CLASSES else ""


def _part(digit: str, name: str, words: str, hits: int, whole: int) -> Part:
    percent = round(100 * hits / whole, 2) if whole else 0.0
    return Part(digit, name, words, text.count(hits), text.share(hits, whole), percent)


def _segment(part: Part) -> "Component":
    from dash import html

    # A class that is there stays visible, however small its share.
    least = "3px" if part.percent else "0"
    style = {"flexGrow": part.percent, "flexBasis": least}
    return html.Div(className=f"status-{part.digit or 'x'}", style=style)


def _swatch(part: Part) -> "Component":
    from dash import html

    return html.I(className=f"swatch status-{part.digit or 'x'}")


def _legend(part: Part, state: "State") -> "Component":
    from dash import html

    name = keys.link(state, class_filters(part.digit), html.Span(part.name), part.name)
    return html.Li([_swatch(part), name, html.Span(part.hits, className="quiet"), html.B(part.share)])


def _code(panel: Panel, part: Part, state: "State") -> "Component":
    from dash import html

    label = text.label(part.name)
    said = f"{label} {part.words}"
    words = [_swatch(part), html.B(label), html.Span(part.words)]
    name = html.Th(keys.link(state, keys.filters(panel, part.name), words, said), scope="row")
    chosen = keys.is_chosen(state, keys.filters(panel, part.name))
    return html.Tr([name, html.Td(part.hits, className="number")], className="chosen" if chosen else "")


KIND = Kind(frame, ask, show, table)
