"""Whether what a page shows is what happens now, and if not, why."""

from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

from hitstream import text
from hitstream.query.health import START, data_option

if TYPE_CHECKING:
    from hitstream.query import Query
    from hitstream.query.health import Health

STALE_SECONDS = 300
"""Without a new hit for so long a page says so."""
_BEHIND_BYTES = 1 << 20
"""Unread bytes from which a page says how far the ingest is: a running one is always some lines behind."""


class Freshness(NamedTuple):
    """How new the newest hits are."""

    state: str
    """live, filling (what was written before is being read) or stale; of a page without numbers empty or error."""
    last: int | None = None
    """The second of the last hit, where nothing has come for a while."""
    why: str = ""
    """What keeps the page from being live, in words; empty for a live one."""


def freshness(query: "Query", now: float) -> Freshness:
    """Return how new the newest hits are."""
    health = query.health(now)
    if behind := _share_read(health):
        return Freshness("filling", None, behind)
    if query.totals(int(now - STALE_SECONDS) // 60 * 60, int(now) // 60 * 60 + 60).hits:
        return Freshness("live")
    span = query.span()
    return Freshness("stale", span[1] if span else None, _why_nothing_comes(health))


def badge(shown: Freshness, zone: tzinfo) -> str:
    """Write it in a few words."""
    if shown.state == "filling":
        return f"Reading what was written before: {shown.why}"
    if shown.state == "stale":
        since = f"No hit since {text.minute(shown.last, zone)}" if shown.last else "No hit yet"
        return f"{since}: {shown.why}"
    return {"live": "Live", "empty": "Waiting", "error": "No answer"}[shown.state]


def why_empty(query: "Query", now: float, where: str) -> str:
    """Say why there is no hit at all, and what to do."""
    bad, health = query.counts().bad, query.health(now)
    if bad:
        return (
            f"No hits yet, and {text.count(bad)} bad lines: is it the right format? "
            f"hitstream bad {data_option(health, where)} shows why they did not parse."
        )
    if health.running:
        return (
            f"No hits yet: the {health.facts.writer} is running and waits for lines, or has just begun. "
            "The first on a machine compiles its kernels, which takes some seconds."
        )
    start = START[health.facts.tier] + (f" --data {where}" if health.facts.tier == "embedded" else "")
    return f"No hits yet: is something coming in? To start: {start}"


def _share_read(health: "Health") -> str:
    """Write how much of its sources a running ingest has read; nothing where it has caught up."""
    vitals = health.facts.vitals
    if vitals is None or not health.running or vitals.unread < _BEHIND_BYTES:
        return ""
    return f"{text.size(vitals.unread)} to go"


def _why_nothing_comes(health: "Health") -> str:
    vitals = health.facts.vitals
    if vitals is None:
        return f"no {health.facts.writer} is running"
    if health.running:
        return "nothing new is written to the log"
    return f"the {health.facts.writer} {'failed' if vitals.problem else 'has ended'}"
