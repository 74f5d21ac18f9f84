"""The pipeline stage by stage, its sources, its bad lines, and what to do where something is wrong."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from hitstream import text
from hitstream.dashboard.drawn import node
from hitstream.dashboard.panels.contract import Panel, Question
from hitstream.dashboard.panels.sheet import Cell, Sheet
from hitstream.dashboard.panels.vitals import WORDS
from hitstream.query.health import START, data_option
from hitstream.telemetry import STAGES

if TYPE_CHECKING:
    from hitstream.query import Health

Row = tuple[Any, ...]


def _health(question: Question) -> "Health":
    return question.once("health", lambda: question.query.health(question.now))


def _stages(_panel: Panel, question: Question) -> list[Row]:
    return [(each.name, each.state, each.why, *each.flow) for each in _health(question).stages]


def _write_stage(row: Row) -> list[Cell]:
    name, state, why, *flow = row
    stage = next(each for each in STAGES if each.name == name)
    units = stage[2:]
    word = "OK" if state == "ok" else WORDS[state]
    numbers: list[Cell] = [
        ("\u2013" if unit == "-" else text.count(number), unit if unit != "-" else "")
        for number, unit in zip(flow, units, strict=True)
    ]
    shown = text.visible(why)
    return [(name, stage.meaning), node("span", word, klass=f"state tone-{state}"), (shown, shown), *numbers]


def _sources(_panel: Panel, question: Question) -> list[Row]:
    vitals = _health(question).facts.vitals
    return [tuple(lag) for lag in vitals.lags] if vitals else []


def _write_source(row: Row) -> list[Cell]:
    path, octets, seconds, problem = row
    late = text.length(seconds) if octets else "\u2013"
    said = problem or ("" if octets else "All read")
    return [(text.label(path), text.title(path)), (text.label(said), text.title(said)), text.size(octets), late]


def _sections(panel: Panel, question: Question) -> list[Row]:
    """Return the sections of the sources, those of sources with several formats first."""
    rows = _health(question).facts.sections
    formats = Counter(row.source for row in rows)
    most_first = sorted(rows, key=lambda row: -formats[row.source])
    return [(row.path or row.source, row.format, row.start, row.lines, row.bad) for row in most_first[: panel.rows]]


def _write_section(row: Row) -> list[Cell]:
    path, name, start, lines, bad = row
    shown = name or "Not kept then"
    numbers = [text.count(number) for number in (start, lines, bad)]
    return [(text.label(path), text.title(path)), (text.label(shown), text.title(shown)), *numbers]


def _reasons(panel: Panel, question: Question) -> list[Row]:
    found: dict[str, list[int]] = {}
    for each in question.query.bad_reasons():
        sums = found.setdefault(each.reason, [0, 0])
        sums[0] += each.lines
        sums[1] += each.kept
    most = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    whole = sum(lines for lines, _ in found.values())
    return [(reason, lines, kept, whole) for reason, (lines, kept) in most[: panel.rows]]


def _write_reason(row: Row) -> list[Cell]:
    reason, lines, kept, whole = row
    return [(text.label(reason), text.title(reason)), text.count(lines), text.share(lines, whole), text.count(kept)]


def _examples(panel: Panel, question: Question) -> list[Row]:
    return [
        (each.data.decode("utf-8", "backslashreplace"), each.reason, each.source, each.offset)
        for each in question.query.bad_lines(panel.rows)
    ]


def _write_example(row: Row) -> list[Cell]:
    line, reason, source, offset = row
    at = f"byte {offset} of source {text.title(source)}"
    return [(text.label(line), text.title(line)), (text.label(reason), text.title(reason)), (text.count(offset), at)]


_Advice = Callable[["Health", str], "tuple[str, str] | None"]


def _begin(health: "Health", data: str) -> tuple[str, str] | None:
    """Advise to start what stands still; not what has read finished files to their end."""
    facts = health.facts
    if facts.vitals is None:
        what = f"Start {'a' if facts.tier == 'cluster' else 'an'} {facts.writer}."
        return what, START[facts.tier] + (f" {data}" if facts.tier == "embedded" else "")
    words = shlex.split(facts.vitals.command)
    follows = facts.tier == "cluster" or words[1:2] == ["run"] or not {"--follow", "-f"}.isdisjoint(words)
    return _again(health, data) if follows else None


def _again(health: "Health", data: str) -> tuple[str, str] | None:
    vitals = health.facts.vitals
    if vitals is None:
        return _begin(health, data)
    return "Start it again, as it was started: it goes on where it stopped.", vitals.command


def _unreadable(health: "Health", data: str) -> tuple[str, str] | None:
    vitals = health.facts.vitals
    bad = [lag.path for lag in vitals.lags if lag.problem] if vitals else []
    if not (health.running and bad):
        return _again(health, data)
    if health.facts.tier == "cluster":
        return _SERVERS
    return "See whether the file is there, and who may read it.", f"ls -l {shlex.quote(bad[0])}"


def _busy(health: "Health", _data: str) -> tuple[str, str]:
    vitals = health.facts.vitals
    return "See whether it works or waits.", f"top -p {vitals.process.pid}" if vitals else "top"


def _slow(health: "Health", data: str) -> tuple[str, str]:
    if health.facts.tier == "cluster":
        return _SERVERS
    return "See whether the disk is full.", f"df -h {data.removeprefix('--data ')}"


def _recompute(health: "Health", data: str) -> tuple[str, str]:
    command = "hitstream cluster batch" if health.facts.tier == "cluster" else f"hitstream rebuild {data}"
    return "Make all cells anew from the archive, then audit again.", command


_SERVERS = ("See which of its servers is away.", "hitstream stack status")

_ADVICE: dict[tuple[str, str], _Advice] = {
    ("read", "stopped"): _begin,
    ("read", "failing"): _unreadable,
    ("read", "late"): _busy,
    ("parse", "failing"): lambda _, data: (
        "See which field failed; then ingest anew with the right --format.",
        f"hitstream bad {data}",
    ),
    ("commit", "late"): _slow,
    ("archive", "late"): _slow,
    ("audit", "failing"): _recompute,
}
"""What to do about a stage in a state, given the option that names the data: in words, and the command to type."""


def _advice(_panel: Panel, question: Question) -> Iterator[Row]:
    health = _health(question)
    data = data_option(health, shlex.quote(question.data))
    verdicts = [(each.name, each.state, each.why) for each in health.stages] + [("audit", *health.audit)]
    for name, state, why in verdicts:
        advise = _ADVICE.get((name, state))
        if advise and (advice := advise(health, data)):
            yield (name, why, *advice)
    if health.facts.audit is None and health.facts.counts.lines:
        what = f"Count everything again; the {health.facts.writer} may go on."
        yield "audit", "Never audited.", what, f"hitstream audit {data}"


def _write_advice(row: Row) -> list[Cell]:
    name, why, what, command = (text.visible(each) for each in row)
    return [(why, name), (what, what), node("span", command, title=command, klass="code")]


STAGE_SHEET = Sheet(
    _stages,
    _write_stage,
    ("Stage", "State", "Why", "Received", "Sent", "Dropped", "Errors"),
    ("Received", "Sent", "Dropped", "Errors"),
    ("stage", "state", "why", "received", "sent", "dropped", "errors"),
)
SOURCE_SHEET = Sheet(
    _sources,
    _write_source,
    ("Source", "Said", "Not yet read", "For"),
    ("Not yet read", "For"),
    ("source", "unread_bytes", "seconds", "problem"),
)
SECTION_SHEET = Sheet(
    _sections,
    _write_section,
    ("Source", "Format", "From byte", "Lines", "Bad"),
    ("From byte", "Lines", "Bad"),
    ("source", "format", "start", "lines", "bad"),
)
REASON_SHEET = Sheet(
    _reasons,
    _write_reason,
    ("Field that failed", "Lines", "Share", "Kept"),
    ("Lines", "Share", "Kept"),
    ("reason", "lines", "kept", "of"),
)
EXAMPLE_SHEET = Sheet(
    _examples, _write_example, ("Line", "Field", "Offset"), ("Offset",), ("line", "reason", "source", "offset")
)
ADVICE_SHEET = Sheet(_advice, _write_advice, ("Why", "What", "Command"), (), ("about", "why", "what", "command"))
