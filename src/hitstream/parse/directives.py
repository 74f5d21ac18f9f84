"""What the directives of Apache's mod_log_config and the variables of nginx mean to a hit: two tables.

Sources: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html (with mod_logio, mod_ssl) and
https://nginx.org/en/docs/varindex.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hitstream.errors import ConfigError
from hitstream.parse.program import QUERY, Kind
from hitstream.parse.times import APACHE_TIME, ISO_TIME, apache_time

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a directive says: its kind, the column it fills, its rank among those that fill it (0 first)."""

    kind: Kind = Kind.SKIP
    column: str = ""
    rank: int = 0
    time: str = ""
    scale: int = 1
    port: bool = False
    named: bool = True
    forwarded: bool = False
    unescaped: bool = False


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive of a format, as written, with its place (counted from 1)."""

    name: str
    place: int
    meaning: Meaning


def _text(column: str, rank: int = 0) -> Meaning:
    return Meaning(Kind.TEXT, column, rank)


def _duration(scale: int) -> Meaning:
    return Meaning(Kind.DURATION, "duration", rank=scale, scale=scale)


def _time(time: str, scale: int = 1, rank: int = 0) -> Meaning:
    return Meaning(Kind.TIME, "time", rank, time, scale)


def _client(rank: int = 0) -> Meaning:
    return Meaning(Kind.HOST, "host", rank)


def _forwarded(rank: int = 2) -> Meaning:
    return Meaning(Kind.HOST, "host", rank, forwarded=True)


def _vhost(rank: int = 0) -> Meaning:
    return Meaning(Kind.VHOST, "vhost", rank)


_SKIP = Meaning()
_WORD = Meaning(Kind.WORD)
_USER = Meaning(Kind.USER, "user")
_METHOD = Meaning(Kind.METHOD, "method")
_COUNT = Meaning(Kind.COUNT)
_QUERY = Meaning(Kind.TEXT, QUERY)
_REQUEST = Meaning(Kind.REQUEST, "request")
_STATUS = Meaning(Kind.STATUS, "status")
_BYTES = Meaning(Kind.BYTES, "bytes")
_SENT = Meaning(Kind.BYTES, "bytes", 1)

_HEADERS = {
    "referer": _text("referrer"),
    "user_agent": _text("agent"),
    "host": _text("vhost", 1),
    "x_forwarded_for": _forwarded(),
    "x_real_ip": _forwarded(),
    "cf_connecting_ip": _forwarded(),
    "true_client_ip": _forwarded(),
}
"""Request headers. Those that a proxy sets are the client as the rule of clients says (see `client_rule`)."""

_APACHE = {
    "a": Meaning(Kind.HOST, "host", named=False),
    "h": _client(),
    "l": _WORD,
    "u": _USER,
    "v": _vhost(),
    "V": _vhost(),
    "m": _METHOD,
    "U": _text("target"),
    "q": _QUERY,
    "H": _text("protocol"),
    "r": _REQUEST,
    ">s": _STATUS,
    "s": Meaning(Kind.STATUS, "status", 1),
    "b": _BYTES,
    "B": _BYTES,
    "O": _SENT,
    "D": _duration(1),
    "T": _duration(_SECOND),
    "{us}T": _duration(1),
    "{ms}T": _duration(1_000),
    "{s}T": _duration(_SECOND),
    "{elapsed}T": Meaning(Kind.ELAPSED, "duration", 1),
    "{c}a": _client(1),
    "{c}h": _client(1),
    "I": _COUNT,
    "S": _COUNT,
    "{number}n": _COUNT,
    "{word}n": _WORD,
    "{unescaped_referrer}n": Meaning(Kind.TEXT, "referrer", unescaped=True),
    "{unescaped_agent}n": Meaning(Kind.TEXT, "agent", unescaped=True),
    **dict.fromkeys(("A", "f", "k", "L", "p", "P", "R", "X", "c", "^FB"), _SKIP),
}
_APACHE_WITH_ARGUMENT = dict.fromkeys(("C", "e", "n", "o", "p", "P", "L", "x", "c", "^ti", "^to"), _SKIP)

_NGINX = {
    "remote_addr": _client(),
    "realip_remote_addr": _client(1),
    "proxy_protocol_addr": _forwarded(1),
    "proxy_add_x_forwarded_for": _forwarded(),
    "the_real_ip": _client(),
    "remote_user": _USER,
    "host": _vhost(),
    "server_name": _vhost(1),
    "request_method": _METHOD,
    "request_uri": _text("target"),
    "uri": _text("target", 1),
    "document_uri": _text("target", 1),
    "is_args": _QUERY,
    "args": _QUERY,
    "query_string": _QUERY,
    "server_protocol": _text("protocol"),
    "request": _REQUEST,
    "status": _STATUS,
    "body_bytes_sent": _BYTES,
    "bytes_sent": _SENT,
    "request_length": _COUNT,
    "request_time": _duration(_SECOND),
    "time_local": _time(APACHE_TIME),
    "time_iso8601": _time(ISO_TIME),
    "msec": _time("%s.%f", _SECOND, rank=1),
    **{f"http_{name}": meaning for name, meaning in _HEADERS.items()},
}

_APACHE_FORM = re.compile(
    r"%(?P<modifiers>(?:[!<>,]|\d+|\{[^}]*(?:\}|$))*)(?P<letter>\^[A-Za-z]{2}|[A-Za-z%]?)", re.ASCII
)
_NGINX_FORM = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<plain>\w*))", re.ASCII)


def apache_pieces(text: str) -> Iterator[str | Directive]:
    """Yield the literals and directives of an Apache LogFormat string.

    Raises:
        ConfigError: a directive that mod_log_config does not have, or a time that cannot be read back.
    """
    end = 0
    for found in _APACHE_FORM.finditer(text):
        yield text[end : found.start()]
        end = found.end()
        place = found.start() + 1
        if found[0] == "%%":
            yield "%"
        elif found["letter"] == "t":
            yield from _apache_time(found, place)
        else:
            yield Directive(found[0], place, _apache_meaning(found, place))
    yield text[end:]


def nginx_pieces(text: str) -> Iterator[str | Directive]:
    """Yield the literals and variables of an nginx log_format string; unknown variables are skipped.

    Raises:
        ConfigError: a `$` without a name.
    """
    end = 0
    for found in _NGINX_FORM.finditer(text):
        yield text[end : found.start()]
        end = found.end()
        name = found["braced"] or found["plain"]
        if not name:
            raise ConfigError(
                f"Log format: `$` without a variable's name at character {found.start() + 1}.",
                "Write variables as $name or ${name}.",
            )
        yield Directive(found[0], found.start() + 1, _NGINX.get(name, _SKIP))
    yield text[end:]


def _argument(found: re.Match[str]) -> str | None:
    inside = re.search(r"\{([^}]*)\}", found["modifiers"])
    return inside[1] if inside else None


def _apache_meaning(found: re.Match[str], place: int) -> Meaning:
    letter, argument = found["letter"], _argument(found)
    meaning: Meaning | None
    if letter == "i" and argument is not None:
        return _HEADERS.get(argument.lower().replace("-", "_"), _SKIP)
    if letter == "s" and ">" in found["modifiers"]:
        letter = ">s"
    if argument is None or letter in ("u", "r", "s", ">s", "U", "q"):
        meaning = _APACHE.get(letter)
    else:
        meaning = _APACHE.get(f"{{{argument}}}{letter}") or _APACHE_WITH_ARGUMENT.get(letter)
    if meaning is None:
        raise ConfigError(
            f"Log format: {found[0]} at character {place} is no directive of Apache's mod_log_config.",
            "See https://httpd.apache.org/docs/2.4/mod/mod_log_config.html; a percent sign is written %%.",
        )
    return meaning


def _apache_time(found: re.Match[str], place: int) -> Iterator[str | Directive]:
    """Yield a time; the plain `%t` stands in brackets. The `end:` of a request ranks behind its begin."""
    argument = _argument(found) or ""
    whose, _, rest = argument.partition(":")
    if whose in ("begin", "end"):
        argument = rest
    try:
        meaning = _time(*apache_time(argument), rank=int(whose == "end"))
    except ConfigError as error:
        error.message += f" It stands at character {place}."
        raise
    directive = Directive(found[0], place, meaning)
    yield from ("[", directive, "]") if not argument else (directive,)
