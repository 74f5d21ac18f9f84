"""Which envelope carries a log's lines: one whose strict shape most of the first lines have, with a format inside."""

from collections.abc import Callable, Iterator, Sequence

from hitstream.errors import DataError
from hitstream.parse.envelopes import ENVELOPES
from hitstream.parse.formats import in_envelopes
from hitstream.parse.program import Program
from hitstream.parse.several import compile_formats
from hitstream.parse.unwrap import unwrap

Detect = Callable[[bytes, str, Sequence[Program]], Program]


def detect_inside(sample: bytes, where: str, known: Sequence[Program], detect: Detect) -> Program | None:
    """Return the format of lines that are carried, with the first envelope of the table that has a format inside.

    `sample` holds whole lines; `detect` tells the format of what is inside, of the `known` ones of other logs too. None
    where no envelope has most of the lines, or no format fits inside: then the lines are what they look like.
    """
    for name, inside in _likely(sample):
        try:
            found = detect(
                inside, where, [compile_formats(program.text.removeprefix(f"{name}: ")) for program in known]
            )
        except DataError:
            continue
        return in_envelopes(found, (name,))
    return None


def _likely(sample: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each envelope that half of the lines have, and what is inside.

    Where a newline ends a whole line, half of the lines must have it: others may be whole without one.
    """
    for row in ENVELOPES:
        found = unwrap(sample, row.name)
        others = len(found.bad_start) + (found.directives if row.ends else 0)
        if len(found.inside) and len(found.inside) >= others:
            yield row.name, bytes(found.data)
