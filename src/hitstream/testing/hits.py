"""Hypothesis strategies for hits, written as plain Python, a dict a hit, and the way from there to columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from hitstream.record import NO_CODE, TEXT_COLUMNS, Column, Hits, Texts

Row = dict[str, Any]
"""A hit: its time (microseconds), status and bytes, and the texts of the columns that it has."""

_DAY = 86_400_000_000
_DAYS = (-25_567, -1, 0, 9_312, 9_313, 20_089)  # from 1900 to 2025, two of them neighbours
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.5.0",
    "",
)
_TEXTS: dict[str, tuple[str, ...]] = {
    "vhost": ("example.org", "example.net"),
    "host": ("piweba3y.prodigy.com", "news.bbc.co.uk", "10.0.0.1", "2001:db8::1", "a.kobe.jp", "x", ""),
    "user": ("ada", "josé"),
    "method": ("GET", "POST", "HEAD"),
    "target": ("/", "/a.gif", "/a.gif?q=1", "/a.GIF", "/b?x=/c.css", "/(other)", "*", ""),
    "protocol": ("HTTP/1.0", "HTTP/1.1", ""),
    "referrer": ("http://Example.org/a", "https://example.org:8443/b", "http://[", "about:blank"),
    "agent": _AGENTS,
}
_STRANGE = st.text(st.characters(codec="utf-8"), max_size=5)


def times() -> st.SearchStrategy[int]:
    """Microseconds since 1970, many of them in the same few days, at the edges of minutes, hours and days too."""
    near = st.one_of(st.sampled_from([0, 1, _DAY - 1]), st.integers(0, 240_000_000), st.integers(0, _DAY - 1))
    return st.tuples(st.sampled_from(_DAYS), near).map(lambda part: part[0] * _DAY + part[1])


def rows(columns: Sequence[str] = TEXT_COLUMNS) -> st.SearchStrategy[Row]:
    """Hits that may lack any of their columns."""
    needed = {
        "time": times(),
        "status": st.sampled_from([100, 200, 200, 304, 399, 400, 404, 404, 599]),
        "bytes": st.one_of(st.just(-1), st.integers(0, 5000), st.just(1 << 40)),
    }
    texts = {
        name: st.one_of(st.sampled_from(_TEXTS[name]), st.sampled_from(_TEXTS[name]), _STRANGE) for name in columns
    }
    return st.fixed_dictionaries(needed, optional=texts)


@st.composite
def batches(draw: st.DrawFn, max_size: int = 40) -> list[Row]:
    """Hits of one format: a column that it lacks is in none of them."""
    columns = draw(st.sets(st.sampled_from(TEXT_COLUMNS), min_size=1).map(sorted))
    return draw(st.lists(rows(columns), max_size=max_size))


def hits_of(found: Sequence[Row], source: str = "a.log") -> Hits:
    """Return hits in columns, as a parser gives them: a text that no hit has stays away."""

    def numbers(name: str, default: int = 0) -> list[int]:
        return [row.get(name, default) for row in found]

    return Hits(
        source,
        np.arange(len(found), dtype=np.int64) * 100,
        np.array(numbers("time"), np.int64),
        np.array(numbers("zone"), np.int16),
        np.array(numbers("status", 200), np.int16),
        np.array(numbers("bytes", -1), np.int64),
        np.array(numbers("duration", -1), np.int64),
        {name: _column(found, name) for name in TEXT_COLUMNS if any(name in row for row in found)},
    )


def _column(found: Sequence[Row], name: str) -> Column:
    code_of: dict[str, int] = {}
    codes = [code_of.setdefault(row[name], len(code_of)) if name in row else NO_CODE for row in found]
    return Column(np.array(codes, np.int32), Texts.encode(list(code_of)))
