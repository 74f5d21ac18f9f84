"""The site as tables to draw from: how often a page is asked for, and which of its images come with it.

Targets are numbered as `sections` lists them. A target has three requests: answered as usual, answered with
another size (the page was edited), and not modified. Request = 3 x target + variant; odd requests follow.
"""

from bisect import bisect_right
from itertools import accumulate

import numpy as np

from hitstream.record import I64, U64
from hitstream.sources.generate import published
from hitstream.sources.generate.draws import Wheel, power_law
from hitstream.sources.generate.sections import ODD, SECTIONS, Section, target

SLOTS = 5
"""The most images that a page shows."""

ABSENT = -1

_USUAL, _EDITED, _NOT_MODIFIED = range(3)
_VARIANTS = 3
_EDITED_SHARE = 0.25
_SCALE = 256  # weight of one published request, so that rare targets keep their share in whole numbers
_DECLINE = (2.0, 0.95)  # shift and exponent of the power law within a section
_MIX = 2_654_435_761

_SHOWN = {pattern for section in SECTIONS for pattern in section.shows}
_FIRST = (0, *accumulate(section.items for section in SECTIONS))
_NUMBER = {section.pattern: number for number, section in enumerate(SECTIONS)}
_TARGETS = _FIRST[-1]
REQUESTS = _TARGETS * _VARIANTS + len(ODD)
TARGETS = -(-REQUESTS // _VARIANTS)
"""Rows of a table by target, those of odd requests included."""


def target_of(requests: I64) -> I64:
    """Return the target of each request."""
    return requests // _VARIANTS


def path(number: int) -> bytes:
    """Return the text of a target; an odd request counts as one for the home page."""
    if number >= _TARGETS:
        return b"/"
    section = bisect_right(_FIRST, number) - 1
    return target(SECTIONS[section], number - _FIRST[section]).encode()


def text(request: int) -> bytes:
    """Return what a line says of a request, from the quoted request to the bytes of the answer."""
    number, variant = divmod(request, _VARIANTS)
    if number >= _TARGETS:
        return ODD[request - _TARGETS * _VARIANTS][0]
    section = SECTIONS[bisect_right(_FIRST, number) - 1]
    if variant == _NOT_MODIFIED:
        answer = b"304 0"
    else:
        size = _size(section, number)
        answer = b"%d %s" % (
            section.status,
            b"-" if size < 0 else b"%d" % (size + variant * (number % 97 - 3)),
        )
    return b'"GET %s HTTP/1.0" %s' % (path(number), answer)


class Site:
    """Draws page views and tells what they fetch.

    A view draws 32 random bits for how cold its browser's cache is, and fetches image i of the page where
    they are below `fresh`, asks whether it changed (304) where they are below `known`, and else shows what it
    has. One draw serves the whole page, because a browser that lacks one logo lacks the others too.
    """

    def __init__(self) -> None:
        weights = _request_weights()
        self._wheel = Wheel(weights)
        views = weights[: _TARGETS * _VARIANTS].reshape(-1, _VARIANTS).sum(axis=1)
        self._image = np.zeros((TARGETS, SLOTS), np.int64)
        self._fresh = np.zeros((TARGETS, SLOTS), np.uint64)
        self._known = np.zeros((TARGETS, SLOTS), np.uint64)
        for section in SECTIONS:
            for slot, pattern in enumerate(section.shows):
                self._show(section, slot, SECTIONS[_NUMBER[pattern]])
        self.lines_per_view = 1 + float((views @ self._known[:_TARGETS]).sum()) / 2.0**32 / float(weights.sum())

    def draw(self, raw: U64) -> I64:
        """Turn random bits into requests for pages."""
        return self._wheel.draw(raw)

    def requests(self, pages: I64, raw: U64) -> I64:
        """Return what each page view requests: the page, then its images; `ABSENT` where it needs none."""
        shown = target_of(pages)
        cold = (raw >> np.uint64(32))[:, None]
        images = self._image[shown] + np.where(cold < self._fresh[shown], _USUAL, _NOT_MODIFIED)
        images[cold >= self._known[shown]] = ABSENT
        return np.column_stack([pages, images])

    def _show(self, page: Section, slot: int, image: Section) -> None:
        rows = _rows(page)
        views = sum(section.requests for section in SECTIONS if image.pattern in section.shows)
        known = image.requests / views
        fresh = known * (1 - _not_modified(image) / image.requests)
        self._image[rows, slot] = (_rows(image).start + np.arange(page.items) % image.items) * _VARIANTS
        self._known[rows, slot] = int(known * 2**32)
        self._fresh[rows, slot] = int(fresh * 2**32)


def _rows(section: Section) -> slice:
    number = _NUMBER[section.pattern]
    return slice(_FIRST[number], _FIRST[number + 1])


def _size(section: Section, number: int) -> int:
    low, high = section.bytes
    spread = number * _MIX % 2**16
    return low + ((high - low) * spread * spread >> 32)


def _usual_share() -> float:
    """Return the share of 304 among targets for which it is not published."""
    usual = sum(s.requests for s in SECTIONS if s.status == 200 and s.not_modified is None)
    return (published.STATUS[304] - sum(s.not_modified or 0 for s in SECTIONS)) / usual


_USUAL_SHARE = _usual_share()


def _not_modified(section: Section) -> float:
    if section.not_modified is not None:
        return section.not_modified
    return _USUAL_SHARE * section.requests if section.status == 200 else 0.0


def _request_weights() -> I64:
    """Return the weight of every request as the start of a page view; images come by their pages alone."""
    weights = np.zeros(REQUESTS, np.int64)
    table = weights[: _TARGETS * _VARIANTS].reshape(-1, _VARIANTS)
    for section in SECTIONS:
        if section.pattern in _SHOWN:
            continue
        views = power_law(section.items, *_DECLINE, _SCALE * section.requests)
        kept = _not_modified(section) / section.requests
        edited = _EDITED_SHARE if section.status == 200 else 0.0
        shares = ((1 - kept) * (1 - edited), (1 - kept) * edited, kept)
        for variant, share in zip((_USUAL, _EDITED, _NOT_MODIFIED), shares, strict=True):
            table[_rows(section), variant] = np.rint(views * share)
    weights[_TARGETS * _VARIANTS :] = [_SCALE * count for _, count in ODD]
    return weights
