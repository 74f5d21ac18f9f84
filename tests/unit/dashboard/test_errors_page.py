from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from asking import A_DAY, EVERYTHING, ask, drawn, show, words
from fake_query import NOON, FakeQuery, row, series

from hitstream.dashboard.pages.errors import PAGE
from hitstream.dashboard.snapshot import take
from hitstream.dashboard.state import PageState
from hitstream.query import Filter
from hitstream.query.answers import SeriesAnswer

BY_NAME = {panel.name: panel for panel in PAGE.panels}
BEGIN = NOON - 3600


class Faulty(FakeQuery):
    """A minute with a 404, two with a 503 and a 500; filters tell classes as codes do."""

    codes = ("404", "503", "500")

    def series(
        self,
        view: str,
        start: int | None = None,
        end: int | None = None,
        grain: str | None = None,
        where: Sequence[Filter] = (),
        key: str | None = None,
    ) -> SeriesAnswer:
        at = {"404": 10, "503": 20, "500": 20}
        digit = next((str(each.value)[0] for each in where if str(each.value).endswith("xx")), "")
        wanted = [code for code in self.codes if code in (key,) or code[0] == digit]
        points = [0] * 60
        for code in wanted:
            points[at[code]] += 1
        if wanted or key or digit:
            return series(*points)
        errors = [points[at] + (1 if at == 10 else 2 if at == 20 else 0) for at in range(60)]
        return series(*[5] * 60)._replace(errors=errors)


def course(state: PageState) -> Any:
    query = Faulty(rows={"status": [row("200", 290), *(row(code, 1, errors=1) for code in Faulty.codes)]})
    return ask(BY_NAME["faults"], query, state).bars


def test_errors_of_clients_and_of_the_server_are_told_apart() -> None:
    bars = course(PageState.parse("/errors", "?range=1h"))
    assert (bars.start, sum(bars.upper), sum(bars.lower)) == (BEGIN, 1, 2)
    assert bars.upper[10] == 1 and bars.lower[20] == 2


def test_a_filter_tells_them_apart_as_well() -> None:
    bars = course(PageState.parse("/errors", "?range=1h&where=host=a"))
    assert (sum(bars.upper), sum(bars.lower)) == (1, 2)


def test_rankings_are_by_errors_and_leave_out_what_has_none() -> None:
    panel = BY_NAME["fault_targets"]
    rows = [row("/bad", 50, errors=40), row("/half", 20, errors=10), row("/good", 900)]
    lines = drawn(show(panel, ask(panel, FakeQuery(rows={"target": rows}))), "fault_targets-rows")
    assert [words(line) for line in lines] == ["/bad405080.0 %", "/half102050.0 %"]
    assert [line[1]["style"] for line in lines] == [{"--bar": "100.0%"}, {"--bar": "25.0%"}]


def test_only_codes_of_errors_are_listed_with_their_words() -> None:
    panel = BY_NAME["fault_codes"]
    rows = [row("404", 6, errors=6), row("503", 2, errors=2), row("200", 90)]
    shown = show(panel, ask(panel, FakeQuery(rows={"status": rows})))
    assert [words(line) for line in drawn(shown, "fault_codes-rows")] == ["404Not Found6", "503Service Unavailable2"]
    assert [words(line) for line in drawn(shown, "fault_codes-classes")] == [
        "4xx client error675.0 %",
        "5xx server error225.0 %",
    ]


def test_no_errors_is_good_news() -> None:
    query = FakeQuery(rows={"target": [row("/", 10)]}, points=series(*[1] * 60))
    shown = take(query, replace(EVERYTHING, page="errors"), NOON, "here")  # type: ignore[arg-type]
    for name in ("faults", "fault_codes", "fault_targets", "fault_hosts"):
        assert shown.words[name] == ("empty", "No errors in this time: all is well.")


def test_links_that_lead_nowhere_are_asked_of_404_alone() -> None:
    asked: list[Sequence[Filter]] = []

    class Asked(FakeQuery):
        def top(self, *given: Any, where: Sequence[Filter] = (), **named: Any) -> Any:
            asked.append(where)
            return super().top(given[0], where=where)

    panel = BY_NAME["lost_referrers"]
    answer = ask(panel, Asked(rows={"referrer": [row("http://a.example/", 3)]}))
    assert asked == [(Filter("status", "=", "404"),)]
    href = drawn(show(panel, answer), "lost_referrers-rows")[0][2][2][1]["href"]
    assert PageState.parse("/errors", href.partition("?")[2]).where == (
        Filter("status", "=", "404"),
        Filter("referrer", "=", "http://a.example/"),
    )
    assert A_DAY.where == ()
