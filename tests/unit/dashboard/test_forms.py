import pytest
from fake_query import NOON

from hitstream.dashboard.forms import added, brushed
from hitstream.dashboard.ranges import Span
from hitstream.dashboard.state import PageState
from hitstream.errors import ConfigError
from hitstream.query import Filter


def dragged(first: object, last: object, search: str = "") -> PageState | None:
    found = brushed({"xaxis.range[0]": first, "xaxis.range[1]": last}, PageState.parse("/", search))
    return None if found is None else PageState.parse("/", found)


def test_a_stretch_that_is_dragged_over_becomes_the_time_that_is_shown() -> None:
    state = dragged(NOON + 10.5, NOON + 3541, "?where=host=a&range=24h")
    assert state is not None and state.range == Span(NOON, NOON + 3600)
    assert state.where == (Filter("host", "=", "a"),)


def test_a_stretch_is_of_instants_whatever_the_clocks_of_the_page_show() -> None:
    assert dragged(NOON, NOON + 60, "?zone=Europe/Berlin") == dragged(NOON, NOON + 60, "?zone=Europe/Berlin&range=1h")
    state = dragged(NOON, NOON + 60, "?zone=Europe/Berlin")
    assert state is not None and state.range == Span(NOON, NOON + 60)


def test_a_long_stretch_is_taken_to_whole_hours_and_a_short_one_to_a_minute() -> None:
    long, short = dragged(NOON - 24.5 * 3600, NOON - 1800), dragged(NOON + 1, NOON + 2)
    assert long is not None and long.range == Span(NOON - 25 * 3600, NOON)
    assert short is not None and short.range == Span(NOON, NOON + 60)


@pytest.mark.parametrize("end", [None, "tomorrow", float("nan"), 1e30])
def test_what_is_no_stretch_leads_nowhere(end: object) -> None:
    assert dragged(NOON, end) is None


def test_a_filter_that_is_changed_stays_where_it_stood_and_one_that_was_off_is_applied() -> None:
    state = PageState.parse("/", "?where=host=a&where=status>=400&off=path=/x")
    changed = added(state, "host", "=", "b", "host=a")
    assert [each.written for each in changed.where] == ["host=b", "status>=400"]
    changed = added(state, "path", "begins", "/y", "path=/x")
    assert [each.written for each in changed.where] == ["host=a", "status>=400", "path begins /y"] and not changed.off


def test_a_filter_is_added_once_and_a_wrong_one_is_explained() -> None:
    state = added(PageState(), "status", ">=", "400")
    assert added(state, "status", ">=", "400").where == (Filter("status", ">=", "400"),)
    with pytest.raises(ConfigError, match="not a whole number"):
        added(state, "status", ">=", "many")
    with pytest.raises(ConfigError, match="missing"):
        added(state, "host", "=", "")
