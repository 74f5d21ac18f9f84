from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitstream.dashboard.panels.time_axis import MAX_TICKS, axis, spans

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000), st.integers(60, 3_000_000_000))
def test_ticks_are_few_in_order_and_say_what_the_clocks_show(zone: str, start: int, length: int) -> None:
    made = axis(start, start + length, ZoneInfo(zone))
    ticks, words = made["tickvals"], made["ticktext"]
    assert made["range"] == [start, start + length]
    assert len(ticks) == len(words) <= MAX_TICKS + 6
    assert ticks == sorted(set(ticks)) and all(start <= at <= start + length for at in ticks)
    for at, said in zip(ticks, words, strict=True):
        clock = datetime.fromtimestamp(at, ZoneInfo(zone))
        upper = said.partition("<br>")[0]
        assert upper in (f"{clock:%H:%M}", f"{clock.day} {clock:%b}", f"{clock:%b}", f"{clock:%Y}")


def test_an_hour_that_clocks_show_twice_has_two_ticks_and_one_they_leave_out_none() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    autumn = axis(instant("2025-10-26T00:00"), instant("2025-10-26T03:00"), berlin)
    assert [words.partition("<br>")[0] for words in autumn["ticktext"]].count("02:30") == 2
    spring = axis(instant("2025-03-30T00:00"), instant("2025-03-30T03:00"), berlin)
    said = [words.partition("<br>")[0] for words in spring["ticktext"]]
    assert "02:30" not in said and {"01:30", "03:00", "03:30"} <= set(said)


def test_the_day_is_told_where_it_begins() -> None:
    made = axis(instant("2026-11-21T12:00"), instant("2026-11-22T12:00"), UTC)
    assert made["ticktext"][0] == "12:00<br>21 Nov" and "00:00<br>22 Nov" in made["ticktext"]
    assert sum("<br>" in words for words in made["ticktext"]) == 2


@pytest.mark.parametrize(
    ("zone", "start", "step", "said"),
    [
        ("UTC", "2026-11-22T22:10", 300, "Sun 2026-11-22 22:10 \u2013 22:15"),
        ("Asia/Kolkata", "2026-11-22T18:00", 3600, "Sun 2026-11-22 23:30 \u2013 2026-11-23 00:30"),
        ("America/New_York", "2026-11-22T05:00", 86400, "Sun 2026-11-22"),
        ("Europe/Berlin", "2025-10-26T00:45", 900, "Sun 2025-10-26 02:45 CEST \u2013 02:00 CET"),
        ("Australia/Lord_Howe", "2023-04-01T15:00", 1800, "Sun 2023-04-02 01:30 +1030 \u2013 02:00"),
    ],
)
def test_a_bar_names_its_whole_span(zone: str, start: str, step: int, said: str) -> None:
    assert spans(instant(start), step, 1, ZoneInfo(zone)) == (said,)


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000), st.sampled_from([60, 300, 1800, 3600]))
def test_no_two_bars_of_a_chart_have_the_same_name(zone: str, start: int, step: int) -> None:
    names = spans(start // step * step, step, 200, ZoneInfo(zone))
    assert len(set(names)) == len(names)
