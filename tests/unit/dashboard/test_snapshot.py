from dataclasses import replace

from asking import A_DAY, EVERYTHING, plain
from fake_query import NOON, FakeQuery, row

from hitstream.dashboard.drawn import written
from hitstream.dashboard.freshness import STALE_SECONDS
from hitstream.dashboard.snapshot import Snapshot, changes, failed, take
from hitstream.dashboard.state import PageState
from hitstream.errors import ConfigError, Fatal
from hitstream.vitals import Problem, Process, Vitals

HOURS = PageState.parse("/", "?range=6h")


def shot(query: FakeQuery, now: float = NOON, state: PageState = A_DAY) -> Snapshot:
    return take(query, state.asked, now, "DIR")  # type: ignore[arg-type]


def test_a_page_without_hits_says_what_to_do() -> None:
    empty = shot(FakeQuery(many=0))
    assert (empty.state, empty.answers) == ("empty", {})
    assert "hitstream ingest" in empty.message
    assert "5 bad lines" in shot(FakeQuery(many=0, bad=5)).message


def said_of(query: FakeQuery, now: float, search: str = "?range=24h") -> str:
    state = PageState.parse("/", search)
    return str(changes(shot(query, now, state), None, state)["freshness"]["children"])


def told(**facts: object) -> Vitals:
    """Return what an ingest tells of itself, which is this process."""
    return replace(Vitals(Process.current(), "hitstream ingest a.log", NOON, NOON, 5.0), **facts)  # type: ignore[arg-type]


def test_a_page_is_live_until_nothing_new_comes_for_a_while_and_then_says_why() -> None:
    late = NOON + STALE_SECONDS + 60
    assert said_of(FakeQuery(), NOON + STALE_SECONDS) == "Live"
    assert said_of(FakeQuery(), late) == "No hit since 2026-11-22 12:00: no ingest is running"
    assert said_of(FakeQuery(), late, "?zone=Europe/Berlin").startswith("No hit since 2026-11-22 13:00")
    ended = FakeQuery(vitals=told(ended=NOON + 9.0))
    assert said_of(ended, late) == "No hit since 2026-11-22 12:00: the ingest has ended"
    quiet = FakeQuery(vitals=told())
    assert said_of(quiet, late) == "No hit since 2026-11-22 12:00: nothing new is written to the log"
    failed = FakeQuery(vitals=told(ended=NOON + 9.0, problem=Problem("Fatal", "The disk is full.", "")))
    assert said_of(failed, late) == "No hit since 2026-11-22 12:00: the ingest failed"


def test_a_page_says_that_what_was_written_before_is_still_being_read() -> None:
    assert said_of(FakeQuery(vitals=told(unread=62 << 20)), NOON) == "Reading what was written before: 62.0 MiB to go"
    assert said_of(FakeQuery(vitals=told(unread=900)), NOON) == "Live"


def test_a_page_without_hits_whose_ingest_runs_does_not_ask_to_start_one() -> None:
    assert "is running" in shot(FakeQuery(many=0, vitals=told())).message


def test_an_error_is_told_with_its_hint_and_without_hidden_characters() -> None:
    told = failed(Fatal("x.sqlite is \x1b[1mdamaged.", "Put it back."), A_DAY, NOON)
    assert told.state == "error"
    assert told.message == "x.sqlite is \\x1b[1mdamaged. Put it back. Trying again."


def test_an_error_hides_the_numbers_of_another_state_and_leaves_those_of_its_own() -> None:
    wrong, right = failed(Fatal("It is locked."), A_DAY, NOON), shot(FakeQuery())
    assert changes(wrong, None, A_DAY)["totals-panel"] == {"data-state": "unknown"}
    assert changes(wrong, right._replace(asked=EVERYTHING), A_DAY)["totals-panel"] == {"data-state": "unknown"}
    assert changes(wrong, right, A_DAY)["totals-panel"] == {"data-state": "ok"}
    assert changes(right, wrong, A_DAY)["totals-panel"] == {"data-state": "ok"}


def test_the_first_answer_fills_every_panel() -> None:
    props = changes(shot(FakeQuery()), None, A_DAY)
    assert props["page"] == {"data-state": "live"}
    assert {"totals-requests", "traffic-graph", "status-bar", "targets-rows"} <= set(props)
    assert props["summary"]["children"].startswith("10 requests by 3 visitors in the last 24 hours")


def test_nothing_is_sent_where_nothing_changed() -> None:
    assert set(changes(shot(FakeQuery()), shot(FakeQuery()), A_DAY)) == {"shown", "expected"}


def test_a_lost_update_shows_in_the_serial_that_comes_out() -> None:
    first, second, third = (shot(FakeQuery())._replace(serial=serial) for serial in (3, 7, 8))
    assert changes(first, None, A_DAY)["shown"] == {"data": 3}
    moved = [plain(changes(*pair, A_DAY)["shown"]["data"]) for pair in ((second, first), (third, second))]
    assert [move["operations"][0]["params"]["value"] for move in moved] == [4, 1]
    assert changes(third, second, A_DAY)["expected"] == {"data": 8}


def test_one_more_hit_sends_its_numbers_alone() -> None:
    props = changes(shot(FakeQuery(many=11)), shot(FakeQuery()), A_DAY)
    assert props["totals-requests"] == {"children": "11"}
    assert "totals-visitors" not in props and "traffic-graph" not in props


def test_screen_readers_are_told_once_a_minute() -> None:
    before = shot(FakeQuery())
    assert "summary" not in changes(shot(FakeQuery(many=11), NOON + 59), before, A_DAY)
    assert "summary" in changes(shot(FakeQuery(many=11), NOON + 60), before, A_DAY)


def test_another_range_is_not_patched_onto_the_one_before() -> None:
    props = changes(shot(FakeQuery(), state=HOURS), shot(FakeQuery()), HOURS)
    assert {"traffic-graph", "targets-rows", "totals-requests"} <= set(props)


def test_a_panel_that_is_empty_says_why_and_what_to_do() -> None:
    def said(query: FakeQuery, state: PageState = A_DAY) -> str:
        return str(changes(shot(query, state=state), None, state)["targets-say"]["children"])

    assert said(FakeQuery(rows={"target": [row("/")]})) == ""
    assert said(FakeQuery()) == "Nothing in this time."
    old = PageState.parse("/", "?from=1995-07-01&to=1995-07-02")
    assert said(FakeQuery(), old) == "No hit in this time."
    filtered = PageState.parse("/", "?from=1995-07-01&to=1995-07-02&where=status=200")
    assert said(FakeQuery(), filtered) == "None under these filters."
    assert said(FakeQuery(), PageState.parse("/", "?range=24h&where=status=200")) == "None under these filters."


def test_a_time_without_hits_leads_to_those_there_are() -> None:
    def said(search: str) -> str:
        state = PageState.parse("/", search)
        return written(changes(shot(FakeQuery(), state=state), None, state)["message"]["drawn"])

    old = said("?from=1995-07-01&to=1995-07-02")
    assert "No hit in this time. The last of all was at 2026-11-22 12:00." in old
    assert "/?from=2026-11-22T00:00&to=2026-11-23T00:00" in old
    filtered = said("?from=1995-07-01&to=1995-07-02&where=status=200")
    assert "No hit in this time passes the filters." in filtered
    assert "&where=status%3D200" in filtered
    assert said("?range=24h") == "[]"


def test_a_panel_that_cannot_be_asked_leaves_the_others_alone() -> None:
    class Picky(FakeQuery):
        def top(self, view: str, *args: object, **more: object) -> object:  # type: ignore[override]
            if view == "host":
                raise ConfigError("Not that.", "Choose whole days.")
            return super().top(view, *args, **more)  # type: ignore[arg-type]

    props = changes(shot(Picky(rows={"target": [row("/")]})), None, A_DAY)
    assert props["hosts-panel"] == {"data-state": "error"}
    assert props["hosts-say"] == {"children": "Not that. Choose whole days."}
    assert props["targets-panel"] == {"data-state": "ok"}
