"""What is not sure about a format that was told from a log's lines: what else fits them, and what is left out."""

from collections.abc import Sequence

import numpy as np

from hitstream.parse.program import Program
from hitstream.parse.several import formats_of, parse
from hitstream.record import Chunk, Column, Hits

_COMPARED_LINES = 50
_SURE_SHARE = 0.5
_FEW_LINES = 10
_NUMBERS = ("time", "status", "bytes", "duration")
_TEXTS = ("host", "method", "target")
_UNIT = "its last number is left out, since its unit is not said: --format {} reads it as microseconds (Apache's %D)"

_LEFT_OUT = {
    "common_number": _UNIT.format("common_duration"),
    "combined_number": _UNIT.format("combined_duration") + ", tomcat_duration as milliseconds",
    "combinedio": "its last numbers are taken for bytes received and sent",
    "common_more": "what follows in the lines is left out: give the server's own format by --format",
    "combined_more": "what follows in the lines is left out: give the server's own format by --format",
}
"""What a person should know of a format that was taken by its shape."""


def doubt_of(lines: Sequence[bytes], program: Program, rivals: Sequence[Program]) -> str:
    """Return in a sentence what is not sure about the format of a log's lines; nothing where all is.

    Args:
        lines: lines of the log.
        program: the format that was chosen.
        rivals: what else was looked at, best first.
    """
    chunk = Chunk("", 0, b"".join(line + b"\n" for line in lines))
    parsed = parse(chunk, program)
    said = []
    if len(lines) >= _FEW_LINES and len(parsed.hits) < _SURE_SHARE * len(lines):
        said.append(f"only {len(parsed.hits)} of {len(lines)} lines looked at have it")
    formats = formats_of(program)
    said += [_LEFT_OUT[one.name] for one in formats if one.name in _LEFT_OUT]
    if len(formats) == 1 and (tie := _tie(lines[:_COMPARED_LINES], program, rivals)):
        said.append(tie)
    return f"The format {program.name}: {'; '.join(said)}." if said else ""


def _tie(lines: Sequence[bytes], program: Program, rivals: Sequence[Program]) -> str:
    chunk = Chunk("", 0, b"".join(line + b"\n" for line in lines))
    own = parse(chunk, program).hits
    for rival in rivals:
        other = parse(chunk, rival).hits if rival.text != program.text else own
        if not len(own) or not np.array_equal(other.offset, own.offset):
            continue
        differing = [name for name in (*_NUMBERS, *_TEXTS) if _values(own, name) != _values(other, name)]
        if differing:
            return f"{rival.name} fits as many lines, with another {' and '.join(differing)}: --format '{rival.name}'"
    return ""


def _values(hits: Hits, name: str) -> list[object]:
    if name in _NUMBERS:
        numbers: list[object] = getattr(hits, name).tolist()
        return numbers
    column: Column | None = hits.text.get(name)
    texts = [*column.texts.decode(), None] if column else [None]
    return [texts[code] for code in (column.codes.tolist() if column else [-1] * len(hits))]
