"""The shape of a line: what is left of it without its words and what is in quotes."""

import re

_QUOTED = re.compile(rb'"[^"]*"')
_WORD = re.compile(rb"[^\s\"\[\]{}(),;|=]+")


def shape_of(line: bytes) -> bytes:
    """Return the shape of a line: lines of one format have few."""
    return _WORD.sub(b"w", _QUOTED.sub(b'"', line))
