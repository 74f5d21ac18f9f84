"""What a page, a panel and a kind of panels are; and what all panels of a page are asked about at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from hitstream.dashboard.ranges import EVERYTHING, Stretch, Window, latest, moved, previous, window

if TYPE_CHECKING:
    from dash import Dash
    from dash.development.base_component import Component

    from hitstream.dashboard.feed import Feed
    from hitstream.dashboard.state import PageState
    from hitstream.query import Filter, Query
    from hitstream.query.answers import SeriesAnswer, TopAnswer, Totals
    from hitstream.query.cells import Measure
    from hitstream.views.table import Grain

Answer = TypeVar("Answer")

Props = dict[str, dict[str, Any]]
"""Component id → property → value (or a `dash.Patch` of it)."""


class Panel(NamedTuple):
    """A part of a page: what it shows (a view), and how (a kind)."""

    name: str
    """Of its own among all panels of all pages: it begins the ids of the panel's components."""
    title: str
    view: str
    """Empty where it shows no hits but what the pipeline tells of itself."""
    kind: str
    width: int
    """Of the twelve columns of a wide page."""
    rows: int = 10
    columns: tuple[str, ...] = ()
    """For a ranking: the numbers beside each key, by name."""
    unit: str = ""
    """What its keys are called, in the plural."""
    empty: str = "Nothing in this time."
    missing: str = ""
    """What is said where the log has no such column at all; such a panel folds to a line."""
    where: "tuple[Filter, ...]" = ()
    """What its hits have in common besides; links of its rows filter by it too."""
    by: "Measure" = "hits"
    """What its keys are ordered by; those that have none of it are left out."""


class Page(NamedTuple):
    """A row of `PAGES`: from it follow the page's place in the navigation, its address, and what it asks."""

    name: str
    path: str
    title: str
    icon: str
    """Class `icon-...` of the style sheet."""
    panels: tuple[Panel, ...]
    choices: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - nobody changes it
    """What the page lets choose in its address, by name: the values there are, the first the usual one; none: any."""
    fleeting: frozenset[str] = frozenset()
    """Those of the choices that end where another time or other filters are chosen."""
    slow: bool = False
    """Whether it looks at single hits even without a filter, so that its questions should not go before others."""
    whole: bool = False
    """Whether it speaks of the whole data directory, even one without hits, whatever the time and the filters."""
    now: bool = False
    """Whether it shows what comes now, whatever time is chosen elsewhere."""
    every: int = 60
    """Seconds after which it is asked again where no line came."""
    head: "Callable[[], Sequence[Component]] | None" = None
    """Makes what stands above the panels."""
    turn: "Callable[[PageState], Props] | None" = None
    """Sets what stands above the panels to a state: links, chosen values."""
    connect: "Callable[[Dash, Feed], None] | None" = None
    """Registers callbacks of its own."""
    news: bool = False
    """Whether it says, while it is paused, how many hits have come."""
    summary: "Callable[[dict[str, Any], PageState], str] | None" = None
    """Writes the sentence that screen readers are told once a minute, of the panels' answers."""


@dataclass
class Question:
    """What all panels of a page are asked about at once; what several of them need is asked for once."""

    query: "Query"
    state: "PageState"
    now: float
    data: str = "DIR"
    """What the data directory is called, for commands."""
    _known: dict[Any, Any] = field(default_factory=dict)

    @property
    def stretch(self) -> Stretch:
        """The range or span that is shown."""
        return self.state.range or EVERYTHING

    @property
    def where(self) -> "tuple[Filter, ...]":
        """The filters."""
        return self.state.where

    @property
    def window(self) -> Window:
        """The time that is shown."""
        return window(self.stretch, self.latest, self.state.tz)

    @property
    def latest(self) -> float:
        """The instant that ranges end at: now, or the last hit of a log that has ended."""
        return latest(self.span, self.now)

    @property
    def span(self) -> tuple[int, int] | None:
        """The seconds of the first and the last hit."""
        return self.once("span", self.query.span)

    @property
    def before(self) -> Window | None:
        """The period before, None for open ends; of one that is not over only as much as has passed of it."""
        return previous(self.stretch, self.latest, self.state.tz)

    @property
    def whole_before(self) -> Window | None:
        """The whole period before, None for open ends."""
        return moved(self.stretch, self.latest, self.state.tz)

    @property
    def totals(self) -> "Totals":
        """The sums of the hits shown."""
        return self.once("totals", lambda: self.query.totals(*self.window, where=self.where))

    @property
    def totals_before(self) -> "Totals | None":
        """The sums of the period before; None where there is none, or where the log begins in it."""
        before, span = self.before, self.span
        if before is None or before.start is None or span is None or span[0] > before.start:
            return None
        return self.once("before", lambda: self.query.totals(*before, where=self.state.where))

    @property
    def series(self) -> "SeriesAnswer":
        """The traffic over time, as fine as it is kept."""
        return self.once("series", lambda: self.query.series("traffic", *self.window, where=self.where))

    def series_by(self, grain: "Grain") -> "SeriesAnswer":
        """Return the traffic over time by another grain."""
        ask = lambda: self.query.series("traffic", *self.window, grain, self.where)  # noqa: E731
        return self.series if grain == self.series.grain else self.once(("series", grain), ask)

    def begun(self, series: "SeriesAnswer") -> tuple[int, int]:
        """Return which points of a series may have hits: those that began; of everything none after the last hit."""
        last = max(1, (int(self.now) - series.start) // series.step + 1)
        if self.window.start is not None:
            return 0, min(last, len(series.hits))
        filled = [at for at, hits in enumerate(series.hits) if hits] or [0]
        return filled[0], filled[-1] + 1

    def top(self, panel: Panel, k: int, by: "Measure" = "hits", *, exact: bool = False) -> "TopAnswer":
        """Return the largest keys of a panel's view, where `exact` with no visitors that are estimated."""
        where = (*self.where, *panel.where)
        ask = lambda: self.query.top(panel.view, *self.window, k=k, by=by, where=where, exact=exact)  # noqa: E731
        return self.once((panel.view, panel.where, k, by, exact), ask)

    def once(self, name: Any, ask: Callable[[], Answer]) -> Answer:
        """Return what was asked for by that name, asking for it the first time."""
        if name not in self._known:  # functools.cached_property has one lock for all threads until Python 3.12
            self._known[name] = ask()
        answer: Answer = self._known[name]
        return answer


class Table(NamedTuple):
    """The numbers behind a panel, as they are exported. Times are seconds since 1970 UTC."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class PanelType(NamedTuple):
    """A way to show a view. What `ask` returns compares equal exactly when the panel would look the same."""

    frame: "Callable[[Panel], list[Component]]"
    """Make the body of the panel, before there is any answer."""
    ask: Callable[[Panel, Question], Any]
    """Ask `query/` for the panel's answer: plain, comparable data."""
    show: "Callable[[Panel, Any, Any, PageState], Props]"
    """Turn an answer into properties, as patches of the answer before it (None: there was none). The state is the
    viewer's: links are made by it, and times written in its zone."""
    table: Callable[[Panel, Any], Table]
    """Return the numbers of an answer; no rows where there is nothing to show."""
