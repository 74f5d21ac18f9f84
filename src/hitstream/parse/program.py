r"""The field program: what a log format compiles to, and what the kernel and the reference parser both run.

A line is `prefix`, then for each field its value and its `until` literal; the last field's `until` ends the
line. One trailing CR is not part of the line, whether or not a newline follows, and neither are the blanks before
it. A line that is empty then, or starts with `#` where `prefix` does not, is a directive: neither hit nor bad.

A blank of a literal stands for one or more blanks, and the blank that ends a literal stands at the end of the line
for none. How a value ends, what it must be:

* A plain field ends at the first place where `until` stands; where `until` is empty (last field), at the end of
  the line. The last field's `until` must also end the line. A SKIP, TEXT or REQUEST may be empty.
* A time is read token by token and ends where its format ends; there `until` must stand. So it may hold what
  `until` holds, as in `%Y-%m-%d %H:%M:%S` before a blank. A client ends where its addresses end, likewise.
* A quoted field is one, of another kind than TIME and HOST, whose `until` starts with `"`. It ends at the first `"`
  that no backslash escapes and where `until` stands (and ends the line, for the last field). A `"` before that must
  not look like an end: the line's end or one of blank, tab and `,;|)]` must not follow it. A backslash escapes the
  byte after it, counted from the start of the value. Where the server escapes nothing (`Field.unescaped`), it ends
  at the last place where `until` stands.
* A quoted request followed by a status (the usual order) ends at the first unescaped `"` where `until`
  stands, followed by three digits and the first byte of the status field's `until` (or by the end of the
  line, where that is empty). Old servers did not escape: if no unescaped quote will do, escapes are ignored.
  Any other request ends like a quoted or a plain field, as its `until` says.

Fields are read strictly from left to right, without going back. The first field that does not fit makes a bad
line, and its name is the reason. Before that, a line longer than the cap is bad with the reason `line too
long`, and a line that does not start with `prefix` is bad with the reason `prefix`. A bad line keeps its
first `LINE_CAP` bytes, without the line end.

Texts are UTF-8. Each byte that belongs to no valid sequence becomes `\xhh`, as Apache writes it; texts are
distinct after that, and stand in the order of their first appearance in hits.

Times are made of these tokens, each at most once, and literal bytes (`%%` is a percent sign):

| token | meaning |
| --- | --- |
| `%d` `%m` `%H` `%M` | two digits: day of its month, month, hour 0-23, minute |
| `%S` | two digits, 0-60 (60 is the next minute's 0); without `%f`, `.` and digits after it are the fraction |
| `%e` | the day of its month: two digits, one, or a blank and one |
| `%b` | `Jan` to `Dec`, exactly so |
| `%Y` `%y` | year: four digits, 0001 to 9999; two digits, 69-99 in the 1900s and 00-68 in the 2000s |
| `%z` | offset from UTC: `+hhmm`, `+hh:mm`, `Z`, `GMT` or `UTC`, hours 0-23 and minutes 0-59 |
| `%f` | 1 to 9 digits, as many as there are: the fraction of a second, rounded down to a microsecond |
| `%s` | 1 to 18 digits, as many as there are: a whole number of `Field.scale` microseconds since 1970 UTC |

A time has either `%s`, alone or with `%f`, or a date, `%H` and `%M`; a second or fraction that it lacks is 0,
and without `%z` it is UTC. The instant in UTC must lie between `EARLIEST` and `LATEST`.
"""

from dataclasses import dataclass, field, replace
from enum import IntEnum

from hitstream.parse.client_rule import BY_PEER, ClientRule

ONLY = "only: "
"""Stands before the text of a format that a user gave: no other is looked for."""
TOO_LONG = "line too long"
PREFIX = "prefix"

EARLIEST = -62_135_596_800_000_000
"""0001-01-01T00:00:00Z in microseconds since 1970."""
LATEST = 253_402_300_799_999_999
"""9999-12-31T23:59:59.999999Z in microseconds since 1970."""

QUERY = "query"
"""The column of the target's query, where a line has it apart; it is put behind the target."""
ALWAYS = frozenset({"host", "method", "target", "protocol"})
"""Text columns that no hit lacks: a `-` in them is a text like any other."""


class Kind(IntEnum):
    """What a field's value must be, and where it goes."""

    SKIP = 0
    """Any bytes; not kept."""
    TEXT = 1
    """Any bytes, kept as the text column `Field.column`; a lone `-` is missing, except in `ALWAYS`."""
    TIME = 2
    """A real instant in the format `Field.time`."""
    REQUEST = 3
    """Any bytes: `METHOD target [protocol]`, or else a target alone (see `reference.split_request`)."""
    STATUS = 4
    """Exactly three ASCII digits."""
    BYTES = 5
    """1 to 18 ASCII digits, or `-` for none."""
    DURATION = 6
    """A number of `Field.scale` microseconds: 1 to 12 digits, optionally `.` and 1 to 9 digits (rounded down
    to a microsecond; no fraction where the scale is 1), or `-`."""
    HOST = 7
    """The client: an IPv4 or IPv6 address or a host name, or a list of them with commas (see `clients`).

    A port (of IPv6 only behind brackets or where `Field.port` is set), brackets and an IPv6 zone are no part of it.
    `-`, nothing, and `unknown`, `unix`, `null`, `undefined` in letters of any case are no client, except that the words
    are kept where no other field of the format could have one (the others are misfits there). Of several fields that
    have a client, that of the lowest `Field.rank` counts, by `Program.clients` one each of what connected and of what
    was `Field.forwarded`; a line without one is bad, and the first of these fields the reason."""
    VHOST = 8
    """A host name or an address, with or without a port, `*` or `_`; kept as it is. `-` is missing."""
    WORD = 9
    """One or more bytes, none of which is a control character, a blank or one of `"[](){}|,;`. `-` is missing."""
    USER = 10
    """`-`, which is missing, or words with single blanks between; of several, none is a lone `-`, starts or ends with
    `[`, `]` or `|`, or holds a `:`."""
    METHOD = 11
    """1 to 32 letters, `-` and `_`."""
    COUNT = 12
    """1 to 18 ASCII digits, or `-`; not kept."""
    ELAPSED = 13
    """Numbers with their units, as Go writes them (`1m2.5s`, `45.1µs`), rounded down to a microsecond, or `-`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the format (as reasons show it), its kind, and the literal that ends it."""

    name: str
    kind: Kind
    until: bytes
    column: str = ""
    """For texts: one of `record.TEXT_COLUMNS`; a WORD without one is not kept."""
    time: str = ""
    """For TIME: tokens and literals, e.g. `%d/%b/%Y:%H:%M:%S %z`."""
    scale: int = 1
    """For DURATION, and for TIME with `%s`: microseconds in one unit, or in `per` units."""
    per: int = 1
    paths: tuple[str, ...] = ()
    """In a format of structured lines: the keys of the value in their order of preference (see `structured`)."""
    port: bool = False
    """For HOST: a port always follows, as in `%h:%p`, so that IPv6 needs no brackets."""
    named: bool = True
    """For HOST: host names are clients, too."""
    rank: int = 0
    """For HOST: the lowest is preferred."""
    forwarded: bool = False
    """For HOST: what proxies passed on, not the address that connected."""
    quotable: bool = False
    """Whether the value may be in quotes, which are no part of it then: it ends as a quoted field does."""
    unescaped: bool = False
    """Whether quotes in the value stand as they came: a quoted field only."""
    lenient: bool = False
    """For HOST: what is no client is none, and no misfit."""


KEPT_TEXTS = frozenset({Kind.TEXT, Kind.HOST, Kind.VHOST, Kind.WORD, Kind.USER, Kind.METHOD})
"""The kinds whose value is the text of a column."""


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled format."""

    name: str
    """The name of a row of `FORMATS`, or `custom`."""
    text: str
    """The LogFormat or log_format string it was compiled from."""
    prefix: bytes
    fields: tuple[Field, ...]
    envelopes: tuple[str, ...] = ()
    """What carries its lines, the outermost first: rows of `envelopes.ENVELOPES`."""
    alternatives: tuple["Program", ...] = ()
    """What the lines are tried with that do not fit, one after the other; see `several`."""
    clients: ClientRule = BY_PEER
    """Which of several addresses of a line is the client."""
    doubt: str = field(default="", compare=False)
    """What is not sure about it, in a sentence, where it was told from lines; see `doubts`."""
    given: bool = False
    """Whether a user said that the log has this format: then no other is looked for."""

    forward_proxy: bool = False
    """Whether its lines are of a proxy that fetches what is others': the host of a URL is no virtual host then."""

    @property
    def written(self) -> str:
        """What `several.compile_formats` makes this program of: its text, behind what is said of it."""
        return ONLY * self.given + self.clients.prefix + self.text

    def read_by(self, clients: ClientRule) -> "Program":
        """Return the program with another rule of clients."""
        others = tuple(other.read_by(clients) for other in self.alternatives)
        return replace(self, clients=clients, alternatives=others)

    @property
    def is_structured(self) -> bool:
        """Tell whether its lines are keys and values, so that `structured` says what they must be."""
        return bool(self.fields[0].paths)
