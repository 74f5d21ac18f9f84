from asking import drawn, elements, links, words

from hitstream.dashboard.controls import turned
from hitstream.dashboard.state import PageState
from hitstream.query import Filter


def filters(href: str) -> tuple[Filter, ...]:
    path, _, search = href.partition("?")
    return PageState.parse(path, search).where


def test_a_chip_leads_to_its_opposite_and_to_the_page_without_it() -> None:
    state = PageState.parse("/", "?where=status in 404,5xx&where=path=/a")
    first, second = drawn(turned(state), "chips")
    _, invert, remove = (filters(link["href"]) for link in links(first))
    assert invert == (Filter("status", "not in", "404,5xx"), Filter("path", "=", "/a"))
    assert remove == (Filter("path", "=", "/a"),)
    assert words(second) == "path=/a"


def test_a_chip_is_switched_off_and_on_again_and_says_what_it_is_to_be_changed_from() -> None:
    path, status = Filter("path", "=", "/a"), Filter("status", "=", "404")
    (on, _) = drawn(turned(PageState.parse("/", "?where=path=/a&where=status=404")), "chips")
    off = PageState.parse(*links(on)[0]["href"].partition("?")[::2])
    assert (off.where, off.off) == ((status,), (path,))
    assert off.asked == PageState.parse("/", "?where=status=404").asked
    chips = drawn(turned(off), "chips")
    assert [chip[1]["class"] for chip in chips] == ["chip", "chip off"]
    again = PageState.parse(*links(chips[1])[0]["href"].partition("?")[::2])
    assert (again.where, again.off) == ((status, path), ())
    said = [made[1] for made in elements(chips) if made[0] == "button"]
    assert [each["data-filter"] for each in said] == ["status=404", "path=/a"]
    assert [said[1][f"data-{part}"] for part in ("column", "operator", "value")] == ["path", "=", "/a"]


def test_bots_are_told_from_humans_by_a_switch_that_leaves_other_filters_alone() -> None:
    state = PageState.parse("/errors", "?where=bot=-&where=path=/a")
    props = turned(state)
    assert [name for name in ("humans", "bots", "all") if props[f"who-{name}"]["className"]] == ["humans"]
    path = Filter("path", "=", "/a")
    assert filters(props["who-bots"]["href"]) == (path, Filter("bot", "!=", "-"))
    assert filters(props["who-all"]["href"]) == (path,)
    assert turned(PageState.parse("/", "?where=bot=Googlebot"))["who-all"]["className"] == "chosen"
