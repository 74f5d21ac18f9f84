"""What shows that a server wrote a log, where its lines have the fields of another's and mean something else by them.

The number that ends a line of Icecast is seconds, in the lines of other servers it is micro- or milliseconds or bytes.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from hitstream.parse.program import Program

_SHARE = 0.1
_AFTER_REQUEST = rb' HTTP/[\d.]+" 200 \d+ "[^"]*" "[^"]*" '


class Sign(NamedTuple):
    """What a server alone writes, and what it never does."""

    shown: re.Pattern[bytes]
    refuted: re.Pattern[bytes]


SIGNS = {
    "icecast": Sign(
        # Programs that send a stream ask for SOURCE, and tell the title of a song, which is answered within seconds.
        re.compile(
            rb'"SOURCE [^"]* (?:HTTP|ICE)/[\d.]+" 200 \d+ "[^"]*" "[^"]*" \d+\s*\Z'
            rb'|"GET /admin/metadata[^"]*' + _AFTER_REQUEST + rb"\d\s*\Z"
        ),
        # No such answer takes minutes, and nobody listens for 115 days.
        re.compile(rb'"GET /admin/metadata[^"]*' + _AFTER_REQUEST + rb"\d{3,}\s*\Z" + rb"| \d{8,}\s*\Z"),
    ),
}
"""By the names of formats; see https://icecast.org/docs/ for the requests."""


def needs_sign(program: Program) -> bool:
    """Tell whether a program, or a part of it, may be taken only for logs that show its server."""
    return any(part.rpartition(": ")[2] in SIGNS for part in program.name.split(" + "))


def shown_by(lines: Sequence[bytes]) -> frozenset[str]:
    """Return which formats of `SIGNS` lines show: every tenth line does, and none refutes it.

    A few lines are not enough, for whoever asks a server decides what its log has.
    """
    return frozenset(
        name
        for name, sign in SIGNS.items()
        if sum(bool(sign.shown.search(line)) for line in lines) >= max(1, _SHARE * len(lines))
        and not any(sign.refuted.search(line) for line in lines)
    )
