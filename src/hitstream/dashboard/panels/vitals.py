"""How the pipeline stands at a glance: a tile a fact."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.dashboard.drawn import Node, drawn, node
from hitstream.dashboard.panels.contract import Panel, PanelType, Props, Question, Table

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState
    from hitstream.query import Health

WORDS: dict[str, str] = {"ok": "All is well", "stopped": "Stopped", "late": "Late", "failing": "Failing"}
"""A state of the pipeline in words; its colour is `.tone-STATE` of the style sheet."""


class Tile(NamedTuple):
    """A fact: what it is, its number (or the instant it is), a line below, and a state where it is one."""

    title: str
    number: str | float | None
    note: str = ""
    tone: str = ""


def frame(panel: Panel) -> "list[Component]":
    """Make the place of the tiles."""
    from dash import html

    return [html.Div(id=f"{panel.name}-tiles", className="vitals")]


def ask(_panel: Panel, question: Question) -> tuple[Tile, ...]:
    """Take the facts that the ingest told of itself."""
    health = question.once("health", lambda: question.query.health(question.now))
    return tuple(_tiles(health, question))


def show(panel: Panel, answer: tuple[Tile, ...], _before: object, state: "PageState") -> Props:
    """Draw the tiles, times in the viewer's zone."""
    return drawn(f"{panel.name}-tiles", [_tile(each, state) for each in answer])


def table(_panel: Panel, answer: tuple[Tile, ...]) -> Table:
    """Return the facts; instants in UTC."""
    rows = [(each.title, _written(each.number), each.note) for each in answer]
    return Table(("fact", "value", "note"), list(rows))


def ago(question: Question, then: float | None) -> str:
    """Write how long ago something was."""
    return "" if then is None else f"{text.length(max(0.0, question.now - then))} ago"


def _tiles(health: "Health", question: Question) -> Iterator[Tile]:
    facts, vitals = health.facts, health.facts.vitals
    running = f"{facts.writer} is running" if health.running else f"no {facts.writer} is running"
    yield Tile("State", WORDS[health.state], running, health.state)
    lines, octets = health.rate
    yield Tile("Lines a second", f"{lines:,.0f}", f"{text.size(int(octets))} a second")
    counts = facts.counts
    yield Tile("Lines read", text.count(counts.lines), f"{text.count(counts.bad)} bad · {text.size(counts.bytes)}")
    if vitals:
        behind = max((lag.seconds for lag in vitals.lags if lag.bytes), default=0.0)
        late = f"behind for {text.length(behind)}" if vitals.unread else "all sources are read"
        yield Tile("Not yet read", text.size(vitals.unread), late)
        yield Tile("Newest hit", vitals.newest, ago(question, vitals.newest))
        took = f"took {text.took(vitals.commit_seconds)} · batches: {text.count(vitals.batches)}"
        yield Tile("Last commit", vitals.last_commit, took if vitals.last_commit else "")
    yield Tile("Wait for the archive", text.count(facts.staged_hits), f"hits, {text.size(facts.staged_bytes)} packed")
    if vitals and vitals.archive:
        files = f"files: {text.count(vitals.archive.files)} · written {ago(question, vitals.archived) or 'earlier'}"
        yield Tile("Archive", text.size(vitals.archive.bytes), files)
    yield Tile("Database", text.size(facts.database_bytes), f"batches: {text.count(facts.cut.published)}")
    if facts.cut.coverage:
        reach = f"batches up to {text.count(facts.cut.coverage)} counted again"
        yield Tile("Batch layer", f"Generation {facts.cut.generation}", reach)
    state, why = health.audit
    yield Tile("Last audit", facts.audit.ended if facts.audit else "Never", why, "" if state == "ok" else state)


def _tile(each: Tile, state: "PageState") -> Node:
    number = text.minute(each.number, state.tz) if isinstance(each.number, (int, float)) else _written(each.number)
    note = text.visible(each.note)
    return node(
        "div",
        node("span", each.title, klass="quiet"),
        node("b", number, klass=f"tone-{each.tone}" if each.tone else ""),
        node("span", text.shortened(note, 160), title=note, klass="note"),
        klass="vital",
    )


def _written(number: str | float | None) -> str:
    if number is None:
        return "None yet"
    return number if isinstance(number, str) else text.moment(number)


KIND = PanelType(frame, ask, show, table)
