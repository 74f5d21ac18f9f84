"""The shapes of envelopes, as a regular expression for the reference and as tables for the kernel.

An item is (a set of bytes, the fewest, the most of them); it takes as many as it can.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from hitstream.parse.envelopes import Envelope
from hitstream.record import I64, U8

UNBOUNDED = 1 << 40
_ITEM = re.compile(
    r"(?P<set>\[(?:\\.|[^\]\\])+\]|\\x[0-9a-f]{2}|\\.|[^\\\[\]{}?*+()|.])"
    r"(?P<times>\{\d+(?:,\d+)?\}|[?*+])?"
)
_TIMES = {"": (1, 1), "?": (0, 1), "*": (0, UNBOUNDED), "+": (1, UNBOUNDED)}


class ShapeTables(NamedTuple):
    """The shapes of an envelope for the kernel.

    `sets[s * 256 + byte]` is 1 where set s has the byte. `items` holds (set, fewest, most) a row; `shapes` holds (first
    item, items, code) a row: the code is twice the number of the stream, plus 1 for a part.
    """

    sets: U8
    items: I64
    shapes: I64


def possessive(shape: str) -> "re.Pattern[bytes]":
    """Return a shape as a regular expression whose items give nothing back."""
    pieces = [found["set"] + found["times"] + "+" if found["times"] else found["set"] for found in _items(shape)]
    return re.compile("".join(pieces).encode(), re.DOTALL)


@lru_cache(maxsize=64)
def shape_tables(envelope: Envelope) -> ShapeTables:
    """Return the shapes of an envelope as the kernel takes them."""
    sets: dict[str, int] = {}
    items: list[tuple[int, int, int]] = []
    shapes: list[tuple[int, int, int]] = []
    for part, group in enumerate((envelope.whole, envelope.parts)):
        for number, shape in enumerate(group):
            rows = [(sets.setdefault(item["set"], len(sets)), *_times(item["times"] or "")) for item in _items(shape)]
            shapes.append((len(items), len(rows), 2 * (number if envelope.parts else 0) + part))
            items += rows
    members = [[bool(re.fullmatch(name.encode(), bytes([byte]), re.DOTALL)) for byte in range(256)] for name in sets]
    return ShapeTables(
        np.array(members, np.uint8).ravel(), np.array(items, np.int64).ravel(), np.array(shapes, np.int64).ravel()
    )


def _items(shape: str) -> list["re.Match[str]"]:
    found = list(_ITEM.finditer(shape))
    assert "".join(item[0] for item in found) == shape, shape
    return found


def _times(written: str) -> tuple[int, int]:
    if written in _TIMES:
        return _TIMES[written]
    fewest, _, most = written.strip("{}").partition(",")
    return int(fewest), int(most or fewest)
