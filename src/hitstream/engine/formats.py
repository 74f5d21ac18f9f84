"""Which format each source has: every log is told from its own first lines, so that logs of several kinds mix."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hitstream.engine.known_formats import KnownFormats, shapes_of
from hitstream.errors import DataError, raise_all
from hitstream.parse import Program, compile_format, compile_formats, detect, parse
from hitstream.parse.client_rule import BY_PEER, split_rule
from hitstream.parse.detect import SAMPLE_BYTES, check_first_lines
from hitstream.parse.program import ONLY
from hitstream.parse.several import formats_of, join_formats
from hitstream.parse.signs import needs_sign
from hitstream.parse.w3c import following_program, is_w3c
from hitstream.record import Chunk
from hitstream.sources.contract import Source, SourceEvent
from hitstream.sources.tail import log_problem
from hitstream.store.ledger import SourceFormat

STANDARD_INPUT = "standard input"
_log = logging.getLogger(__name__)


@dataclass
class _Unread:
    """A source whose format is not known: its lines so far, none any more once it is refused."""

    path: str
    pieces: list[SourceEvent] = field(default_factory=list)
    problem: DataError | None = None
    refused: bool = False
    said: bool = False


class SourceFormats:
    """The formats of a run.

    The format of a source is the given one, and no other; else that of an earlier run; else the one, or those, that its
    lines have, of those known of other logs and those of `FORMATS`. If they have none, it is that of the log it is a
    rotation of: its first lines are bad ones then.

    A source without a format is refused when `SAMPLE_BYTES` of it are there; before, its lines wait for more. So is one
    that has no line of the given format by then: before there is one, its lines wait, too. The other sources are read
    on. Of a refused source nothing is saved, so that a later run begins at its start.

    Lines that fail later on may have further formats, see `widen`.
    """

    def __init__(self, source: Source, given: str | None = None, saved: Iterable[SourceFormat] = ()) -> None:
        """Take the format that was given, and those of earlier runs, latest last.

        A rule of clients may stand before the format, or alone (see `client_rule`). Where there is none, a source goes
        on with the rule that it had, and a new one takes that of the source saved last.
        """
        self._source = source
        self._clients, text = split_rule(given or "")
        self._given = replace(compile_format(text), given=True) if text else None
        self._known = KnownFormats(saved)
        self._detected_last: tuple[Program | None, set[bytes]] = None, set()
        self._read: dict[str, Program] = {}
        self._unread: dict[str, _Unread] = {}
        self._widened: set[str] = set()
        self._doubts_said: set[str] = set()
        self.found: dict[str, list[str]] = {}
        """The paths of the sources that were read, by the name of their format."""

    def program(self, source: str) -> Program:
        """Return what to parse a source with, of which `admit` has returned a piece."""
        return self._read[source]

    def row(self, source: str) -> SourceFormat:
        """Return what to save of such a source."""
        row = self._known.get(source)
        assert row is not None
        return row

    def follow(self, chunk: Chunk) -> None:
        """Note what a chunk says of the lines after it: called for each in order, once its program was asked for."""
        before = self._read[chunk.source]
        program = following_program(bytes(chunk.data), before) if is_w3c(before.text) else before
        if program != before:
            self._read[chunk.source] = program
            self._known.save(self.row(chunk.source)._replace(format=program.written))

    def widen(self, source: str, position: int, program: Program) -> None:
        """Note that some of a source's lines from a position on have further formats, with what reads all of them."""
        before = formats_of(self._read[source])
        new = [one for one in formats_of(program) if one not in before]
        if not new:
            return  # a chunk that was parsed at the same time has said so
        row = self.row(source)
        wider = join_formats(before, new)
        self._read[source] = wider
        self._widened.add(source)
        self._known.save(row._replace(format=wider.written))
        names = ", ".join(one.name for one in new)
        _log.warning("%s: from position %d on, lines have the format %s, too.", row.path, position, names)
        for one in new:
            self.found.setdefault(one.name, []).append(row.path)

    def latest(self, row: SourceFormat) -> SourceFormat:
        """Return a row as it is to be saved now: with the formats that were found since it was made."""
        return self.row(row.source) if row.source in self._widened else row

    def admit(self, piece: SourceEvent) -> list[SourceEvent]:
        """Return the pieces that can be parsed or saved now: those that have waited, then this one."""
        source = piece.chunk.source if piece.chunk else piece.state.identity if piece.state else ""
        unread = self._unread.get(source)
        if source in self._read or not (piece.chunk or unread):
            return [piece]
        unread = unread or self._unread.setdefault(source, _Unread(_path(piece)))
        if unread.refused:
            return []
        unread.pieces.append(piece)
        first = _first_lines(unread.pieces)
        try:
            self._settle(source, unread.path, self._told(source, unread.path, first))
        except DataError as problem:
            unread.problem = problem
            unread.refused = len(first) >= SAMPLE_BYTES
            if unread.refused:
                unread.pieces.clear()
                self._source.leave(source)
            return []
        return self._unread.pop(source).pieces

    def pause(self) -> None:
        """Say which sources cannot be read yet, each once; stop if there is no other.

        Raises:
            DataError: no source has a format.
        """
        if not self._known:
            raise_all(self.problems())
        for unread in self._unread.values():
            if unread.problem and not unread.said:
                log_problem(unread.problem)
                unread.said = True

    def problems(self, *, certain: bool = False) -> list[DataError]:
        """Return what is wrong with each source that has no format, or of those only that more lines cannot help."""
        unread = [each for each in self._unread.values() if each.refused or not certain]
        return [each.problem for each in unread if each.problem]

    def _told(self, source: str, path: str, first: bytes) -> Program:
        saved = self._known.get(source)
        if saved and (self._given is None or self._given.text == _compiled(saved.format).text):
            return self._given or _compiled(saved.format)
        near = self._known.near(path)
        try:
            if self._given is not None:
                return self._given if _hits(first, self._given) else check_first_lines(first, self._given, path)
            texts = dict.fromkeys(text.removeprefix(ONLY) for text in [*near, *self._known.texts()])
            return self._as_before(first) or self._detected(first, path, map(_compiled, texts))
        except DataError:
            if near and (self._given is None or self._given.text == _compiled(near[0]).text):
                return self._given or _compiled(near[0])
            raise

    def _as_before(self, first: bytes) -> Program | None:
        """Return the format told last if all the first lines have it, and it was told of lines of their shapes.

        So it is what `detect` would say again, without the time that it takes: a server may have thousands of logs.
        """
        program, shapes = self._detected_last
        if program is None or needs_sign(program) or not shapes_of(first) <= shapes:
            return None
        return program if _hits(first, program) == first.count(b"\n") else None

    def _detected(self, first: bytes, path: str, known: Iterable[Program]) -> Program:
        program = detect(first, path, list(known))
        if program.doubt and program.doubt not in self._doubts_said:
            self._doubts_said.add(program.doubt)
            _log.warning("%s: %s", path, program.doubt)
        before, shapes = self._detected_last
        self._detected_last = program, shapes_of(first) | (shapes if before == program else set())
        return program

    def _settle(self, source: str, path: str, program: Program) -> None:
        saved = self._known.get(source) or self._known.latest()
        program = program.read_by(self._clients or (split_rule(saved.format)[0] if saved else None) or BY_PEER)
        self._read[source] = program
        self._known.save(SourceFormat(source, path, program.written))
        self.found.setdefault(program.name, []).append(path)


def _compiled(saved: str) -> Program:
    """Return the program of a format as it is saved, without its rule of clients."""
    return compile_formats(saved).read_by(BY_PEER)


def _path(piece: SourceEvent) -> str:
    return piece.state.path if piece.state else STANDARD_INPUT


def _hits(first: bytes, program: Program) -> int:
    """Return how many of the first lines have a format, told by the kernel: logs of one server may be thousands."""
    return len(parse(Chunk("", 0, first), program).hits)


def _first_lines(pieces: list[SourceEvent]) -> bytes:
    """Return the first lines of a source, at most as many as its format is told from."""
    sample = bytearray()
    for piece in pieces:
        if piece.chunk and len(sample) < SAMPLE_BYTES:
            sample += memoryview(piece.chunk.data)[: SAMPLE_BYTES - len(sample)]
    return bytes(sample)
