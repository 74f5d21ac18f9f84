"""The totals: a number each, how it moved, its course as a small area, and a line that puts it into proportion."""

from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.markup import aria
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table
from hitstream.views.table import SECONDS

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState

FIGURES: dict[str, str] = {
    "requests": "Requests",
    "visitors": "Visitors",
    "sent": "Sent",
    "errors": "Error rate",
    "bad": "Bad lines",
}
"""Name → heading, in their order on the page."""
_PACES = {"second": 1} | SECONDS
"""What a pace is said by, in seconds: the shortest that has one request."""
POINTS = 60
"""Points of a course: as many as a tile is wide enough for."""


class Figure(NamedTuple):
    """A number as it is written, the line below it, its change, and its course."""

    value: float
    number: str
    note: str
    change: str = ""
    """Against the period before, in words; empty where there is none."""
    course: tuple[float, ...] = ()
    """From 0 to 1, from left to right."""
    tone: str = ""
    """Whether the change is good, bad or neither."""
    error: float = 0.0
    """The relative standard error of an estimate; 0 for an exact number."""


Answer = dict[str, Figure]


def frame(panel: Panel) -> "list[Component]":
    """Make the tiles, each with a dash for its number."""
    from dash import html

    return [html.Dl([_tile(panel, name, title) for name, title in FIGURES.items()], className="figures")]


def ask(_panel: Panel, question: Question) -> Answer:
    """Write the sums of the range; bad lines have no time, so theirs are of all lines ever read."""
    totals, counts, old = question.totals, question.query.counts(), question.totals_before
    series, error = question.series, question.totals.visitors_error
    people = [each or 0 for each in series.visitors]
    seen = slice(*question.begun(series))
    return {
        "requests": Figure(
            totals.hits,
            text.count(totals.hits),
            _pace(totals.hits, totals.first, totals.last),
            change(totals.hits, old and old.hits),
            course(series.hits[seen]),
        ),
        "visitors": Figure(
            totals.visitors or 0,
            text.estimate(totals.visitors or 0, estimated=bool(error)),
            f"± {100 * error:.1f} % standard error" if error else "distinct clients",
            change(totals.visitors, old and old.visitors),
            course(people[seen]),
            error=error,
        ),
        "sent": Figure(
            totals.bytes,
            text.size(totals.bytes),
            f"{text.size(totals.bytes // max(totals.hits, 1))} a request",
            change(totals.bytes, old and old.bytes),
            course(series.bytes[seen]),
        ),
        "errors": Figure(
            totals.errors / max(totals.hits, 1),
            text.share(totals.errors, totals.hits),
            f"{text.count(totals.errors)} answers of 4xx or 5xx",
            *_points(totals.errors, totals.hits, old and (old.errors, old.hits), course(series.errors[seen])),
        ),
        "bad": Figure(counts.bad, text.count(counts.bad), f"of {text.count(counts.lines)} lines read in all"),
    }


def show(panel: Panel, answer: Answer, before: Answer | None, _state: "PageState") -> Props:
    """Change the numbers that changed."""
    props: Props = {}
    for name, figure in answer.items():
        old = before[name] if before else None
        for part, value in _parts(panel, name, figure).items():
            if old is None or value != _parts(panel, name, old)[part]:
                props[part] = value
    return props


def table(_panel: Panel, answer: Answer) -> Table:
    """Return the numbers."""
    rows = [(name, figure.value, figure.error) for name, figure in answer.items()]
    return Table(("figure", "value", "standard_error"), list(rows))


def course(values: "list[int]") -> tuple[float, ...]:
    """Return a series as so many heights from 0 to 1."""
    each = -(-len(values) // POINTS) or 1
    means = [sum(values[at : at + each]) / len(values[at : at + each]) for at in range(0, len(values), each)]
    most = max(means, default=0)
    return tuple(round(mean / most, 3) for mean in means) if most and len(means) > 1 else ()


def area(heights: tuple[float, ...]) -> str:
    """Return a course as a CSS `clip-path`: an area that takes its colour from the style sheet."""
    if not heights:
        return "polygon(0 100%, 100% 100%, 100% 97%, 0 97%)"
    last = len(heights) - 1
    points = ", ".join(f"{100 * at / last:.1f}% {97 - 97 * height:.1f}%" for at, height in enumerate(heights))
    return f"polygon(0% 100%, {points}, 100% 100%)"


def _parts(panel: Panel, name: str, figure: Figure) -> Props:
    place = f"{panel.name}-{name}"
    return {
        place: {"children": figure.number},
        f"{place}-note": {"children": figure.note},
        f"{place}-change": {"children": figure.change, "className": f"change {figure.tone}"},
        f"{place}-course": {"style": {"clip-path": area(figure.course)}},
    }


def _tile(panel: Panel, name: str, title: str) -> "Component":
    from dash import html

    place = f"{panel.name}-{name}"
    number = html.Dd("\u2013", id=place, className="big")
    change = html.Dd(id=f"{place}-change", className="change")
    note = html.Dd("\u00a0", id=f"{place}-note", className="note")
    area = html.Dd(html.Div(id=f"{place}-course", className="area"), className="course", **aria(hidden="true"))
    return html.Div([html.Dt(title), number, change, note, area], className=f"figure figure-{name}")


def change(now: int | None, before: int | None) -> str:
    """Write a change in percent; of nothing there is none."""
    if now is None or not before:
        return ""
    percent = 100 * (now - before) / before
    if abs(percent) >= 1000:
        return f"{now / before:,.0f} times"
    return f"{text.signed(percent, 0 if abs(percent) >= 10 else 1)} %"


def _points(
    errors: int, hits: int, before: tuple[int, int] | None, heights: tuple[float, ...]
) -> tuple[str, tuple[float, ...], str]:
    """Write the change of a rate in points of percent: more is worse."""
    if not before or not before[1] or not hits:
        return "", heights, ""
    points = 100 * errors / hits - 100 * before[0] / before[1]
    tone = "bad" if points >= 0.1 else "good" if points <= -0.1 else ""
    return f"{text.signed(points, 1)} points", heights, tone


def _pace(hits: int, first: int | None, last: int | None) -> str:
    if first is None or last is None:
        return "none in this time"
    rate = hits / max(last - first, 1)
    unit, seconds = next((each for each in _PACES.items() if rate * each[1] >= 1), ("day", SECONDS["day"]))
    return f"{rate * seconds:,.1f} {'an' if unit == 'hour' else 'a'} {unit} on average"


KIND = PanelType(frame, ask, show, table)
