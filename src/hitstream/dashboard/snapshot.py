"""What the whole page shows at an instant, and what changes from one instant to the next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream import text
from hitstream.dashboard.panels import KINDS
from hitstream.dashboard.panels.contract import Panel, Props, Question
from hitstream.dashboard.ranges import RANGES, Range, window
from hitstream.errors import HitstreamError

if TYPE_CHECKING:
    from hitstream.query import Query

STALE = 300
"""Seconds without a new hit after which the page says so."""


class Snapshot(NamedTuple):
    """One consistent answer to all panels. Every viewer of a range is shown the same one."""

    choice: Range
    now: float
    state: str
    """live, stale, empty or error: the page's `data-state`."""
    badge: str
    message: str
    """What an empty or failing page says instead of numbers."""
    answers: dict[str, Any]
    """Panel name → what its kind's `ask` returned; none for a failing page."""
    serial: int = 0
    """Its number among all snapshots of a feed."""


def take(query: "Query", panels: Sequence[Panel], choice: Range, now: float, where: str) -> Snapshot:
    """Ask for everything that a range shows.

    Raises what `query` raises.
    """
    asked = window(choice, now)
    if not query.counts().hits:
        return Snapshot(choice, now, "empty", "Waiting", _nothing(query.counts().bad, where), {})
    question = Question(choice, asked, now, query.totals(*asked))
    answers = {panel.name: KINDS[panel.kind].ask(query, panel, question) for panel in panels}
    return Snapshot(choice, now, *_freshness(query, question), "", answers)


def failed(error: Exception, choice: Range, now: float) -> Snapshot:
    """Say what went wrong instead."""
    told = isinstance(error, HitstreamError)
    message = str(error) if told else f"{type(error).__name__}: {error}"
    return Snapshot(choice, now, "error", "No answer", f"{text.visible(message)} Trying again.", {})


def changes(new: Snapshot, old: Snapshot | None, panels: Sequence[Panel]) -> Props:
    """Return the properties to set so that a page that shows `old` (None: anything) shows `new`.

    What is `shown` is not set by a patch but moved on from `old`: where an update was lost, or made for another
    page, it does not come out as `expected`, and the page asks for everything.
    """
    if old is not None and old.choice != new.choice:
        old = None
    before = old.answers if old else {}
    props: Props = {"shown": {"data": _moved(new, old)}, "expected": {"data": new.serial}}
    if old is None or old[2:5] != new[2:5]:
        props |= _frame(new)
    if old is None or int(old.now) // 60 != int(new.now) // 60:
        props["summary"] = {"children": _summary(new)}
    for panel in panels:
        answer, shown = new.answers.get(panel.name), before.get(panel.name)
        if answer is not None and answer != shown:
            props |= KINDS[panel.kind].show(panel, answer, shown)
    return props


def _moved(new: Snapshot, old: Snapshot | None) -> Any:
    from dash import Patch

    if old is None:
        return new.serial
    patch = Patch()
    patch += new.serial - old.serial
    return patch


def _freshness(query: "Query", question: Question) -> tuple[str, str]:
    last = question.totals.last
    if last is None:
        last = (query.span() or (0, 0))[1]
    if question.now - last > STALE:
        return "stale", f"Nothing new since {text.minute(last)}"
    return "live", "Live"


def _nothing(bad: int, where: str) -> str:
    if bad:
        return (
            f"No hits yet, and {text.count(bad)} bad lines: is it the right format? "
            f"hitstream bad --data {where} shows why they did not parse."
        )
    return f"No hits yet: is something ingesting? To start: hitstream ingest PATH --follow --data {where}"


def _frame(new: Snapshot) -> Props:
    """Return what is not a panel: the state of the page, and which range is chosen."""
    links = {f"range-{choice.name}": {"className": "chosen" if choice == new.choice else ""} for choice in RANGES}
    return {
        "page": {"data-state": new.state},
        "badge": {"children": new.badge},
        "message": {"children": new.message},
        **links,
    }


def _summary(new: Snapshot) -> str:
    """Return the sentence that screen readers are told once a minute."""
    totals = new.answers.get("totals")
    if not totals:
        return new.message
    return (
        f"{totals['requests'].number} requests by {totals['visitors'].number} visitors {new.choice.words}, "
        f"{totals['errors'].number} errors. {new.badge}."
    )
