from fake_query import NOON

from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.ranges import DAY, EVERYTHING, HOUR, Span
from hitstream.dashboard.state import PageState
from hitstream.dashboard.time_controls import shown, turned

RUNNING, ENDED = (NOON - 90 * DAY, NOON - 60), (NOON - 90 * DAY, NOON - 60 * DAY)


def leads_to(props: Props, name: str) -> object:
    return PageState.parse("/", props[f"step-{name}"]["href"].partition("?")[2]).range


def test_the_time_that_is_shown_is_told_and_steps_lead_beside_it() -> None:
    props = shown(RUNNING, NOON, PageState.parse("/", "?range=24h"))
    assert props["period"]["children"] == "2026-11-21 12:00 \u2013 2026-11-22 13:00"
    assert props["period-note"]["children"] == ""
    assert leads_to(props, "back") == Span(NOON - 47 * HOUR, NOON - 23 * HOUR)
    assert props["step-back"]["title"] == "Previous 24 hours"
    assert props["step-forward"]["className"] == "button off"
    assert leads_to(props, "wider") == Span(NOON - int(36.5 * HOUR), NOON + int(13.5 * HOUR))


def test_ranges_of_a_log_that_has_ended_say_that_they_count_from_its_last_hit() -> None:
    state = PageState.parse("/", "?range=1h&zone=Asia/Kolkata")
    props = shown(ENDED, NOON, state)
    assert props["period"]["children"] == "2026-09-23 16:30 \u2013 17:31"
    assert props["period-note"]["children"] == "to the last hit"
    assert "2026-09-23 17:30" in props["period-note"]["title"]


def test_a_time_that_is_chosen_says_nothing_of_the_last_hit_and_leads_on() -> None:
    props = shown(ENDED, NOON, PageState.parse("/", "?from=2026-08-01&to=2026-08-02"))
    assert props["period-note"]["children"] == ""
    assert leads_to(props, "forward") == Span(NOON - 112 * DAY - 12 * HOUR, NOON - 111 * DAY - 12 * HOUR)
    assert props["step-back"]["title"] == "Previous 1 day"


def test_a_time_that_is_wider_than_the_log_leads_to_all() -> None:
    props = shown((NOON - DAY, NOON - 60), NOON, PageState.parse("/", "?range=7d"))
    assert leads_to(props, "wider") == EVERYTHING


def test_everything_has_no_steps() -> None:
    assert shown(RUNNING, NOON, PageState.parse("/", "?range=all"))["period"]["children"] == ""


def test_an_instant_that_clocks_show_twice_is_written_so_that_it_can_be_typed_again() -> None:
    props = turned(PageState.parse("/", "?from=2025-10-26T00:30&to=2025-10-26T01:30&zone=Europe/Berlin"))
    assert [props[end]["value"] for end in ("from", "to")] == ["2025-10-26 02:30+02:00", "2025-10-26 02:30+01:00"]


def test_periods_are_asked_by_zone_and_ranges_are_not() -> None:
    berlin = "&zone=Europe/Berlin"
    assert PageState.parse("/", f"?range=today{berlin}").asked.zone == "Europe/Berlin"
    assert PageState.parse("/", f"?range=24h{berlin}").asked.zone == ""
