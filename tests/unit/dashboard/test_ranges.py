import pytest
from fake_query import NOON
from hypothesis import given
from hypothesis import strategies as st

from hitstream.dashboard.ranges import (
    DAY,
    EVERYTHING,
    HOUR,
    RANGES,
    Range,
    Span,
    Window,
    instant,
    named,
    previous,
    span,
    suited,
    window,
)
from hitstream.errors import ConfigError

TIMED = [choice for choice in RANGES if choice.seconds]


@given(st.sampled_from(TIMED), st.floats(0, 4e9))
def test_a_window_holds_all_it_promises_and_the_present(choice: Range, now: float) -> None:
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


def test_the_period_before_has_passed_as_far_as_this_one() -> None:
    assert previous(Window(NOON - 100 * HOUR, NOON - 90 * HOUR), NOON) == (NOON - 110 * HOUR, NOON - 100 * HOUR)
    start, end = window(RANGES[3], NOON + 600)
    assert previous(Window(start, end), NOON + 600) == (2 * start - end, 2 * start - end + DAY + 660)  # type: ignore[operator]
    assert previous(Window(None, None), NOON) is None
