"""What the page's own parts (navigation, ranges, chips, links) show for a state, before any number is there."""

from typing import Any

from hitstream import text
from hitstream.dashboard import controls
from hitstream.dashboard.page import frame
from hitstream.dashboard.pages import PAGES, page_named
from hitstream.dashboard.panels.contract import Props
from hitstream.dashboard.state import PageState


def turned(state: PageState, told: PageState | None) -> Props:
    """Return what turns a page that shows `told` (None: anything) to a state; its numbers are still to come."""
    if state == told:
        return {}
    page = page_named(state.page)
    props: Props = {"page": {"data-state": "loading"}, "place": {"data": place(state)}}
    if told is None or told.page != state.page:
        props["content"] = {"children": frame(page)}
        props |= {f"go-{each.name}": {"className": "chosen" if each is page else ""} for each in PAGES}
    props |= {f"go-{each.name}": props.get(f"go-{each.name}", {}) | _go(state, each.name) for each in PAGES}
    props |= controls.turned(state)
    props["said"] = {"children": f"Left out of the address: {text.listed(state.dropped)}" if state.dropped else ""}
    return props | (page.turn(state) if page.turn else {})


def place(state: PageState) -> dict[str, str]:
    """Return what a page keeps of the state it was turned to: path, rest of the address, and the name of the page."""
    page = page_named(state.page)
    return {"path": page.path, "search": state.search, "title": page.title}


def place_of(kept: Any) -> PageState | None:
    """Return the state that a page was turned to, from what it kept."""
    return PageState.parse(kept["path"], kept["search"]) if kept else None


def _go(state: PageState, name: str) -> dict[str, str]:
    return {"href": state.href(page=name, choices=() if name != state.page else state.choices)}
