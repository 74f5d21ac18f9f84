"""Log formats: a table of the known ones, and the compiler of any Apache or nginx format to a program."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from hitstream.errors import ConfigError
from hitstream.parse.client_rule import split_rule
from hitstream.parse.directives import Directive, Meaning, apache_pieces, nginx_pieces
from hitstream.parse.envelopes import split_envelopes
from hitstream.parse.pasted import NGINX, unwrap
from hitstream.parse.program import KEPT_TEXTS, QUERY, Field, Kind, Program
from hitstream.parse.structured.columns import is_structured, structured_fields
from hitstream.parse.structured.formats import STRUCTURED_FORMATS
from hitstream.parse.text_formats import TEXT_FORMATS, Format
from hitstream.parse.times import fits, flaw, tokens
from hitstream.parse.w3c import compile_w3c, is_w3c

FORMATS: tuple[Format, ...] = (*TEXT_FORMATS, *(Format(*row) for row in STRUCTURED_FORMATS))
"""The formats known by name. When none is given and two fit a log alike, the earlier row is taken."""

_ROWS = {row.name: row for row in FORMATS}
_FORWARD_PROXIES = frozenset(row.name for row in FORMATS if row.forward_proxy)
_NAMES_BY_TEXT = {row.text: row.name for row in FORMATS}
_NEEDED = {
    "host": "%h or $remote_addr",
    "time": "%t or [$time_local]",
    "status": "%>s or $status",
    "request": '"%r" or "$request"',
}
_PARTS_OF_A_REQUEST = ("method", "target", "protocol", QUERY)

Piece = str | Directive


def compile_format(name_or_text: str) -> Program:
    """Compile a row of `FORMATS`, by name, or an Apache LogFormat or nginx log_format string, given verbatim.

    A rule of clients may stand before it (see `client_rule`), then envelopes (see `envelopes`).

    What starts with the name of a syntax, as `json`, says which keys of structured lines hold what (see `structured`).

    The string may be pasted as the whole directive, with its quotes and escapes, or alone. Of directives that
    fill the same column, the best rank in `directives` is kept, and of equals the first: `%>s` before `%s`,
    `%b` before `%O`, the finest duration, `%h` before `%{X-Forwarded-For}i`, `%r` before `%m %U %H`. The rest
    is skipped.

    Raises:
        ConfigError: no such name; a directive that cannot be read back; two fields with nothing between them;
            no host, time, status or request.
    """
    clients, name_or_text = split_rule(name_or_text)
    if clients:
        return compile_format(name_or_text).read_by(clients)
    envelopes, within = split_envelopes(name_or_text)
    if envelopes:
        return in_envelopes(compile_format(within), envelopes)
    if is_w3c(name_or_text):
        return compile_w3c(name_or_text)
    listed = _ROWS.get(name_or_text.strip().lower())
    if is_structured(written := listed.text if listed else name_or_text):
        written = " ".join(written.split())
        return Program(_NAMES_BY_TEXT.get(written, "custom"), written, b"", structured_fields(written))
    text, syntax = unwrap(name_or_text)
    if row := _ROWS.get(text.strip().lower()):
        text, syntax = unwrap(row.text)
    if "%" not in text and "$" not in text:
        raise ConfigError(f"Log format: none is named `{text[:40]}`.", f"Known: {', '.join(_ROWS)}.")
    pieces = nginx_pieces(text) if syntax == NGINX else apache_pieces(text)
    joined = _joined(_joined(_joined(_unescaped(pieces), _one_target), _one_time), _one_client)
    prefix, fields = _fields(_joined(_chosen(list(joined)), _one_skip))
    name = _NAMES_BY_TEXT.get(text, "custom")
    return Program(name, text, prefix, fields, forward_proxy=name in _FORWARD_PROXIES)


def hints(name: str) -> list[str]:
    """Return what to say of a log whose program has a name: what may be read of it where more is given."""
    rows = (_ROWS.get(part.rpartition(": ")[2]) for part in name.split(" + "))
    return [row.hint for row in rows if row and row.hint]


def in_envelopes(program: Program, envelopes: tuple[str, ...]) -> Program:
    """Return the program of lines that envelopes carry, the first of them the outermost."""
    name, text = (": ".join([*envelopes, written]) for written in (program.name, program.text))
    return replace(program, name=name, text=text, envelopes=(*envelopes, *program.envelopes))


def _unescaped(pieces: Iterable[Piece]) -> Iterator[Piece]:
    r"""Replace the `\t` and `\\` of the log format in its literals."""
    escapes = {"t": "\t", "n": "\n", "r": "\r"}
    for piece in pieces:
        if isinstance(piece, Directive):
            yield piece
        else:
            yield re.sub(r"\\([\\tnr])", lambda found: escapes.get(found[1], found[1]), piece)


def _joined(pieces: Iterable[Piece], join: Callable[[Directive, str, Directive], Directive | None]) -> list[Piece]:
    """Return literals and directives by turns; `join` may make one of two directives and what is between."""
    result: list[Piece] = [""]
    for piece in pieces:
        if isinstance(piece, str):
            result[-1] = f"{result[-1]}{piece}"
            continue
        before = result[-2] if len(result) > 1 else None
        one = join(before, str(result[-1]), piece) if isinstance(before, Directive) else None
        if one:
            result[-2:] = [one, ""]
        else:
            result += [piece, ""]
    return result


def _one_target(first: Directive, between: str, second: Directive) -> Directive | None:
    """`%U%q` and `$uri$is_args$args` are one target."""
    if between or first.meaning.column != "target" or second.meaning.column != QUERY:
        return None
    return replace(first, name=first.name + second.name)


def _one_time(first: Directive, between: str, second: Directive) -> Directive | None:
    """Times that complete each other are one, as `%{%d/%b/%Y:%H:%M:%S}t.%{msec_frac}t %{%z}t`."""
    a, b = first.meaning, second.meaning
    if not (a.kind == b.kind == Kind.TIME and a.rank == b.rank and flaw(b.time) and fits(a.time, b.time)):
        return None
    if "%s" in tokens(a.time) and (a.scale < 1_000_000 or not between):
        return None
    time = a.time + between.replace("%", "%%") + b.time
    if flaw(time) and not flaw(a.time):
        return None
    meaning = replace(a, time=time, scale=max(a.scale, b.scale))
    return replace(first, name=first.name + between + second.name, meaning=meaning)


def _one_client(first: Directive, between: str, second: Directive) -> Directive | None:
    """A client and its port are one: only so can an IPv6 address be told from it."""
    if between != ":" or first.meaning.kind != Kind.HOST or second.meaning.kind != Kind.SKIP:
        return None
    return replace(first, name=f"{first.name}:{second.name}", meaning=replace(first.meaning, port=True))


def _one_skip(first: Directive, between: str, second: Directive) -> Directive | None:
    """Two skipped fields with nothing between them are one."""
    if between or not first.meaning.kind == second.meaning.kind == Kind.SKIP:
        return None
    return replace(first, name=first.name + second.name)


def _chosen(pieces: list[Piece]) -> list[Piece]:
    """Let one directive fill a column, and skip the others; only clients stay, one is taken where another is none."""
    best: dict[str, Directive] = {}
    for piece in pieces:
        if isinstance(piece, Directive) and piece.meaning.column and not _is_part(piece):
            kept = best.setdefault(piece.meaning.column, piece)
            if piece.meaning.rank < kept.meaning.rank:
                best[piece.meaning.column] = piece
    _check_complete(best, pieces)
    if "target" not in best:
        best.pop(QUERY, None)
    if "request" in best:
        best = {column: piece for column, piece in best.items() if column not in _PARTS_OF_A_REQUEST}
    winners = {piece.place for piece in best.values()}
    return [
        piece if isinstance(piece, str) or piece.place in winners or _is_no_rival(piece) else _skipped(piece)
        for piece in pieces
    ]


def _is_no_rival(piece: Directive) -> bool:
    return piece.meaning.kind == Kind.HOST or not piece.meaning.column


def _skipped(piece: Directive) -> Directive:
    return replace(piece, meaning=Meaning())


def _is_part(piece: Directive) -> bool:
    return piece.meaning.kind == Kind.TIME and bool(flaw(piece.meaning.time))


def _check_complete(best: dict[str, Directive], pieces: list[Piece]) -> None:
    columns = best.keys() | ({"request"} if "target" in best else set())
    for piece in pieces:
        if "time" not in columns and isinstance(piece, Directive) and _is_part(piece):
            raise ConfigError(
                f"Log format: the time {piece.name} at character {piece.place} {flaw(piece.meaning.time)}.",
                "Use %t or [$time_local], or a time with day, month, year, hour and minute.",
            )
    lacking = {column: example for column, example in _NEEDED.items() if column not in columns}
    if lacking:
        raise ConfigError(f"Log format: no {', '.join(lacking)} in it.", f"Add {', '.join(lacking.values())}.")


def _fields(pieces: list[Piece]) -> tuple[bytes, tuple[Field, ...]]:
    """Return the prefix and the fields of pieces that are literal and directive by turns."""
    literals = [_literal(str(piece)) for piece in pieces[::2]]
    directives = [piece for piece in pieces[1::2] if isinstance(piece, Directive)]
    fields = []
    for index, (directive, until) in enumerate(zip(directives, literals[1:], strict=True)):
        meaning = directive.meaning
        if not until and index + 1 < len(directives):
            raise ConfigError(
                f"Log format: nothing stands between {directive.name} (character {directive.place}) and "
                f"{directives[index + 1].name}, so where one ends cannot be seen.",
                "Put a blank or a quote between them.",
            )
        if meaning.kind == Kind.REQUEST and until.startswith(b" "):
            raise ConfigError(
                f"Log format: a blank ends the request {directive.name} at character {directive.place}, but "
                "requests hold blanks.",
                f'Put it in quotes: "{directive.name}".',
            )
        _literal(meaning.time)
        column = meaning.column if meaning.kind in KEPT_TEXTS else ""
        kind, rank = meaning.kind, meaning.rank if meaning.kind == Kind.HOST else 0
        field = Field(directive.name, kind, until, column, meaning.time, meaning.scale)
        field = replace(field, port=meaning.port, named=meaning.named, rank=rank, forwarded=meaning.forwarded)
        fields.append(replace(field, unescaped=meaning.unescaped))
    return literals[0], tuple(fields)


def _literal(text: str) -> bytes:
    text = re.sub(" +", " ", text)
    if "\n" in text or "\r" in text:
        raise ConfigError("Log format: a line break in it.", "One hit must be one line; take the break out.")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ConfigError("Log format: not valid Unicode.", "Write it in UTF-8.") from error
