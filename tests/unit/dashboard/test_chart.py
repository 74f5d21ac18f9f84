import json

from dash._utils import to_json
from fake_query import NOON, FakeQuery, series
from hypothesis import given
from hypothesis import strategies as st

from hitstream.dashboard.panels import PANELS, chart
from hitstream.dashboard.panels.chart import POINTS, Answer, Bars, fold
from hitstream.dashboard.panels.contract import Question
from hitstream.dashboard.ranges import EVERYTHING, RANGES, Range, window

TRAFFIC = next(panel for panel in PANELS if panel.kind == "chart")


def ask(query: FakeQuery, choice: Range = EVERYTHING, now: float = NOON) -> Answer:
    asked = window(choice, now)
    answer: Answer = chart.ask(query, TRAFFIC, Question(choice, asked, now, query.totals(*asked)))  # type: ignore[arg-type]
    return answer


def operations(new: Answer, old: Answer | None) -> list[dict[str, object]]:
    patch = chart.show(TRAFFIC, new, old)["traffic-graph"]["figure"]
    return list(json.loads(to_json(patch) or "")["operations"])


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=2000),
    st.sampled_from([60, 3600, 86400]),
    st.integers(0, 50_000),
    st.integers(1, 500),
)
def test_folding_keeps_every_hit_and_the_bars_in_bounds(hits: list[int], step: int, bucket: int, points: int) -> None:
    bars = fold(series(*hits, start=bucket * step, step=step), points)
    assert sum(bars.hits) == sum(hits)
    assert len(bars.hits) <= points + 1  # the first may begin before the series
    assert bars.step % step == 0 and bars.start % bars.step == 0
    assert bars.start <= bucket * step and bars.end >= bucket * step + len(hits) * step


def test_minutes_that_have_not_come_yet_are_not_drawn() -> None:
    query = FakeQuery(points=series(*[1] * 60, *[0] * 60, start=NOON - 3600))
    assert ask(query, RANGES[1], NOON + 30).bars.end == NOON + 60


def test_everything_begins_with_the_first_hit_and_ends_with_the_last() -> None:
    query = FakeQuery(points=series(*[0] * 500, *[5] * 100, *[0] * 300))
    bars = ask(query).bars
    assert bars.hits == (5,) * 100


def test_a_few_minutes_of_data_are_not_drawn_as_a_wall() -> None:
    bars = ask(FakeQuery(points=series(*[0] * 500, 7, 7))).bars
    assert len(bars.hits) == 30 and bars.hits[-2:] == (7, 7)


def test_one_more_hit_changes_one_bar_and_nothing_else() -> None:
    old = Answer(Bars(NOON, 60, (1, 2, 3), (0, 0, 1)), Bars(NOON, 60, (1, 2, 3), (0, 0, 1)))
    new = Answer(*[bars._replace(hits=(1, 2, 4)) for bars in old])
    changed = operations(new, old)
    assert [(c["operation"], c["location"], c["params"]) for c in changed] == [
        ("Assign", ["data", 0, "y", 2], {"value": 4})
    ]
    rows = json.loads(to_json(chart.show(TRAFFIC, new, old)["traffic-rows"]["children"]) or "")["operations"]
    assert [row["location"] for row in rows] == [[2]]


def test_a_new_minute_moves_the_axis_without_a_new_figure() -> None:
    old = Answer(Bars(NOON, 60, (1, 2), (0, 0)), Bars(NOON, 60, (1, 2), (0, 0)))
    new = Answer(*[bars._replace(start=NOON + 60, hits=(2, 1)) for bars in old])
    places = [tuple(change["location"]) for change in operations(new, old)]  # type: ignore[arg-type]
    assert ("data", 0, "y") in places and ("layout", "xaxis", "range") in places
    assert () not in places and ("data",) not in places


@given(st.integers(POINTS, 2000))
def test_a_full_figure_is_never_sent(points: int) -> None:
    answer = ask(FakeQuery(points=series(*[1] * points)))
    assert all(change["location"][0] in ("data", "layout") for change in operations(answer, None))  # type: ignore[index]
