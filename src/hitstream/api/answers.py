"""Answers that are tables: Arrow within, an inert table in a notebook, a chart on demand.

pandas takes them by `answer.arrow.to_pandas()`, others by Arrow's C stream: `polars.DataFrame(answer)`.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from hitstream.api import charts, shown
from hitstream.query import answers
from hitstream.query.cells import Measure
from hitstream.text import count

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import pyarrow as pa

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class ResultTable:
    """What the tables have in common."""

    @cached_property
    def arrow(self) -> "pa.Table":
        """The rows as an Arrow table."""
        import pyarrow as pa

        return pa.table(self._columns())

    def _columns(self) -> dict[str, Any]:
        raise NotImplementedError

    def _title(self) -> str:
        raise NotImplementedError

    def __len__(self) -> int:
        return int(self.arrow.num_rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.arrow.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return shown.as_text(self.arrow, self._title())

    def _repr_html_(self) -> str:
        return shown.as_html(self.arrow, self._title())


class Series(ResultTable):
    """Traffic over time; columns `time` (start of the bucket, UTC), `hits`, `bytes`, `errors`, `visitors`."""

    def __init__(self, found: answers.SeriesAnswer, key: str | None = None) -> None:
        self.found = found
        """The same as plain numbers."""
        self.key = key

    def _columns(self) -> dict[str, Any]:
        import pyarrow as pa

        found = self.found
        starts = pa.array(range(found.start, found.start + len(found.hits) * found.step, found.step), pa.int64())
        measures = (
            ("hits", found.hits),
            ("bytes", found.bytes),
            ("errors", found.errors),
            ("visitors", found.visitors),
        )
        times = starts.cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC"))
        return {"time": times, **{name: pa.array(numbers, pa.int64()) for name, numbers in measures}}

    def _title(self) -> str:
        return f"{self.found.view} by {self.found.grain}" + (f", {self.key}" if self.key is not None else "")

    def plot(self, measure: Measure = "hits") -> "go.Figure":
        """Return a chart of a measure over time.

        Raises:
            ConfigError: Plotly is not installed, or there is no such measure.
        """
        return charts.over_time(self.arrow, measure, self._title(), self.found.step)


class Top(ResultTable):
    """The largest keys of a view; columns `key`, `hits`, `bytes`, `errors`, `visitors`."""

    def __init__(self, found: answers.TopAnswer, by: Measure = "hits") -> None:
        self.found = found
        """The same as plain numbers, with what is not listed and how exact it is."""
        self.by = by

    def _columns(self) -> dict[str, Any]:
        import pyarrow as pa

        rows = self.found.rows
        measures = ("hits", "bytes", "errors", "visitors")
        numbers = {name: pa.array([getattr(row, name) for row in rows], pa.int64()) for name in measures}
        return {"key": pa.array([row.key for row in rows], pa.string()), **numbers}

    def _title(self) -> str:
        error = self.found.visitors_error
        notes = [f"{self.found.view}: {len(self.found.rows)} of {count(self.found.keys)} by {self.by}"]
        notes += [] if self.found.exact else ["lower bounds: a bucket held more keys than its bound"]
        notes += [f"visitors ±{error:.1%}"] if error else []
        return "; ".join(notes)

    def plot(self, measure: Measure | None = None) -> "go.Figure":
        """Return bars of a measure, by default the one that the keys are ordered by.

        Raises:
            ConfigError: Plotly is not installed, or there is no such measure.
        """
        return charts.by_key(self.arrow, measure or self.by, self._title())


class HeatMap(ResultTable):
    """Hits by weekday and hour of the day, UTC; columns `weekday` (Mon first), `hour`, `hits`."""

    def __init__(self, found: answers.HeatMapAnswer) -> None:
        self.found = found
        """The same as plain numbers: 7 rows of 24."""

    def _columns(self) -> dict[str, Any]:
        cells = [
            (day, hour, hits) for day, row in zip(DAYS, self.found.hits, strict=True) for hour, hits in enumerate(row)
        ]
        days, hours, hits = zip(*cells, strict=True)
        return {"weekday": list(days), "hour": list(hours), "hits": list(hits)}

    def _title(self) -> str:
        return "hits by weekday and hour, UTC"

    def plot(self) -> "go.Figure":
        """Return the week as a map of colours.

        Raises:
            ConfigError: Plotly is not installed.
        """
        return charts.week(self.found.hits, DAYS, self._title())
