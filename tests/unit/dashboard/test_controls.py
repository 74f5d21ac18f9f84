from asking import drawn, links, words

from hitstream.dashboard.controls import turned
from hitstream.dashboard.state import State
from hitstream.query import Filter


def filters(href: str) -> tuple[Filter, ...]:
    path, _, search = href.partition("?")
    return State.parse(path, search).where


def test_a_chip_leads_to_its_opposite_and_to_the_page_without_it() -> None:
    state = State.parse("/", "?where=status in 404,5xx&where=path=/a")
    first, second = drawn(turned(state), "chips")
    invert, remove = (filters(link["href"]) for link in links(first))
    assert invert == (Filter("status", "not in", "404,5xx"), Filter("path", "=", "/a"))
    assert remove == (Filter("path", "=", "/a"),)
    assert words(second) == "path=/a"


def test_bots_are_told_from_humans_by_a_switch_that_leaves_other_filters_alone() -> None:
    state = State.parse("/errors", "?where=bot=-&where=path=/a")
    props = turned(state)
    assert [name for name in ("humans", "bots", "all") if props[f"who-{name}"]["className"]] == ["humans"]
    path = Filter("path", "=", "/a")
    assert filters(props["who-bots"]["href"]) == (path, Filter("bot", "!=", "-"))
    assert filters(props["who-all"]["href"]) == (path,)
    assert turned(State.parse("/", "?where=bot=Googlebot"))["who-all"]["className"] == "chosen"
