"""Refuses parameters that a question does not have: one that is misspelt would be left out, and the answer be wrong."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from fastapi import Request

from hitstream.errors import ConfigError

_LONGEST_NAME = 100
"""Characters of a name that an error quotes."""


async def refuse_unknown(request: Request) -> None:
    """Let a request pass whose parameters its route has.

    Raises:
        ConfigError: it has another one; the hint names the nearest.
    """
    known = set(_names(request.scope["route"].dependant))
    for name in request.query_params:
        if name not in known:
            raise unknown(name, sorted(known))


def unknown(name: str, known: list[str]) -> ConfigError:
    """Return what says that there is no parameter of that name, and which there are."""
    near = get_close_matches(name, known, 1)
    meant = f"Did you mean {near[0]!r}?" if near else f"Parameters: {', '.join(known) or 'none'}."
    return ConfigError(f"There is no parameter {name[:_LONGEST_NAME]!r} here.", meant)


def _names(dependant: Any) -> Iterator[str]:
    """Yield the names of the parameters of a route and of what it depends on."""
    yield from (each.alias for each in dependant.query_params)
    for each in dependant.dependencies:
        yield from _names(each)
