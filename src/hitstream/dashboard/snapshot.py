"""What the panels of a page show at an instant, and what changes from one instant to the next."""

from typing import TYPE_CHECKING, Any, NamedTuple

from hitstream import text
from hitstream.dashboard import time_controls
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.freshness import Freshness, badge, freshness, why_empty
from hitstream.dashboard.pages import page_named
from hitstream.dashboard.panels import KINDS
from hitstream.dashboard.panels.contract import Panel, Props, Question
from hitstream.dashboard.ranges import DAY, Span
from hitstream.dashboard.state import PageState
from hitstream.errors import ConfigError, HitstreamError

if TYPE_CHECKING:
    from hitstream.query import Query


class Word(NamedTuple):
    """What a panel says instead of numbers."""

    state: str
    """empty (nothing passes), missing (the log has no such column) or error: the panel's `data-state`."""
    text: str


class Elsewhere(NamedTuple):
    """What a page without hits says of those there are."""

    filtered: bool
    """Whether there are hits in this time that do not pass the filters."""
    last: int | None
    """The second of the last hit of all."""


class Snapshot(NamedTuple):
    """One consistent answer to all panels of a page. Every viewer of what was asked is shown the same one."""

    asked: PageState
    now: float
    freshness: Freshness
    """Its state, or "error", is the page's `data-state`."""
    message: str
    """What an empty or failing page says instead of numbers."""
    elsewhere: Elsewhere | None
    """Where there are hits, for a page that shows none."""
    answers: dict[str, Any]
    """Panel name → what its kind's `ask` returned; none for a failing page."""
    words: dict[str, Word]
    """Panel name → why it has nothing to show."""
    span: tuple[int, int] | None = None
    """The seconds of the first and the last hit; they move the time shown where the log has ended."""
    serial: int = 0
    """Its number among all snapshots of a feed."""

    @property
    def state(self) -> str:
        """Return the page's `data-state`."""
        return self.freshness.state


def take(query: "Query", asked: PageState, now: float, where: str) -> Snapshot:
    """Ask for everything that a state shows, of one state of the data.

    Raises what `query` raises.
    """
    with query.snapshot():
        return _taken(query, asked, now, where)


def _taken(query: "Query", asked: PageState, now: float, where: str) -> Snapshot:
    page = page_named(asked.page)
    if not query.counts().hits and not page.whole:
        return Snapshot(asked, now, Freshness("empty"), why_empty(query, now, where), None, {}, {})
    question = Question(query, asked, now, where or "DIR")
    answers: dict[str, Any] = {}
    words: dict[str, Word] = {}
    for panel in page.panels:
        try:
            answer = answers[panel.name] = KINDS[panel.kind].ask(panel, question)
            if not KINDS[panel.kind].table(panel, answer).rows:
                words[panel.name] = _why_empty(panel, question)
        except ConfigError as error:  # this cannot be asked like that; the other panels can
            words[panel.name] = Word("error", text.visible(str(error)))
    elsewhere = None if page.whole or page.now or question.totals.hits else _elsewhere(question)
    return Snapshot(asked, now, freshness(query, now), "", elsewhere, answers, words, question.span)


def failed(error: Exception, asked: PageState, now: float) -> Snapshot:
    """Say what went wrong instead."""
    told = isinstance(error, HitstreamError)
    message = str(error) if told else f"{type(error).__name__}: {error}"
    return Snapshot(asked, now, Freshness("error"), f"{text.visible(message)} Trying again.", None, {}, {})


def changes(new: Snapshot, old: Snapshot | None, state: PageState) -> Props:
    """Return the properties to set so that a page that shows `old` (None: anything) shows `new`, as `state` wants it.

    What is `shown` is not set by a patch but moved on from `old`: where an update was lost, or made for another
    page, it does not come out as `expected`, and the page asks for everything.
    """
    if old is not None and old.asked != new.asked:
        old = None
    props: Props = {"shown": {"data": _moved(new, old)}, "expected": {"data": new.serial}}
    if old is None or old[2:5] != new[2:5]:
        props["page"] = {"data-state": new.state}
        props["freshness"] = {"children": badge(new.freshness, state.tz)}
        props |= drawn("message", _message(new, state))
    if new.answers and (old is None or _shown(old, state) != _shown(new, state)):
        props |= _shown(new, state)
    if old is None or int(old.now) // 60 != int(new.now) // 60:
        props["summary"] = {"children": _summary(new, state)}
    for panel in page_named(new.asked.page).panels:
        props |= _panel_changes(panel, new, old, state)
    return props


def _panel_changes(panel: Panel, new: Snapshot, old: Snapshot | None, state: PageState) -> Props:
    props: Props = {}
    word = new.words.get(panel.name)
    if old is None or word != old.words.get(panel.name) or bool(old.answers) != bool(new.answers):
        unknown = old is None and not new.answers  # what the page shows is of another state, or nothing
        props[f"{panel.name}-panel"] = {"data-state": word.state if word else "unknown" if unknown else "ok"}
        props[f"{panel.name}-say"] = {"children": word.text if word else ""}
    answer, shown = new.answers.get(panel.name), old.answers.get(panel.name) if old else None
    if answer is not None and answer != shown:
        props |= KINDS[panel.kind].show(panel, answer, shown, state)
    return props


def _shown(each: Snapshot, state: PageState) -> Props:
    return time_controls.shown(each.span, each.now, state)


def _moved(new: Snapshot, old: Snapshot | None) -> Any:
    from dash import Patch

    if old is None:
        return new.serial
    patch = Patch()
    patch += new.serial - old.serial
    return patch


def _why_empty(panel: Panel, question: Question) -> Word:
    """Say why there is nothing, and what to do about it."""
    page = page_named(question.state.page)
    if page.whole or page.now:
        return Word("empty", panel.empty)
    if panel.missing and not question.once(("any", panel.view), lambda: question.query.top(panel.view, k=1).rows):
        return Word("missing", panel.missing)
    if question.where:
        return Word("empty", "None under these filters.")
    return Word("empty", panel.empty if question.totals.hits else "No hit in this time.")


def _elsewhere(question: Question) -> Elsewhere:
    """Look for the hits that a page without any leaves out."""
    filtered = bool(question.where) and question.query.totals(*question.window).hits > 0
    span = question.once("span", question.query.span)
    return Elsewhere(filtered, span[1] if span else None)


def _message(new: Snapshot, state: PageState) -> list[Node]:
    """Say why a page shows no numbers, with links to where there are some."""
    found = new.elsewhere
    if found is None:
        return [node("span", new.message)] if new.message else []
    links = []
    if found.filtered:
        links.append(node("a", "Without the filters", href=state.href(where=()), klass="more"))
    if found.last is not None:
        day = Span(found.last // DAY * DAY, found.last // DAY * DAY + DAY)
        links.append(node("a", "The day of the last hit", href=state.href(range=day), klass="more"))
    last = f"The last of all was at {text.minute(found.last, state.tz)}." if found.last is not None else ""
    none = "No hit in this time passes the filters." if state.where else "No hit in this time."
    return [node("span", f"{none} {last}".strip()), *links]


def _summary(new: Snapshot, state: PageState) -> str:
    """Return the sentence that screen readers are told once a minute."""
    page = page_named(new.asked.page)
    if new.message:
        return new.message
    said = page.summary(new.answers, state) if page.summary and new.answers else page.title
    return f"{said}. {badge(new.freshness, state.tz)}."
