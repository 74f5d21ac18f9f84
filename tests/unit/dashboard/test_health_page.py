import json
from dataclasses import replace

from asking import A_DAY, ask, drawn, plain, show, words
from fake_query import NOON, FakeQuery

from hitstream.dashboard.page import frame
from hitstream.dashboard.pages.health import PAGE
from hitstream.dashboard.panels.stages import _ADVICE
from hitstream.dashboard.snapshot import changes, take
from hitstream.query import Filter, Health
from hitstream.query.health import STATES, Facts, Tier, judge
from hitstream.store.contract import StoreVersion
from hitstream.store.ledger import Counts, FormatSection
from hitstream.telemetry import STAGES
from hitstream.vitals import Lag, Problem, Process, StageCounters, Vitals

BY_NAME = {panel.name: panel for panel in PAGE.panels}
HOSTILE = "<img src=x onerror=window.__xss=1>\x1b[2J\u202e" + "a" * 3000
STATE = replace(A_DAY, page="health")


class Told(FakeQuery):
    """An ingest that told of itself."""

    told: Vitals | None = None
    tier: Tier = "embedded"
    sections: tuple[FormatSection, ...] = ()

    def health(self, now: float) -> Health:
        counts = Counts(self.many + self.bad, self.many, self.bad, 0)
        return judge(
            Facts(counts, {}, StoreVersion(1, 1, 0), 5, 700, 4096, self.told, None, self.tier, self.sections), now
        )


def telling(**facts: object) -> Told:
    query = Told(bad=3, reason=HOSTILE)
    plainly = Vitals(
        Process.current(), "hitstream ingest a.log --follow", NOON - 60, NOON, 60.0, newest=NOON, sources=1
    )
    query.told = replace(plainly, **facts)  # type: ignore[arg-type]
    return query


def rows(name: str, query: FakeQuery) -> list[str]:
    panel = BY_NAME[name]
    return [words(line) for line in drawn(show(panel, ask(panel, query, STATE), state=STATE), f"{name}-rows")]


def rows_or_tiles(name: str, query: FakeQuery) -> list[str]:
    panel = BY_NAME[name]
    props = show(panel, ask(panel, query, STATE), state=STATE)
    return [words(each) for component in props for each in drawn(props, component)]


def test_every_stage_stands_in_the_table_with_its_flow() -> None:
    lines = rows("stages", telling(flows={"parse": StageCounters(100, 97, 0, 3)}))
    assert [line.startswith(stage.name) for line, stage in zip(lines, STAGES, strict=True)] == [True] * len(STAGES)
    assert lines[1] == "parseOK3.0 % of the lines did not parse.1009703"
    assert lines[3].endswith("00\u2013\u2013")  # a commit drops nothing


def test_advice_speaks_of_stages_and_states_that_there_are() -> None:
    names = {stage.name for stage in STAGES} | {"audit"}
    assert all(name in names and state in STATES for name, state in _ADVICE)


def test_where_no_ingest_is_known_the_page_says_how_to_start_one() -> None:
    question = take(FakeQuery(many=0), STATE, NOON, "my data")  # type: ignore[arg-type]
    (start,) = question.answers["advice"]
    assert start[3] == "hitstream ingest PATH --follow --data 'my data'"


def test_an_ingest_that_failed_is_started_again_as_it_was() -> None:
    query = telling(ended=NOON - 5, problem=Problem("DataError", "It is damaged.", "Repair it."))
    assert rows("advice", query)[0].endswith("hitstream ingest a.log --follow")
    assert words(drawn(show(BY_NAME["standing"], ask(BY_NAME["standing"], query)), "standing-tiles")[0]).startswith(
        "StateFailing"
    )


def test_an_ingest_that_read_finished_files_to_their_end_is_not_told_to_start_again() -> None:
    def advised(command: str) -> list[str]:
        return [line for line in rows("advice", telling(ended=NOON - 5.0, command=command)) if "Start" in line]

    assert advised("hitstream ingest a.log --final") == []
    assert advised("hitstream ingest a.log") == []
    assert advised("hitstream ingest --follow a.log")[0].endswith("hitstream ingest --follow a.log")
    assert advised("hitstream run a.log")[0].endswith("hitstream run a.log")


def test_on_the_cluster_no_page_speaks_of_a_disk_or_a_directory() -> None:
    waits = telling(
        lags=(Lag("weblog", 0, 0.0, "Cassandra is away."),),
        commit_seconds=9.0,
        last_commit=NOON - 1.0,
    )
    silent, stopped = Told(), telling(ended=NOON - 5.0, command="hitstream cluster")
    for query in (waits, silent, stopped):
        query.tier = "cluster"
        said = " ".join(
            line for panel in PAGE.panels for line in rows_or_tiles(panel.name, query) if panel.name != "bad_lines"
        )
        for word in ("df -h", "disk", "--data", "ls -l", "ingest", "directory"):
            assert word not in said, said
    assert any(line.endswith("hitstream stack status") for line in rows("advice", waits))
    assert rows("advice", silent)[0].endswith("hitstream cluster start")
    assert rows("advice", waits)[-1].endswith("hitstream audit --cluster")


def test_a_source_that_cannot_be_read_is_looked_at() -> None:
    query = telling(lags=(Lag("/logs/a b.log", 0, 0.0, "Permission denied"),))
    assert rows("advice", query)[0].endswith("ls -l '/logs/a b.log'")
    assert rows("sources", query) == ["/logs/a b.logPermission denied0 B\u2013"]


def test_hostile_lines_and_paths_become_text_nodes_and_titles_only() -> None:
    query = telling(lags=(Lag(HOSTILE, 10, 99.0, HOSTILE),), command=HOSTILE)
    for panel in PAGE.panels:
        props = show(panel, ask(panel, query, STATE), state=STATE)
        assert {name for values in props.values() for name in values} == {"drawn"}
        assert "\x1b" not in repr(props) and "\u202e" not in json.dumps(plain(props), ensure_ascii=False)
    (line,) = drawn(show(BY_NAME["bad_lines"], ask(BY_NAME["bad_lines"], query)), "bad_lines-rows")
    assert words(line).startswith("<img src=x onerror=window.__xss=1>\\x1b[2J\\u202e")
    assert len(words(line[2])) <= 160 < len(line[2][1]["title"]) <= 2048


def test_formats_of_sources_are_shown_and_those_of_several_first() -> None:
    query = telling()
    query.sections = (
        FormatSection("/a.log", "a", 0, "common", 9, 9, 0),
        FormatSection("/b.log", "b", 0, "common", 5, 5, 0),
        FormatSection("/b.log", "b", 4096, "common + combined", 7, 6, 1),
    )
    assert rows("formats", query) == [
        "/b.logcommon050",
        "/b.logcommon + combined4,09671",
        "/a.logcommon090",
    ]


def test_bad_lines_are_summed_by_reason() -> None:
    query = Told(bad=3, reason="%h")
    assert rows("bad_reasons", query) == ["%h3100.0 %1"]


def test_a_directory_without_hits_has_a_health() -> None:
    shown = take(FakeQuery(many=0), replace(STATE, where=(Filter("status", "=", "404"),)), NOON, "here")  # type: ignore[arg-type]
    assert shown.state != "empty" and shown.answers["stages"]
    assert shown.words["bad_lines"] == ("empty", "No bad lines: everything parsed.")
    assert changes(shown, None, STATE)["summary"]["children"].startswith("Health. ")


def test_the_page_says_that_time_and_filters_do_not_count() -> None:
    assert "filters of other pages do not count here" in json.dumps(plain(frame(PAGE)))
