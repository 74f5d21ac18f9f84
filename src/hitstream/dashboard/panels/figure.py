"""The Plotly figure of one or two numbers over time, and what changes in it.

Its colours come from the style sheet, so that they follow light or dark without a word from the server.
"""

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream import text
from hitstream.dashboard.panels import time_axis

if TYPE_CHECKING:
    from hitstream.dashboard.panels.subjects import Bars

_TIME = {"showgrid": False, "tickangle": 0, "tickmode": "array", "tickvals": [], "ticklabelstandoff": 2}
_COUNT = {
    "rangemode": "tozero",
    "tickformat": ",~s",
    "fixedrange": True,
    "ticklabelstandoff": 4,
    "autorangeoptions": {"include": [0, 4]},  # no tick at half a request
}
_BYTE_TICKS = 5
_ROOM, _BYTE_ROOM = 44, 70
"""Pixels that the numbers on an axis have: to measure them, Plotly draws a whole figure twice."""


class Trace(NamedTuple):
    """A number: its name, what the legend says, its class in the style sheet."""

    name: str
    words: str
    swatch: str
    colour: str
    """What an image of the chart is drawn in; on the page the style sheet has its say."""
    column: str
    """What an export calls it."""
    octets: bool = False
    """Whether it counts bytes, which are written in powers of 1024."""


def figure(upper: Trace, lower: Trace | None = None) -> dict[str, Any]:
    """Return an empty figure; without a lower number the upper one has all the room."""
    axis = {"visible": False, "zeroline": False, "showline": False, "ticks": ""}
    below = {"yaxis2": {**axis, **_COUNT, "nticks": 3, "domain": [0, 0.24]}} if lower else {}
    return {
        "data": [
            trace_of_bars(upper, "y"),
            *([trace_of_bars(lower, "y2")] if lower else []),
            _line("in the period before", "y"),
        ],
        "layout": {
            "bargap": 0,
            "showlegend": False,
            "hovermode": "x",  # of the bar under the pointer `chart.js` tells
            "dragmode": "zoom",
            "margin": {"l": _ROOM, "r": 8, "t": 14, "b": 42},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "system-ui, sans-serif", "size": 12},
            "xaxis": {**axis, **_TIME, "anchor": "y2" if lower else "y"},
            "yaxis": {**axis, **_COUNT, "nticks": 5, "domain": [0.34 if lower else 0, 1]},
            **below,
        },
    }


def figure_changes(bars: "Bars", before: "Bars | None", zone: tzinfo, upper: Trace) -> Any:
    """Return a patch: of single bars where the axis stands, else of all bars; never of the whole figure."""
    from dash import Patch

    patch = Patch()
    same = before is not None and stands(bars, before)
    parts = ("upper", "lower", "before") if bars.lower else ("upper", "before")
    change_units(patch, upper, bars, before)
    for place, name in enumerate(parts):
        old = getattr(before, name) if before is not None and same else None
        change_values(patch["data"][place], getattr(bars, name), old, bars, is_line=name == "before")
    if not same:
        change_axes(patch, bars, zone, ("xaxis", "yaxis", "yaxis2")[: len(parts)])
    return patch


def stands(bars: "Bars", before: "Bars") -> bool:
    """Return whether two charts have the same bars, be they of other lengths."""
    return before[:2] == bars[:2] and len(before.upper) == len(bars.upper)


def change_values(
    trace: Any, values: Sequence[int], old: Sequence[int] | None, bars: "Bars", *, is_line: bool = False
) -> None:
    """Change the single values of a trace that differ from the `old` ones, else all of it."""
    if old is not None and len(old) == len(values):
        for at, (value, shown) in enumerate(zip(values, old, strict=True)):
            if value != shown:
                trace["y"][at] = value
        return
    trace["x"] = time_axis.middles(bars.start, bars.step, len(values))
    trace["y"] = list(values)
    if not is_line:
        trace["width"] = bars.step


def change_axes(patch: Any, bars: "Bars", zone: tzinfo, axes: Sequence[str]) -> None:
    """Set what the axis of time says, and what each bar stands for; show the axes."""
    patch["data"][0]["customdata"] = [*time_axis.spans(bars.start, bars.step, len(bars.upper), zone)]
    patch["layout"]["xaxis"].update(time_axis.axis(bars.start, bars.end, zone))
    for axis in axes:
        patch["layout"][axis]["visible"] = True


def change_units(patch: Any, upper: Trace, bars: "Bars", before: "Bars | None") -> None:
    """Set what the axis of numbers counts: bytes by powers of 1024."""
    if before is None:
        patch["data"][0]["name"] = upper.name
        patch["layout"]["margin"]["l"] = _BYTE_ROOM if upper.octets else _ROOM
    if upper.octets or before is None:
        patch["layout"]["yaxis"].update(_ticks(bars) if upper.octets else {"tickmode": "auto"})


def _ticks(bars: "Bars") -> dict[str, Any]:
    """Return where an axis of bytes has its ticks: Plotly itself counts them in powers of ten."""
    most = max((*bars.upper, *bars.before), default=0)
    steps = (digits * 1024**power for power in range(7) for digits in (1, 2, 5, 10, 20, 50, 100, 200, 500))
    step = next(each for each in steps if each * _BYTE_TICKS >= most)
    values = [*range(0, most + 1, step)]
    return {"tickmode": "array", "tickvals": values, "ticktext": [text.size(each) for each in values]}


def trace_of_bars(of: Trace, axis: str) -> dict[str, Any]:
    """Return a trace of bars without any yet."""
    return {
        "type": "bar",
        "name": of.name,
        "yaxis": axis,
        "x": [],
        "y": [],
        "width": 60,
        "marker": {"color": of.colour, "line": {"width": 0}},
        "hoverinfo": "none",
    }


def _line(name: str, axis: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": name,
        "mode": "lines",
        "yaxis": axis,
        "x": [],
        "y": [],
        "line": {"color": "#8a929c", "width": 1.5, "dash": "dot"},
        "hoverinfo": "none",
    }
