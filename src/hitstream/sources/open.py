"""The source that a command line means."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from hitstream.clock import Clock
from hitstream.errors import ConfigError
from hitstream.sources.contract import LINE_CAP, MAX_BYTES, Source
from hitstream.sources.decompress import Limits
from hitstream.sources.identity import SourceState
from hitstream.sources.stdin import StreamSource
from hitstream.sources.tail import Tail

STDIN = "-"


def open_source(
    paths: Sequence[str | Path],
    *,
    states: Iterable[SourceState] = (),
    follow: bool = False,
    torn: Literal["wait", "take"] = "wait",
    max_bytes: int = MAX_BYTES,
    line_cap: int = LINE_CAP,
    limits: Limits | None = None,
    clock: Clock | None = None,
) -> Source:
    """Return the source for some paths, or for standard input if the only path is `-`.

    The arguments are those of `Tail`.

    Raises:
        ConfigError: no path, `-` among others, or a path that means no file.
    """
    if not paths:
        raise ConfigError("There is nothing to read.", "Give files, directories or globs, or `-` for standard input.")
    if STDIN in map(str, paths):
        if len(paths) > 1:
            raise ConfigError("Standard input (`-`) cannot be read together with files.", "Read them in two runs.")
        return StreamSource(sys.stdin.buffer, max_bytes=max_bytes, line_cap=line_cap, limits=limits)
    return Tail(
        paths,
        states=states,
        follow=follow,
        torn=torn,
        max_bytes=max_bytes,
        line_cap=line_cap,
        limits=limits,
        clock=clock,
    )
