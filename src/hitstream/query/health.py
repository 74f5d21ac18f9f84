"""How the pipeline stands: what an ingest told of itself, judged by a table of rules, a rule a stage."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from hitstream import text
from hitstream.store.contract import StoreVersion
from hitstream.store.ledger import Counts, FormatSection
from hitstream.telemetry import STAGES
from hitstream.vitals import AuditRecord, StageCounters, Vitals

State = Literal["ok", "late", "stopped", "failing"]
Tier = Literal["embedded", "cluster"]
STATES: tuple[State, ...] = ("ok", "stopped", "late", "failing")
"""From good to bad. Stopped is no fault: an ingest of finished files ends."""

BEAT_LATE = 15.0
"""Seconds without a beat after which a running ingest is called late; it beats every 5 s at the least."""
LAG_LATE = 30.0
"""Seconds for which a source was not read whole, after which reading is called late."""
COMMIT_LATE = 5.0
"""Seconds that a commit may take."""
ARCHIVE_LATE = 3.0
"""How many times the setting `archive_seconds` hits may wait."""
BAD_SHARE = 0.5
"""Share of bad lines from which parsing is called failing: it is the wrong format."""

START: dict[Tier, str] = {
    "embedded": "hitstream ingest PATH --follow",
    "cluster": "hitstream cluster start",
}
"""The command that starts what fills the cells."""

Verdict = tuple[State, str]
"""A state, and why in a sentence."""


class Facts(NamedTuple):
    """What is known of a pipeline at one moment."""

    counts: Counts
    reasons: Mapping[str, int]
    """Bad lines by reason."""
    cut: StoreVersion
    """Which batches count, and up to which the batch layer was recomputed."""
    staged_hits: int
    staged_bytes: int
    database_bytes: int
    vitals: Vitals | None
    audit: AuditRecord | None
    tier: Tier = "embedded"
    sections: tuple[FormatSection, ...] = ()
    """What was read of each source with each of its formats, by their names."""

    @property
    def writer(self) -> str:
        """Return what fills the cells is called."""
        return "stream" if self.tier == "cluster" else "ingest"


class StageHealth(NamedTuple):
    """A stage of `telemetry.STAGES`: its state, why, and its flow since the ingest began."""

    name: str
    state: State
    why: str
    flow: StageCounters


class Health(NamedTuple):
    """How a pipeline stands: the worst state of its stages and its audit, with reasons."""

    state: State
    reasons: tuple[str, ...]
    """A sentence for each thing that is late or failing."""
    running: bool
    """Whether an ingest runs now."""
    stages: tuple[StageHealth, ...]
    audit: Verdict
    facts: Facts
    now: float

    @property
    def rate(self) -> tuple[float, float]:
        """Return the lines and bytes committed in a second lately; none where no ingest is heard."""
        vitals, age = self.facts.vitals, self.beat_age
        if vitals is None or age is None or not self.running or age > BEAT_LATE:
            return 0.0, 0.0
        return vitals.lines_per_second, vitals.bytes_per_second

    @property
    def beat_age(self) -> float | None:
        """Return the seconds since the ingest last told of itself; None where none has."""
        vitals = self.facts.vitals
        return None if vitals is None else max(0.0, self.now - vitals.beat)


def data_option(health: Health, data: str) -> str:
    """Return the option by which a command finds what a health is of: the directory `data`, or the cluster."""
    return "--cluster" if health.facts.tier == "cluster" else f"--data {data}"


def judge(facts: Facts, now: float) -> Health:
    """Return how the facts look at a time, s since 1970."""
    ended = _ended(facts, now)
    flows = facts.vitals.flows if facts.vitals else {}
    stages = tuple(
        StageHealth(stage.name, *(ended or _RULES[stage.name](facts, now)), flows.get(stage.name, StageCounters()))
        for stage in STAGES
    )
    if ended is not None:  # what ended it, or the end itself, is said once, by the first stage
        stages = (stages[0], *(stage._replace(state="stopped", why="Nothing comes in.") for stage in stages[1:]))
    audit = _audit(facts, now)
    verdicts = [*((stage.state, stage.why) for stage in stages), audit]
    told = tuple(dict.fromkeys(why for state, why in verdicts if state in ("late", "failing")))
    worst = max((state for state, _ in verdicts), key=STATES.index)
    return Health(worst, told, ended is None, stages, audit, facts, now)


def _ended(facts: Facts, now: float) -> Verdict | None:
    """Return why no ingest runs; None if one does."""
    vitals = facts.vitals
    if vitals is None:
        return "stopped", f"No {facts.writer} has told of itself: start one with {START[facts.tier]}."
    if vitals.problem is not None:
        kind, message, hint = vitals.problem
        return "failing", f"The {facts.writer} ended with {kind} {_ago(now, vitals.ended)}: {message} {hint}".strip()
    if vitals.ended is not None:
        return "stopped", f"The {facts.writer} ended {_ago(now, vitals.ended)}, and nothing was wrong."
    running, quiet = vitals.process.is_running(), now - vitals.beat
    if running is False or (running is None and quiet > BEAT_LATE):
        where = f"Process {vitals.process.pid} on {vitals.process.host}"
        return "failing", f"{where} is gone without a word; it was last heard {_ago(now, vitals.beat)}. Start it again."
    return None


def _read(facts: Facts, now: float) -> Verdict:
    vitals = _running(facts)
    if now - vitals.beat > BEAT_LATE:
        return (
            "late",
            f"The {facts.writer} was last heard {_ago(now, vitals.beat)}: it hangs, or works on something long.",
        )
    for lag in vitals.lags:
        if lag.problem:
            what = "The stream waits" if facts.tier == "cluster" else "A source cannot be read"
            return "failing", f"{what}: {text.visible(lag.problem)}"
    behind = max(vitals.lags, key=lambda lag: (lag.bytes > 0, lag.seconds), default=None)
    if behind is not None and behind.bytes and behind.seconds > LAG_LATE:
        what = f"{text.size(vitals.unread)} are not yet read"
        return "late", f"{what}; {text.visible(behind.path)} was not read whole for {text.length(behind.seconds)}."
    return "ok", "All that was written is read." if not vitals.unread else "Reading."


def _parse(facts: Facts, _now: float) -> Verdict:
    flow = _running(facts).flows.get("parse", StageCounters())
    share = text.share(flow.errors, flow.received)
    if flow.errors > BAD_SHARE * flow.received:
        return "failing", f"{share} of the lines did not parse: is it the right format? See hitstream bad."
    return "ok", f"{share} of the lines did not parse." if flow.errors else "All lines parsed."


def _count(facts: Facts, _now: float) -> Verdict:
    flow = _running(facts).flows.get("count", StageCounters())
    if flow.dropped:
        return "ok", f"{text.count(flow.dropped)} blocks were older than is kept."
    return "ok", "All hits are counted."


def _commit(facts: Facts, now: float) -> Verdict:
    vitals = _running(facts)
    if vitals.last_commit is None:
        return "ok", "Nothing was committed yet."
    took = f"The last commit took {text.took(vitals.commit_seconds)}"
    if vitals.commit_seconds > COMMIT_LATE:
        slow = "Cassandra or HDFS was away, slow or busy" if facts.tier == "cluster" else "the disk is slow, or busy"
        return "late", f"{took}: {slow}."
    return "ok", f"{took}, {_ago(now, vitals.last_commit)}."


def _archive(facts: Facts, now: float) -> Verdict:
    vitals = _running(facts)
    if facts.tier == "cluster":
        return "ok", "Hits are in the archive before they count."
    since = max(vitals.since, vitals.archived or 0.0)
    if facts.staged_hits and now - since > ARCHIVE_LATE * vitals.archive_seconds + BEAT_LATE:
        return "late", f"{text.count(facts.staged_hits)} hits wait for the archive, which was last written " + (
            f"{_ago(now, since)}."
        )
    return "ok", f"{text.count(facts.staged_hits)} hits wait for the archive."


def _upkeep(facts: Facts, now: float) -> Verdict:
    done = _running(facts).upkeep
    return "ok", "Nothing was due yet." if done is None else f"Last done {_ago(now, done)}."


_RULES: dict[str, Callable[[Facts, float], Verdict]] = {
    "read": _read,
    "parse": _parse,
    "count": _count,
    "commit": _commit,
    "archive": _archive,
    "upkeep": _upkeep,
}
"""How each stage of a running ingest is judged."""


def _audit(facts: Facts, now: float) -> Verdict:
    if facts.audit is None:
        return "ok", "Never audited: hitstream audit counts everything again."
    if facts.audit.ok:
        return "ok", f"All counts agreed {_ago(now, facts.audit.ended)}."
    return (
        "failing",
        f"The audit {_ago(now, facts.audit.ended)} found that counts differ: {facts.audit.differences[0]}.",
    )


def _running(facts: Facts) -> Vitals:
    assert facts.vitals is not None
    return facts.vitals


def _ago(now: float, then: float | None) -> str:
    return f"{text.length(max(0.0, now - (then or now)))} ago"
