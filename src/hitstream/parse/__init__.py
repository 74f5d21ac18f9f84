"""Bytes to hits: log formats, the field program they compile to, and the parsers that run it.

Called itself, the package parses a whole log: `hitstream.parse(log)` is `parse_log`.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from hitstream.parse.detect import detect, refuse_if_all_bad
from hitstream.parse.formats import FORMATS, compile_format
from hitstream.parse.program import Program
from hitstream.parse.several import compile_formats, parse
from hitstream.parse.whole import parse_log

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from hitstream.record import BadLine

__all__ = [
    "FORMATS",
    "Program",
    "compile_format",
    "compile_formats",
    "detect",
    "parse",
    "parse_log",
    "refuse_if_all_bad",
]


class _Callable(ModuleType):
    """One name for both: the public API calls what the design names a folder."""

    def __call__(
        self, log: "bytes | bytearray | memoryview | str | Path", format: str | None = None
    ) -> "tuple[pa.Table, list[BadLine]]":
        return parse_log(log, format)


_Callable.__call__.__doc__ = parse_log.__doc__
sys.modules[__name__].__class__ = _Callable
