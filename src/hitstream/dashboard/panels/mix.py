"""The status mix: the classes of answers as one bar of parts, and the codes they are made of."""

from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels.contract import Kind, Panel, Props, Question
from hitstream.dashboard.panels.rows import body

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.query import Query

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
    """What the status mix shows."""

    classes: tuple[Part, ...]
    codes: tuple[Part, ...]


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
        html.P(panel.empty, id=f"{panel.name}-empty", className="empty", hidden=True),
    ]


def ask(query: "Query", panel: Panel, question: Question) -> Answer:
    """Ask for every status code; the classes are sums of them."""
    rows = query.top(panel.view, *question.window, k=_EVERY_CODE).rows
    whole = sum(row.hits for row in rows)
    sums = dict.fromkeys(CLASSES, 0)
    for row in rows:
        sums[_digit(row.key)] += row.hits
    classes = [_part(digit, CLASSES[digit], "", hits, whole) for digit, hits in sums.items() if hits or digit]
    codes = [_part(_digit(row.key), row.key, text.status(row.key), row.hits, whole) for row in rows[: panel.rows]]
    return Answer(tuple(classes), tuple(codes))


def show(panel: Panel, answer: Answer, before: Answer | None) -> Props:
    """Change the parts that changed."""
    old = before or Answer((), ())
    return {
        f"{panel.name}-bar": {"children": body(answer.classes, old.classes, _segment)},
        f"{panel.name}-classes": {"children": body(answer.classes, old.classes, _legend)},
        f"{panel.name}-rows": {"children": body(answer.codes, before and old.codes, _code)},
        f"{panel.name}-empty": {"hidden": bool(answer.codes)},
    }


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


def _legend(part: Part) -> "Component":
    from dash import html

    swatch = html.I(className=f"swatch status-{part.digit or 'x'}")
    return html.Li([swatch, html.Span(part.name), html.B(part.share)])


def _code(part: Part) -> "Component":
    from dash import html

    swatch = html.I(className=f"swatch status-{part.digit or 'x'}")
    name = html.Th([swatch, html.B(part.name), html.Span(part.words)], scope="row", title=f"{part.name} {part.words}")
    return html.Tr([name, html.Td(part.hits, className="number")])


KIND = Kind(frame, ask, show)
