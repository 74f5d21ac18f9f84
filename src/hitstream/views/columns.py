"""`DERIVED`: the columns that are made from a line's own columns, a row a column.

What functions make of a text is remembered, so that slow ones (agents) cost little. They return None where the
column has no value; views leave such hits out.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from hitstream.parse.dictionaries import GrowingDictionary
from hitstream.parse.values import split_url
from hitstream.record import I32, I64, NO_CODE, Column, Hits, Texts

_REMEMBERED = 1 << 15
"""Texts of a column of the line for which the derived ones are remembered."""
_REMEMBERED_BYTES = 32 << 20
_AGENTS = 1 << 17
_STATIC = frozenset(
    {"avif", "bmp", "css", "csv", "doc", "docx", "eot", "flac", "gif", "gz", "ico", "jpeg", "jpg", "js", "json", "map"}
    | {"mid", "mjs", "mov", "mp3", "mp4", "mpeg", "mpg", "ogg", "otf", "pdf", "png", "ppt", "pptx", "ps", "rar", "rss"}
    | {"svg", "swf", "tar", "tgz", "tif", "tiff", "ttf", "txt", "wasm", "wav", "webm", "webp", "wmv", "woff", "woff2"}
    | {"xbm", "xls", "xlsx", "xml", "zip"}
)
_COUNTRY_OF = {"uk": "GB", "edu": "US", "gov": "US", "mil": "US"}
_NOT_A_COUNTRY = frozenset({"eu", "su"})
_RULE = re.compile(r"^(?!//)\S+", re.MULTILINE)
_UNTOLD = "K"
_LABEL = re.compile(r"[a-z][a-z]")


class Derived(NamedTuple):
    """A column made from another: its name, the line's column it is made from, and how."""

    name: str
    source: str
    of: Callable[[str], str | None]


def path(target: str) -> str:
    """Return a target without its query, and without the scheme and host of a full URL."""
    return split_url(target)[1].partition("?")[0]


def extension(target: str) -> str | None:
    """Return the kind of static file a target names, by its extension."""
    name = path(target).rpartition("/")[2]
    kind = name.rpartition(".")[2].lower()
    return kind if kind in _STATIC and "." in name else None


def domain(host: str) -> str | None:
    """Return the registered domain of a host name (by the Public Suffix List); an address has none."""
    name = _name(host)
    if name is None:
        return None
    suffixes = _all_suffixes() if "xn--" in name else _suffixes(name.rpartition(".")[2])
    return suffixes.privatesuffix(name) or None


def country(host: str) -> str | None:
    """Return the ISO 3166 code that a host's top-level domain stands for."""
    top = (_name(host) or "").rpartition(".")[2]
    if top in _COUNTRY_OF:
        return _COUNTRY_OF[top]
    return top.upper() if _LABEL.fullmatch(top) and top not in _NOT_A_COUNTRY else None


def site(referrer: str) -> str | None:
    """Return the host that a referrer's URL names."""
    try:
        return urlsplit(referrer).hostname or None
    except ValueError:
        return None


def browser(agent: str) -> str | None:
    """Return the family of a browser; a bot is none."""
    return None if bot(agent) else _agent(agent)[0]


def operating_system(agent: str) -> str | None:
    """Return the family of the operating system."""
    return None if bot(agent) else _agent(agent)[1]


def device(agent: str) -> str | None:
    """Return the family of the device. To Chrome every Android is a K: that it is a phone, or not, is all it tells."""
    if bot(agent):
        return "Bot"
    family = _agent(agent)[2]
    if family == _UNTOLD:
        return "Generic Smartphone" if "Mobile" in agent else "Generic Tablet"
    return family


def bot(agent: str) -> str | None:
    """Return the name of a crawler or monitor; a browser is none, and neither is a tool like curl."""
    family, _, kind = _agent(agent)
    return family if kind == "Spider" else None


DERIVED: tuple[Derived, ...] = (
    Derived("path", "target", path),
    Derived("extension", "target", extension),
    Derived("domain", "host", domain),
    Derived("country", "host", country),
    Derived("site", "referrer", site),
    Derived("browser", "agent", browser),
    Derived("os", "agent", operating_system),
    Derived("device", "agent", device),
    Derived("bot", "agent", bot),
)


def derive(hits: Hits, derived: tuple[Derived, ...] = DERIVED) -> Hits:
    """Return the hits with their derived columns; those whose source column the format lacks stay away."""
    text = dict(hits.text)
    for source, made in _makers(derived).items():
        if source in text:
            text |= made.columns(text[source])
    return Hits(hits.source, hits.offset, hits.time, hits.zone, hits.status, hits.bytes, hits.duration, text)


class _Maker:
    """Makes the columns that come from one column of the line; remembers what it made of a text."""

    def __init__(self, rows: tuple[Derived, ...]) -> None:
        self._rows = rows
        self._alone = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._known = GrowingDictionary()
        self._values = [_Values() for _ in self._rows]
        self._made = np.zeros((len(self._rows), 0), np.int32)
        """For each row the code of what it makes of each known text."""

    def columns(self, source: Column) -> dict[str, Column]:
        """Return the columns made from this one, by their names."""
        with self._alone:
            if len(self._known) >= _REMEMBERED or self._known.size >= _REMEMBERED_BYTES:
                self._forget()
            texts = self._known.codes(source.texts)
            self._make(np.arange(self._made.shape[1], len(self._known)))
            made, values = self._made[:, texts], self._values
        rows = zip(self._rows, made, values, strict=True)
        return {row.name: _recoded(source, codes, known.texts) for row, codes, known in rows}

    def _make(self, new: I64) -> None:
        """Make what comes from texts that are new."""
        texts = [text.decode() for text in self._known.chosen(new)]
        rows = zip(self._rows, self._values, strict=True)
        made = [list(map(values.__getitem__, map(row.of, texts))) for row, values in rows]
        self._made = np.concatenate((self._made, np.array(made, np.int32)), axis=1)


class _Values(dict[str | None, int]):
    """Numbers texts in the order of their first appearance."""

    def __init__(self) -> None:
        super().__init__({None: NO_CODE})
        self.texts: list[str] = []

    def __missing__(self, value: str) -> int:
        code = self[value] = len(self.texts)
        self.texts.append(value)
        return code


@cache
def _makers(derived: tuple[Derived, ...]) -> dict[str, _Maker]:
    sources = dict.fromkeys(row.source for row in derived)
    return {source: _Maker(tuple(row for row in derived if row.source == source)) for source in sources}


def _recoded(source: Column, codes: I32, texts: list[str]) -> Column:
    """Return a column that has these values in place of the source's texts, in the order of their first appearance."""
    place = np.empty(len(texts) + 1, np.int32)
    each = np.arange(len(codes), dtype=np.int32)
    place[codes[::-1]] = each[::-1]  # the first of each value stays
    distinct = codes[(place[codes] == each) & (codes != NO_CODE)]
    place[distinct] = each[: len(distinct)]
    place[NO_CODE] = NO_CODE
    recoded = np.append(place[codes], np.int32(NO_CODE))  # NO_CODE is also the index of the last one
    return Column(recoded[source.codes], Texts.encode([texts[code] for code in distinct.tolist()]))


def _name(host: str) -> str | None:
    """Return the name in lower case, without the dot of the root; None for a single label and for an address.

    A last label of digits makes an IPv4 address, or a name that cannot be (WHATWG URL, "ends in a number").
    """
    name = host.lower().removesuffix(".")
    top = name.rpartition(".")[2]
    return None if "." not in name or ":" in name or top.isdecimal() else name


@cache
def _all_suffixes() -> Any:
    """Return the list, with names in Punycode too: encoding them takes long."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@cache
def _suffixes(top: str) -> Any:
    """Return the part of the list that ends in a top-level domain: reading all of it takes long."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(_rules().get(top, []), accept_encoded_idn=False)


@cache
def _rules() -> dict[str, list[str]]:
    """Return the rules of the list by the top-level domain they end in."""
    from publicsuffixlist import PSLFILE

    rules: dict[str, list[str]] = defaultdict(list)
    for rule in _RULE.findall(Path(PSLFILE).read_text("utf-8")):
        rules[rule.rpartition(".")[2]].append(rule)
    return rules


@lru_cache(maxsize=_AGENTS)
def _agent(agent: str) -> tuple[str, str, str]:
    """Return the families of browser, operating system and device."""
    from ua_parser import parse

    found = parse(agent)
    parts = (found.user_agent, found.os, found.device)
    browser_family, system, kind = (part.family if part else "Other" for part in parts)
    return browser_family, system, kind
