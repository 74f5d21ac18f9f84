from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from fake_query import NOON, StoppedClock
from hypothesis import given
from hypothesis import strategies as st

from hitstream.dashboard.ranges import (
    DAY,
    EVERYTHING,
    HOUR,
    PERIODS,
    RANGES,
    RelativeRange,
    Span,
    Window,
    instant,
    latest,
    named,
    previous,
    span,
    stepped,
    suited,
    typed,
    widened,
    window,
)
from hitstream.errors import ConfigError

TIMED = [choice for choice in RANGES if choice.seconds]


@given(st.sampled_from(TIMED), st.floats(0, 4e9))
def test_a_window_holds_all_it_promises_and_the_present(choice: RelativeRange, now: float) -> None:
    start, end = window(choice, now)
    assert choice.seconds is not None and start is not None and end is not None
    assert start <= now - choice.seconds + 1
    assert now < end <= now + choice.whole
    assert start % choice.whole == end % choice.whole == 0


def test_everything_has_open_ends() -> None:
    assert window(EVERYTHING, NOON) == (None, None)


@pytest.mark.parametrize("name", [None, "", "1 hour", "<script>", "2h"])
def test_a_range_that_is_none_is_not_found(name: str | None) -> None:
    assert named(name) is None


def test_every_range_is_found_by_the_name_it_has_in_the_url() -> None:
    assert [named(choice.name) for choice in RANGES] == list(RANGES)


@pytest.mark.parametrize(
    ("span", "name"),
    [
        (None, "all"),
        ((804571200, 804571200 + DAY), "all"),
        ((NOON - HOUR, NOON), "all"),
        ((NOON - 30 * DAY, NOON - HOUR), "24h"),
        ((NOON - 30 * DAY, NOON - 2 * DAY), "all"),
    ],
)
def test_old_and_new_data_are_shown_whole_and_what_goes_on_by_the_last_day(
    span: tuple[int, int] | None, name: str
) -> None:
    assert suited(span, NOON).name == name


@given(st.integers(0, 4_000_000_000), st.integers(1, 10_000_000))
def test_a_span_is_written_so_that_it_is_read_again(start: int, length: int) -> None:
    assert span(instant(start), instant(start + length)) == Span(start, start + length)


@pytest.mark.parametrize("ends", [("1995-07-02", "1995-07-01"), ("", ""), ("x", "y"), ("1995-07-01", "now")])
def test_a_span_that_is_none_is_refused(ends: tuple[str, str]) -> None:
    with pytest.raises(ConfigError):
        span(*ends)


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def test_the_period_before_has_passed_as_far_as_this_one() -> None:
    past = Span(NOON - 100 * HOUR, NOON - 90 * HOUR)
    assert previous(past, NOON) == (NOON - 110 * HOUR, NOON - 100 * HOUR)
    assert previous(EVERYTHING, NOON) is None


@given(st.sampled_from([choice for choice in TIMED if choice.seconds]), st.integers(0, 4_000_000_000))
def test_what_is_compared_lies_exactly_as_much_before_as_the_range_is_called(choice: RelativeRange, now: int) -> None:
    (start, end), before = window(choice, now), previous(choice, now)
    assert choice.seconds and start is not None and end is not None
    assert before is not None and before.start == start - choice.seconds
    assert before.end is not None and now - choice.seconds < before.end <= end - choice.seconds


@pytest.mark.parametrize(
    ("name", "zone", "start", "end"),
    [
        ("today", "UTC", "2026-11-22", "2026-11-23"),
        ("yesterday", "UTC", "2026-11-21", "2026-11-22"),
        ("today", "Asia/Kolkata", "2026-11-22", "2026-11-23"),
        ("this-week", "Europe/Berlin", "2026-11-16", "2026-11-23"),
        ("last-week", "America/New_York", "2026-11-09", "2026-11-16"),
        ("this-month", "Australia/Lord_Howe", "2026-11-01", "2026-12-01"),
        ("last-month", "Europe/Berlin", "2026-10-01", "2026-11-01"),
    ],
)
def test_periods_are_of_the_calendar_of_a_zone(name: str, zone: str, start: str, end: str) -> None:
    period = named(name)
    assert period is not None
    assert window(period, NOON, ZoneInfo(zone)) == (at(start, zone), at(end, zone))


def test_days_of_23_and_25_hours_are_whole_and_so_are_those_before_them() -> None:
    berlin, now = ZoneInfo("Europe/Berlin"), at("2025-10-26T18:00")
    today = PERIODS[0]
    assert window(today, now, berlin) == (at("2025-10-25T22:00"), at("2025-10-26T23:00"))
    assert previous(today, at("2025-10-27T18:00"), berlin) == (at("2025-10-25T22:00"), at("2025-10-26T17:01"))
    spring = Span(at("2025-03-29T23:00"), at("2025-03-30T22:00"))
    assert stepped(spring, now, berlin, -1) == (at("2025-03-28T23:00"), at("2025-03-29T23:00"))
    assert stepped(spring, now, berlin, 1) == (at("2025-03-30T22:00"), at("2025-03-31T22:00"))


def test_a_step_is_as_long_as_the_range_is_called_and_lies_beside_it() -> None:
    now = NOON + 1234
    day = stepped(RANGES[3], now, UTC, -1)
    assert day is not None and day.end - day.start == DAY and day.end == NOON + HOUR - DAY
    assert stepped(day, now, UTC, 1) == (day.end, day.end + DAY)
    month = Span(at("2026-03-01"), at("2026-04-01"))
    assert stepped(month, now, UTC, -1) == (at("2026-02-01"), at("2026-03-01"))
    assert stepped(EVERYTHING, now, UTC, -1) is None


def test_twice_as_long_a_time_has_the_same_middle() -> None:
    assert widened(Window(NOON, NOON + HOUR)) == (NOON - HOUR // 2, NOON + HOUR + HOUR // 2)
    assert widened(Window(None, None)) is None


def test_ranges_of_a_log_that_has_ended_end_at_its_last_hit() -> None:
    assert latest((0, NOON - 2 * DAY), NOON) == NOON - 2 * DAY
    assert latest((0, NOON - DAY // 2), NOON) == NOON
    assert latest((0, NOON + DAY), NOON) == NOON  # a clock that is ahead
    assert latest(None, NOON) == NOON


def test_what_is_typed_is_by_the_clocks_of_the_page_and_an_empty_end_is_now() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    assert typed("yesterday 14:00", "", StoppedClock(), kolkata) == (at("2026-11-21T08:30"), NOON)
    assert typed("2015-05-17", "2015-05-18", StoppedClock(), kolkata) == (
        at("2015-05-16T18:30"),
        at("2015-05-17T18:30"),
    )
    with pytest.raises(ConfigError, match="end after it starts"):
        typed("now", "-3d", StoppedClock(), kolkata)
