from hypothesis import given
from hypothesis import strategies as st

from hitstream.dashboard.pages import PAGES
from hitstream.dashboard.ranges import RANGES, Span
from hitstream.dashboard.state import LONGEST_VALUE, MOST_FILTERS, PageState
from hitstream.errors import ConfigError
from hitstream.query import Filter, filters


def holds(each: Filter) -> bool:
    try:
        filters.tests(each)
    except ConfigError:
        return False
    return True


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
FILTERS = st.one_of(
    st.builds(
        Filter, st.sampled_from(("host", "path", "agent")), st.sampled_from(("=", "!=", "~", "!~")), TEXTS
    ).filter(holds),
    st.builds(Filter, st.just("status"), st.sampled_from((">=", "<", "=")), st.integers(0, 999).map(str)),
).filter(holds)
SPANS = st.tuples(st.integers(0, 4_000_000_000), st.integers(1, 10_000_000)).map(lambda x: Span(x[0], x[0] + x[1]))
STATES = st.builds(
    PageState,
    st.sampled_from([page.name for page in PAGES]),
    st.one_of(st.none(), st.sampled_from(RANGES), SPANS),
    st.lists(FILTERS, max_size=5, unique=True).map(tuple),
    st.lists(FILTERS, max_size=2, unique=True).map(tuple),
    st.booleans(),
    st.sampled_from(("", "Europe/Berlin", "Asia/Kolkata")),
)


def at(href: str) -> PageState:
    path, _, search = href.partition("?")
    return PageState.parse(path, f"?{search}")


@given(STATES)
def test_a_state_is_read_from_its_own_address(state: PageState) -> None:
    assert at(state.href()) == state
    assert at(state.href()).dropped == ()


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_address_is_read(path: str, search: str) -> None:
    PageState.parse(path, search)


@given(
    st.lists(
        st.tuples(st.sampled_from(("where", "from", "to", "range", "zone", "x")), st.text(max_size=30)), max_size=8
    )
)
def test_any_parts_are_read(parts: list[tuple[str, str]]) -> None:
    PageState.parse("/", "&".join(f"{name}={value}" for name, value in parts))


def test_what_is_not_understood_is_left_out_and_said() -> None:
    state = at(
        "/nowhere?range=2h&where=status>=x&where=colour=red&zone=Atlantis&from=a&to=b&y=1&where=host=a&compare=zzz"
    )
    assert state == PageState(where=(Filter("host", "=", "a"),))
    said = " ".join(state.dropped)
    for word in ("nowhere", "2h", "zzz", "status", "colour", "Atlantis", "“a” to “b”", "“y”"):
        assert word in said


def test_an_address_has_an_end() -> None:
    many = "&".join(f"where=bytes={n}" for n in range(MOST_FILTERS + 5))
    assert len(at(f"/?{many}").where) == MOST_FILTERS and at(f"/?{many}").dropped
    assert at("/?where=host=" + "a" * LONGEST_VALUE).where == ()
    assert at("/?" + "&".join("x=1" for _ in range(1000))).dropped


def test_a_filter_chosen_twice_is_gone_and_another_key_takes_its_place() -> None:
    one, two = Filter("host", "=", "a"), Filter("host", "=", "b")
    state = PageState(where=(Filter("status", ">=", "400"), one))
    assert state.toggled(one) == (Filter("status", ">=", "400"),)
    assert state.toggled(two) == (Filter("status", ">=", "400"), two)


def test_zones_are_asked_for_once() -> None:
    assert at("/?zone=Europe/Berlin&range=1h").asked == at("/?range=1h").asked
    assert at("/?compare=previous&range=1h").asked != at("/?range=1h").asked
