from typing import Any

from asking import A_DAY, EVERYTHING, drawn, links, plain, words
from asking import ask as asked
from fake_query import NOON, FakeQuery, series
from hypothesis import given
from hypothesis import strategies as st

from hitstream.dashboard.pages.overview import PAGE
from hitstream.dashboard.panels import chart
from hitstream.dashboard.panels.chart import POINTS, ChartAnswer, fold
from hitstream.dashboard.panels.subjects import Bars
from hitstream.dashboard.state import PageState

TRAFFIC = next(panel for panel in PAGE.panels if panel.kind == "chart")
HOUR = PageState.parse("/", "?range=1h")


def ask(query: FakeQuery, state: PageState = EVERYTHING, now: float = NOON) -> ChartAnswer:
    answer: ChartAnswer = asked(TRAFFIC, query, state, now)
    return answer


def operations(new: ChartAnswer, old: ChartAnswer | None, state: PageState = A_DAY) -> list[dict[str, Any]]:
    patch = chart.show(TRAFFIC, new, old, state)["traffic-graph"]["figure"]
    return list(plain(patch)["operations"])


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=2000),
    st.sampled_from([60, 3600, 86400]),
    st.integers(0, 50_000),
    st.integers(1, 500),
)
def test_folding_keeps_every_hit_and_the_bars_in_bounds(hits: list[int], step: int, bucket: int, points: int) -> None:
    bars = fold(Bars(bucket * step, step, tuple(hits), (0,) * len(hits)), points)
    assert sum(bars.upper) == sum(hits)
    assert len(bars.upper) <= points + 1  # the first may begin before the series
    assert bars.step % step == 0 and bars.start % bars.step == 0
    assert bars.start <= bucket * step and bars.end >= bucket * step + len(hits) * step


def test_minutes_that_have_not_come_yet_are_not_drawn() -> None:
    query = FakeQuery(points=series(*[1] * 60, *[0] * 60, start=NOON - 3600))
    assert ask(query, HOUR, NOON + 30).bars.end == NOON + 60


def test_everything_begins_with_the_first_hit_and_ends_with_the_last() -> None:
    query = FakeQuery(points=series(*[0] * 500, *[5] * 100, *[0] * 300))
    bars = ask(query).bars
    assert bars.upper == (5,) * 100


def test_a_few_minutes_of_data_are_not_drawn_as_a_wall() -> None:
    bars = ask(FakeQuery(points=series(*[0] * 500, 7, 7))).bars
    assert len(bars.upper) == 30 and bars.upper[-2:] == (7, 7)


def test_a_log_of_a_minute_that_has_ended_stands_in_the_middle_of_its_chart() -> None:
    bars = ask(FakeQuery(points=series(*[0] * 500, 7), last=NOON), now=NOON + 3 * 86400).bars
    assert len(bars.upper) == 30 and bars.upper.index(7) == 14 and sum(bars.upper) == 7
    first = ask(FakeQuery(points=series(7), last=NOON), now=NOON + 3 * 86400).bars
    assert len(first.upper) == 30 and first.upper[0] == 7


def test_bars_that_are_not_cut_by_the_clocks_of_the_zone_say_so() -> None:
    hours, quarters = Bars(NOON, 3600, (5, 6)), Bars(NOON, 900, (5, 6))

    def note(bars: Bars, zone: str) -> str:
        said = chart.show(TRAFFIC, ChartAnswer(bars, bars), None, PageState.parse("/", f"?zone={zone}"))["traffic-note"]
        return str(said["children"])

    assert note(hours, "Asia/Kolkata").startswith("per hour by the clock of UTC \u00b7")
    assert note(quarters, "Asia/Kolkata").startswith("per 15 minutes \u00b7")
    assert note(hours, "Europe/Berlin").startswith("per hour \u00b7")
    assert note(Bars(NOON, 86400, (5, 6)), "Europe/Berlin").startswith("per day by the clock of UTC \u00b7")
    assert "UTC" not in note(hours, "UTC")


def test_one_more_hit_changes_one_bar_and_nothing_else() -> None:
    old = ChartAnswer(Bars(NOON, 60, (1, 2, 3), (0, 0, 1)), Bars(NOON, 60, (1, 2, 3), (0, 0, 1)))
    new = ChartAnswer(*[bars._replace(upper=(1, 2, 4)) for bars in old])
    changed = operations(new, old)
    assert [(c["operation"], c["location"], c["params"]) for c in changed] == [
        ("Assign", ["data", 0, "y", 2], {"value": 4})
    ]


def test_a_new_minute_moves_the_axis_without_a_new_figure() -> None:
    old = ChartAnswer(Bars(NOON, 60, (1, 2), (0, 0)), Bars(NOON, 60, (1, 2), (0, 0)))
    new = ChartAnswer(*[bars._replace(start=NOON + 60, upper=(2, 1)) for bars in old])
    places = [tuple(change["location"]) for change in operations(new, old)]
    assert ("data", 0, "y") in places and ("layout", "xaxis") in places
    assert () not in places and ("data",) not in places


@given(st.integers(POINTS, 2000))
def test_a_full_figure_is_never_sent(points: int) -> None:
    answer = ask(FakeQuery(points=series(*[1] * points)))
    assert all(change["location"][0] in ("data", "layout") for change in operations(answer, None))


def test_bars_stand_at_instants_and_the_clocks_of_the_zone_are_in_words() -> None:
    answer = ChartAnswer(Bars(NOON, 60, (1, 2), (0, 0)), Bars(NOON, 60, (1, 2), (0, 0)))
    state = PageState.parse("/", "?zone=Asia/Kolkata")
    moved = {tuple(change["location"]): change["params"]["value"] for change in operations(answer, None, state)}
    assert moved["data", 0, "x"] == [NOON + 30, NOON + 90]
    assert moved["data", 0, "customdata"] == [f"Sun 2026-11-22 17:{30 + at} \u2013 17:{31 + at}" for at in range(2)]
    shown = chart.show(TRAFFIC, answer, None, state)
    assert shown["traffic-zone"] == {"children": "From (Asia/Kolkata)"}
    assert "17:31" in words(drawn(shown, "traffic-rows")[1])


def test_the_period_before_is_drawn_only_where_it_is_compared() -> None:
    query = FakeQuery(points=series(*range(60), start=NOON - 3600))
    assert ask(query, HOUR).bars.before == ()
    compared = ask(query, PageState.parse("/", "?range=1h&compare=previous"))
    assert len(compared.bars.before) == len(compared.bars.upper)


def test_a_row_of_the_table_leads_to_its_time_alone() -> None:
    answer = ask(FakeQuery(points=series(5, 6, start=NOON)))
    row = drawn(chart.show(TRAFFIC, answer, None, A_DAY), "traffic-rows")[0]
    start = answer.table.start
    link = PageState.parse("/", links(row)[0]["href"].partition("?")[2])
    assert link.range == (start, start + answer.table.step)
