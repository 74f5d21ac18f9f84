"""The Plotly figure of one or two numbers over time, and what changes in it.

Its colours come from the style sheet, so that they follow light or dark without a word from the server.
"""

from datetime import tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream import text
from hitstream.dashboard import zones

if TYPE_CHECKING:
    from hitstream.dashboard.panels.subjects import Bars

_TIME = {
    "type": "date",
    "showgrid": False,
    "tickangle": 0,
    "ticklabelstandoff": 2,
    "hoverformat": "%a %-d %b %Y, %H:%M",
    "tickformatstops": [
        {"dtickrange": [None, 43_200_000], "value": "%H:%M\n%-d %b"},
        {"dtickrange": [43_200_001, "M1"], "value": "%-d %b\n%Y"},
        {"dtickrange": ["M1", None], "value": "%b\n%Y"},
    ],
}
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
        "data": [_bars(upper, "y"), *([_bars(lower, "y2")] if lower else []), _line("before", "y")],
        "layout": {
            "bargap": 0,
            "showlegend": False,
            "hovermode": "x unified",
            "hoversubplots": "axis",
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
    same = before is not None and before[:2] == bars[:2] and len(before.upper) == len(bars.upper)
    parts = ("upper", "lower", "before") if bars.lower else ("upper", "before")
    if before is None:
        patch["data"][0]["hovertemplate"] = _hover(upper)
        patch["layout"]["margin"]["l"] = _BYTE_ROOM if upper.octets else _ROOM
    for place, name in enumerate(parts):
        trace, values = patch["data"][place], getattr(bars, name)
        old = getattr(before, name) if before is not None and same else ()
        if same and len(old) == len(values):
            for at, (value, shown) in enumerate(zip(values, old, strict=True)):
                if value != shown:
                    trace["y"][at] = value
        else:
            trace["x"] = _times(bars, zone, bars.step // 2 if name == "before" else 0)[: len(values)]
            trace["y"] = list(values)
            if name != "before":
                trace["width"] = 1000 * bars.step
    if upper.octets or before is None:
        patch["layout"]["yaxis"].update(_ticks(bars) if upper.octets else {"tickmode": "auto"})
    if not same:
        start, end = (1000 * (at + zones.offset(at, zone)) for at in (bars.start, bars.end))
        patch["layout"]["xaxis"]["range"] = [start, end]
        for axis in ("xaxis", "yaxis", "yaxis2")[: len(parts)]:
            patch["layout"][axis]["visible"] = True
    return patch


def _ticks(bars: "Bars") -> dict[str, Any]:
    """Return where an axis of bytes has its ticks: Plotly itself counts them in powers of ten."""
    most = max((*bars.upper, *bars.before), default=0)
    steps = (digits * 1024**power for power in range(7) for digits in (1, 2, 5, 10, 20, 50, 100, 200, 500))
    step = next(each for each in steps if each * _BYTE_TICKS >= most)
    values = [*range(0, most + 1, step)]
    return {"tickmode": "array", "tickvals": values, "ticktext": [text.size(each) for each in values]}


def _times(bars: "Bars", zone: tzinfo, later: int) -> list[int]:
    """Return where the bars begin: milliseconds as a clock of the zone shows them, since Plotly knows no zones."""
    starts = range(bars.start, bars.end, bars.step)
    return [1000 * (start + later + zones.offset(start, zone)) for start in starts]


def _bars(of: Trace, axis: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "yaxis": axis,
        "x": [],
        "y": [],
        "offset": 0,
        "width": 60_000,
        "marker": {"color": of.colour, "line": {"width": 0}},
        "hovertemplate": _hover(of),
    }


def _hover(of: Trace) -> str:
    return f"%{{y:,}} {of.name}<extra></extra>"


def _line(words: str, axis: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "yaxis": axis,
        "x": [],
        "y": [],
        "line": {"color": "#8a929c", "width": 1.5, "dash": "dot"},
        "hovertemplate": f"%{{y:,}} {words}<extra></extra>",
    }
