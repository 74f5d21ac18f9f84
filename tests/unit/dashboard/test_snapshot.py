import json

from dash._utils import to_json
from fake_query import NOON, FakeQuery

from hitstream.dashboard.panels import PANELS
from hitstream.dashboard.ranges import RANGES
from hitstream.dashboard.snapshot import STALE, Snapshot, changes, failed, take
from hitstream.errors import Fatal


def shot(query: FakeQuery, now: float = NOON, choice: int = 3) -> Snapshot:
    return take(query, PANELS, RANGES[choice], now, "DIR")  # type: ignore[arg-type]


def test_a_page_without_hits_says_what_to_do() -> None:
    empty = shot(FakeQuery(hits=0))
    assert (empty.state, empty.answers) == ("empty", {})
    assert "hitstream ingest" in empty.message
    assert "5 bad lines" in shot(FakeQuery(hits=0, bad=5)).message


def test_a_page_is_live_until_nothing_new_comes_for_a_while() -> None:
    assert shot(FakeQuery(), NOON + STALE).badge == "Live"
    stale = shot(FakeQuery(), NOON + STALE + 1)
    assert (stale.state, stale.badge) == ("stale", "Nothing new since 2026-11-22 12:00")


def test_an_error_is_told_with_its_hint_and_without_hidden_characters() -> None:
    told = failed(Fatal("x.sqlite is \x1b[1mdamaged.", "Put it back."), RANGES[0], NOON)
    assert told.state == "error"
    assert told.message == "x.sqlite is \\x1b[1mdamaged. Put it back. Trying again."


def test_the_first_answer_fills_every_panel_and_chooses_the_range() -> None:
    props = changes(shot(FakeQuery()), None, PANELS)
    assert props["page"] == {"data-state": "live"}
    assert props["range-24h"] == {"className": "chosen"}
    assert props["range-1h"] == {"className": ""}
    assert {"totals-requests", "traffic-graph", "status-bar", "targets-rows"} <= set(props)
    assert props["summary"]["children"].startswith("10 requests by 3 visitors in the last 24 hours")


def test_nothing_is_sent_where_nothing_changed() -> None:
    assert set(changes(shot(FakeQuery()), shot(FakeQuery()), PANELS)) == {"shown", "expected"}


def test_a_lost_update_shows_in_the_serial_that_comes_out() -> None:
    first, second, third = (shot(FakeQuery())._replace(serial=serial) for serial in (3, 7, 8))
    assert changes(first, None, PANELS)["shown"] == {"data": 3}
    moved = [
        json.loads(to_json(changes(*pair, PANELS)["shown"]["data"]) or "")
        for pair in ((second, first), (third, second))
    ]
    assert [move["operations"][0]["params"]["value"] for move in moved] == [4, 1]
    assert changes(third, second, PANELS)["expected"] == {"data": 8}


def test_one_more_hit_sends_its_numbers_alone() -> None:
    props = changes(shot(FakeQuery(hits=11)), shot(FakeQuery()), PANELS)
    assert props["totals-requests"] == {"children": "11"}
    assert "totals-visitors" not in props and "traffic-graph" not in props


def test_screen_readers_are_told_once_a_minute() -> None:
    before = shot(FakeQuery())
    assert "summary" not in changes(shot(FakeQuery(hits=11), NOON + 59), before, PANELS)
    assert "summary" in changes(shot(FakeQuery(hits=11), NOON + 60), before, PANELS)


def test_another_range_is_not_patched_onto_the_one_before() -> None:
    props = changes(shot(FakeQuery(), choice=2), shot(FakeQuery()), PANELS)
    assert {"traffic-graph", "targets-rows", "totals-requests"} <= set(props)
    assert isinstance(props["targets-rows"]["children"], list)
