"""What a page shows, as one value that stands in its address: page, range, filters, comparison, zone, choices.

    /errors?range=24h&where=status>=500&where=host~nasa&compare=previous&zone=Europe/Berlin
    /?from=1995-07-01T10:05&to=1995-07-02
    /?where=status>=500&off=host~nasa

A path names the page, every other part is optional. Instants are UTC whatever the zone that the page is shown in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from hitstream.dashboard import zones
from hitstream.dashboard.pages import PAGES, page_at, page_named
from hitstream.dashboard.panels.contract import Page
from hitstream.dashboard.ranges import Period, Span, Stretch, instant, named, span
from hitstream.errors import ConfigError
from hitstream.query import Filter, parse_filter
from hitstream.text import shortened, visible

MOST_FILTERS = 20
LONGEST_VALUE = 4096
"""Characters of a filter or of a page's own choice."""
_MOST_PARTS = 100


@dataclass(frozen=True)
class PageState:
    """Everything that makes one view differ from another."""

    page: str = PAGES[0].name
    range: Stretch | None = None
    """None for the one that suits the data, which only the data can tell."""
    where: tuple[Filter, ...] = ()
    off: tuple[Filter, ...] = ()
    """Filters that are kept at hand, and not applied."""
    compare: bool = False
    """Whether the previous period is shown beside."""
    zone: str = ""
    """Name of the time zone that times are written in; empty for UTC."""
    choices: tuple[tuple[str, str], ...] = ()
    """What a page lets choose besides, in the order of its names."""
    dropped: tuple[str, ...] = field(default=(), compare=False)
    """What was in the address and could not be understood, in words."""

    @classmethod
    def parse(cls, path: str | None, search: str | None) -> "PageState":
        """Read an address. Never fails: what is not understood is left out, and named in `dropped`."""
        said: list[str] = []
        page = page_at(path or "/")
        if page is None:
            said.append(f"there is no page {_short(path or '')}")
            page = PAGES[0]
        try:
            parts = parse_qsl((search or "").removeprefix("?"), keep_blank_values=True, max_num_fields=_MOST_PARTS)
        except ValueError:
            parts = []
            said.append(f"the address has more than {_MOST_PARTS} parts")
        given = dict(reversed(parts))
        return cls(
            page.name,
            _range(given, said),
            tuple(dict.fromkeys(_filters("where", parts, said))),
            tuple(dict.fromkeys(_filters("off", parts, said))),
            _compares(given, said),
            _zone(given, said),
            tuple(_choices(page, given, said)),
            tuple(said),
        )

    @property
    def asked(self) -> "PageState":
        """What has to be asked for this: the same for all zones, and for all times and filters that do not count.

        Days of the calendar are of a zone, and so is what lies as many days before a span.
        """
        page = page_named(self.page)
        of_zone = isinstance(self.range, Period) or (self.compare and isinstance(self.range, Span))
        asked = replace(self, off=(), zone=self.zone if of_zone else "", dropped=())
        if page.whole or page.now:
            asked = replace(asked, range=None, compare=False, zone="")
        return replace(asked, where=()) if page.whole else asked

    @property
    def tz(self) -> tzinfo:
        """The zone that times are written in."""
        return zones.zone(self.zone) or UTC

    @property
    def search(self) -> str:
        """The part of the address after the path, with its `?` where there is any."""
        written = urlencode(list(_parts(self)), quote_via=quote, safe="/:,")
        return f"?{written}" if written else ""

    def changed(self, **changes: Any) -> "PageState":
        """Return this state with some fields changed.

        Another page has none of this one's choices; and another time or other filters end those that are fleeting.
        """
        if changes.get("page", self.page) != self.page:
            changes.setdefault("choices", ())
        elif changes.keys() & {"range", "where"}:
            fleeting = page_named(self.page).fleeting
            changes.setdefault("choices", tuple(each for each in self.choices if each[0] not in fleeting))
        return replace(self, **changes)

    def href(self, **changes: Any) -> str:
        """Return the address of this state with some fields changed."""
        changed = self.changed(**changes)
        return f"{page_named(changed.page).path}{changed.search}"

    def toggled(self, *filters: Filter) -> tuple[Filter, ...]:
        """Return the filters with these added, or without them where all are there.

        A column is one thing at a time: what it was said to equal makes way.
        """
        if filters and set(filters) <= set(self.where):
            return tuple(each for each in self.where if each not in filters)
        equal = {each.column for each in filters if each.operator == "="}
        kept = (
            each for each in self.where if each not in filters and not (each.operator == "=" and each.column in equal)
        )
        return (*kept, *filters)

    def replaced(self, before: Filter, after: Filter) -> "PageState":
        """Return this state with a filter in place of another, and applied where the other was not."""
        where = (after if each == before else each for each in (*self.where, *({before} & {*self.off})))
        return self.changed(
            where=tuple(dict.fromkeys(where)), off=tuple(each for each in self.off if each not in (before, after))
        )

    def switched(self, which: Filter) -> "PageState":
        """Return this state with a filter no longer applied, or applied again."""
        if which in self.where:
            return self.changed(
                where=tuple(each for each in self.where if each != which),
                off=tuple(dict.fromkeys((*self.off, which))),
            )
        return self.changed(
            where=tuple(dict.fromkeys((*self.where, which))), off=tuple(each for each in self.off if each != which)
        )

    def choice(self, name: str) -> str:
        """Return what is chosen, or what the page's table says first; empty where it says nothing."""
        return dict(self.choices).get(name) or next(iter(page_named(self.page).choices.get(name, ())), "")

    def chosen(self, **changes: str) -> tuple[tuple[str, str], ...]:
        """Return the choices with some changed; those that are what the page would take anyway are left out."""
        table = page_named(self.page).choices
        now = dict(self.choices) | changes
        return tuple((name, now[name]) for name in table if now.get(name) and now[name] != next(iter(table[name]), ""))


def _parts(state: PageState) -> Iterator[tuple[str, str]]:
    if isinstance(state.range, Span):
        yield "from", instant(state.range.start)
        yield "to", instant(state.range.end)
    elif state.range is not None:
        yield "range", state.range.name
    yield from (("where", each.written) for each in state.where)
    yield from (("off", each.written) for each in state.off)
    if state.compare:
        yield "compare", "previous"
    if state.zone:
        yield "zone", state.zone
    yield from state.choices


def _range(given: dict[str, str], said: list[str]) -> Stretch | None:
    if "from" in given or "to" in given:
        try:
            return span(given.get("from", ""), given.get("to", ""))
        except (ConfigError, OverflowError) as error:
            said.append(f"the time from {_short(given.get('from', ''))} to {_short(given.get('to', ''))}: {error}")
    if "range" in given and named(given["range"]) is None:
        said.append(f"there is no range {_short(given['range'])}")
    return named(given.get("range"))


def _filters(name: str, parts: list[tuple[str, str]], said: list[str]) -> Iterator[Filter]:
    texts = [value for part, value in parts if part == name]
    for text in texts[:MOST_FILTERS]:
        try:
            if len(text) > LONGEST_VALUE:
                raise ConfigError(f"it has more than {LONGEST_VALUE} characters.")
            yield parse_filter(text)
        except (ConfigError, OverflowError) as error:
            said.append(f"the filter {_short(text)}: {error}")
    if len(texts) > MOST_FILTERS:
        said.append(f"filters after the first {MOST_FILTERS}")


def _compares(given: dict[str, str], said: list[str]) -> bool:
    wanted = given.get("compare", "")
    if wanted not in ("", "previous"):
        said.append(f"compare cannot be {_short(wanted)}, but previous")
    return wanted == "previous"


def _zone(given: dict[str, str], said: list[str]) -> str:
    name = given.get("zone", "")
    if zones.zone(name) is None:
        said.append(f"there is no time zone {_short(name)}")
        return ""
    return "" if name == "UTC" else name


def _choices(page: Page, given: dict[str, str], said: list[str]) -> Iterator[tuple[str, str]]:
    own = {"from", "to", "range", "where", "off", "compare", "zone"}
    for name in page.choices:
        value, allowed = given.get(name, ""), page.choices[name]
        if len(value) > LONGEST_VALUE or (value and allowed and value not in allowed):
            said.append(f"{name} cannot be {_short(value)}")
        elif value and value != next(iter(allowed), ""):
            yield name, value
    said += [f"{page.title} knows no {_short(name)}" for name in given if name not in own and name not in page.choices]


def _short(text: str) -> str:
    return f"“{shortened(visible(text[:100]), 60)}”"
