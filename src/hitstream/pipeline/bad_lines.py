"""Bad lines as people look at them: in which file and line they stand, and why in words."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hitstream.errors import ConfigError
from hitstream.pipeline.asking import asked
from hitstream.pipeline.stores import Stores

if TYPE_CHECKING:
    from hitstream.parse import Program
    from hitstream.record import BadLine
    from hitstream.store.ledger import SourceFormat


class ExplainedLine(NamedTuple):
    """A bad line: its file, its number there where the file can still be read, its place, field, reason and text."""

    file: str
    number: int | None
    position: str
    field: str
    reason: str
    line: str


def explained_bad_lines(where: str | Path | Stores, limit: int) -> tuple[list[ExplainedLine], int]:
    """Return the kept bad lines, at most so many unless `limit` is negative, and how many lines were bad."""
    from hitstream.sources.line_numbers import line_numbers

    with asked(where) as query:
        lines, total = query.bad_lines(limit), sum(reason.lines for reason in query.bad_reasons())
        formats = {row.source: row for row in query.source_formats()}
    read = [formats[source].path for source in dict.fromkeys(line.source for line in lines) if source in formats]
    numbers = line_numbers(((line.source, line.offset) for line in lines), read)
    return [_explained(line, formats.get(line.source), numbers) for line in lines], total


def _explained(line: "BadLine", row: "SourceFormat | None", numbers: dict[tuple[str, int], int]) -> ExplainedLine:
    return ExplainedLine(
        row.path if row else line.source,
        numbers.get((line.source, line.offset)),
        f"{line.source}:{line.offset}",
        line.reason,
        _reason(line, row.format if row else ""),
        line.data.decode("utf-8", "backslashreplace"),
    )


def _reason(line: "BadLine", log_format: str) -> str:
    from hitstream.parse.explain import explain
    from hitstream.sources.records import REFUSED

    if not log_format or line.reason in REFUSED:
        return REFUSED.get(line.reason, line.reason)
    try:
        return explain(line.data, line.reason, _program(log_format))
    except ConfigError:  # a format of a later version
        return line.reason


@lru_cache(maxsize=64)
def _program(log_format: str) -> "Program":
    from hitstream.parse import compile_formats

    return compile_formats(log_format)
