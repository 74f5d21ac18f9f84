"""Looks for further formats where lines fail: a server got another one, or a second server writes into the log.

What is found is read in addition to what was known, from the lines on that were looked at. Formats are never taken
back: a line of before may come again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from hitstream.errors import DataError
from hitstream.parse.detect import detect
from hitstream.parse.formats import FORMATS
from hitstream.parse.program import Kind, Program
from hitstream.parse.several import formats_of, join_formats, parse
from hitstream.parse.shapes import shape_of
from hitstream.parse.text_formats import Use
from hitstream.parse.w3c import is_w3c
from hitstream.record import BadLine, BadLines, Chunk

MAX_FORMATS = 8
"""A log that has so many formats is not searched for more."""
MAX_VAIN_SEARCHES = 64
"""After so many searches in vain, only lots with many bad lines are searched: a log of junk costs no more than that."""
MANY_BAD_LINES = 64
_LINES_LOOKED_AT = 1000
_LINES_A_SHAPE = 5
_SAMPLE_LINES = 50
_ENOUGH_LINES = 3
_ENOUGH_SHARE = 0.02
_WANTED = frozenset({"BYTES", "DURATION", "vhost", "referrer", "agent"})
"""What a format may lack that another has: a line of the other that was torn off may look like one of it."""
_GENERAL = frozenset(row.name for row in FORMATS if row.use is Use.GENERAL)


class FormatSearch:
    """Finds the formats of lines that have none of those known; may be shared by threads.

    A line that has every field of a format, and no fewer of those that say more than the request, is enough. A format
    with less is taken where it has three lines and every fiftieth of a lot: fewer may be damaged lines of another.
    """

    def __init__(self) -> None:
        self._vain: dict[str, set[bytes]] = defaultdict(set)
        self._searches: dict[str, int] = defaultdict(int)

    def widen(self, program: Program, bad: Iterable[BadLines], lines: int) -> Program | None:
        """Return a program that also reads some of the bad lines among so many that were parsed; None if none does."""
        known = formats_of(program)
        if program.given or len(known) >= MAX_FORMATS or any(is_w3c(one.text) for one in known):
            return None
        bad = [one for one in bad if len(one)]
        count = sum(map(len, bad))
        if not count or (self._searches[program.text] >= MAX_VAIN_SEARCHES and count < MANY_BAD_LINES):
            return None
        looked_at = _spread(bad, count)
        sample = self._sample(program.text, looked_at)
        if not sample:
            return None
        found = _detected(sample)
        self._note(program.text, sample, found)
        weight = count / len(looked_at)
        new = [one for one in found if _is_sure(one, known[0], looked_at, weight, lines)]
        self._searches[program.text] += not new
        return join_formats(known, new[: MAX_FORMATS - len(known)]) if new else None

    def _sample(self, text: str, lines: Sequence[bytes]) -> list[bytes]:
        """Return lines of the shapes that were not looked at in vain, a few of each."""
        vain = self._vain[text]
        by_shape: dict[bytes, list[bytes]] = defaultdict(list)
        for line in lines:
            if (shape := shape_of(line)) not in vain and len(by_shape[shape]) < _LINES_A_SHAPE:
                by_shape[shape].append(line)
        most_first = sorted(by_shape.values(), key=len, reverse=True)
        return [line for own in most_first for line in own][:_SAMPLE_LINES]

    def _note(self, text: str, sample: Sequence[bytes], found: Sequence[Program]) -> None:
        """Remember the shapes that no format was found for."""
        left = list(sample)
        for one in found:
            hits = _fitting(left, one)
            left = [line for index, line in enumerate(left) if index not in hits]
        if self._searches[text] < MAX_VAIN_SEARCHES:
            self._vain[text].update(map(shape_of, left))


def _spread(bad: Sequence[BadLines], count: int) -> list[bytes]:
    """Return bad lines from everywhere, without what is too long to be shown a format."""
    step = -(-count // _LINES_LOOKED_AT)
    lines: list[BadLine] = []
    for own in bad:
        lines += own[::step]
    return [line.data for line in lines]


def _detected(sample: Sequence[bytes]) -> list[Program]:
    try:
        found = formats_of(detect(b"".join(line + b"\n" for line in sample), is_mixed=True))
    except DataError:
        return []
    return [one for one in found if not is_w3c(one.text)]


def _fitting(lines: Sequence[bytes], program: Program) -> set[int]:
    """Return the numbers of the lines that a program reads."""
    starts, at = dict[int, int](), 0
    for index, line in enumerate(lines):
        starts[at] = index
        at += len(line) + 1
    hits = parse(Chunk("", 0, b"".join(line + b"\n" for line in lines)), program).hits
    return {starts[offset] for offset in hits.offset.tolist()}


def _is_sure(found: Program, known: Program, lines: Sequence[bytes], weight: float, all_lines: int) -> bool:
    """Tell whether bad lines, each of which stands for `weight` of them, have a format beyond doubt."""
    fitting = len(_fitting(lines, found)) * weight
    if _columns(found) >= _columns(known) and found.name.rpartition(": ")[2] not in _GENERAL:
        return fitting > 0
    return fitting >= max(_ENOUGH_LINES, _ENOUGH_SHARE * all_lines)


def _columns(program: Program) -> set[str]:
    names = {field.column or field.kind.name for field in program.fields if field.kind is not Kind.SKIP}
    return names & _WANTED
