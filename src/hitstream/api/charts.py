"""Charts of answers, by Plotly. It reads markup and formulas in texts, so a text of a log goes in as entities."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any, get_args

from hitstream.api.notebook import keep_charts_in_exports
from hitstream.errors import ConfigError
from hitstream.query.cells import Measure
from hitstream.text import label, shortened

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import pyarrow as pa

_COLOUR = "#4a7ebb"
_LONGEST = 48
"""Characters of a key beside its bar."""
_ROW = 24
"""Pixels that a bar and its gap take."""
_AROUND = 110
"""Pixels above and below the bars."""
_BARS = 400
"""Points up to which a series is drawn as bars."""


def over_time(table: "pa.Table", measure: str, title: str, step: int) -> "go.Figure":
    """Return a measure over time, by `step` seconds: bars, or an area where there are too many for bars."""
    go = _plotly()
    starts = table["time"].to_pylist()
    points = {
        "x": starts,
        "y": table[_known(measure)].to_pylist(),
        "name": measure,
        "customdata": [f"{start + timedelta(seconds=step):%Y-%m-%d %H:%M}" for start in starts],
        # a bar stands in the middle of its time, so that the one nearest to the pointer is the one under it
        "xperiod": 1000 * step,
        "xperiodalignment": "middle",
    }
    hover = f"%{{y:,}} {measure} until %{{customdata}}<extra></extra>"
    if table.num_rows > _BARS:
        trace = go.Scatter(
            **points,
            mode="lines",
            fill="tozeroy",
            line={"color": _COLOUR, "width": 1, "shape": "hvh"},
            hovertemplate=hover,
        )
    else:
        trace = go.Bar(**points, marker_color=_COLOUR, hovertemplate=hover)
    axes = {"yaxis": {"title": measure, "rangemode": "tozero"}, "xaxis": {"title": "UTC"}}
    return _figure([trace], title, **axes, bargap=0.1, hovermode="x unified")


def by_key(table: "pa.Table", measure: str, title: str) -> "go.Figure":
    """Return a bar a key, the first on top."""
    go = _plotly()
    places = list(range(table.num_rows))
    keys = [inert(shortened(label(key), _LONGEST)) for key in table["key"].to_pylist()]
    values = table[_known(measure)].to_pylist()
    bars = go.Bar(x=values, y=places, orientation="h", marker_color=_COLOUR, hovertemplate="%{x:,}<extra></extra>")
    axis = {"tickmode": "array", "tickvals": places, "ticktext": keys, "autorange": "reversed", "automargin": True}
    return _figure([bars], title, yaxis=axis, xaxis={"title": measure}, height=_AROUND + _ROW * max(len(keys), 4))


def week(rows: Sequence[Sequence[int]], days: Sequence[str], title: str) -> "go.Figure":
    """Return weekdays by hours, darker where there are more hits."""
    go = _plotly()
    hover = "%{y} %{x}:00, %{z:,} hits<extra></extra>"
    cells = go.Heatmap(z=rows, y=list(days), x=list(range(24)), colorscale="Blues", hovertemplate=hover, xgap=1, ygap=1)
    return _figure([cells], title, yaxis={"autorange": "reversed"}, xaxis={"title": "hour of the day, UTC", "dtick": 3})


def inert(text: str) -> str:
    """Return a text that Plotly draws as it is: neither its HTML nor its TeX is read."""
    return escape(text).replace("$", "&#36;")


def _figure(traces: "list[go.Bar]", title: str, **layout: object) -> "go.Figure":
    shape = {
        "template": "plotly_white",
        "margin": {"l": 60, "r": 20, "t": 50, "b": 50},
        "height": 360,
        "showlegend": False,
    }
    return _plotly().Figure(traces, {**shape, "title": inert(label(title)), **layout})


def _known(measure: str) -> str:
    if measure not in get_args(Measure):
        raise ConfigError(f"There is no measure {measure!r}.", "Measures: " + ", ".join(get_args(Measure)) + ".")
    return measure


def _plotly() -> Any:
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise ConfigError(
            f"Plotly is not installed: {error}.", "Install it: pip install 'hitstream[notebook]'."
        ) from error
    keep_charts_in_exports()
    return go
