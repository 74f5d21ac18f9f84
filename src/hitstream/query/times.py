"""Instants as people write them."""

import re
from datetime import UTC, datetime

from hitstream.clock import Clock
from hitstream.errors import ConfigError

_AGO = re.compile(r"-(\d{1,9})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_time(text: str, clock: Clock) -> int:
    """Return the seconds since 1970 UTC of `1995-07-01`, `2015-05-17T10:05`, `-24h` or `now`.

    A time without an offset is UTC; `-24h` is so long ago (s, m, h, d, w).

    Raises:
        ConfigError: it is none of these.
    """
    text = text.strip()
    if text == "now":
        return int(clock.now())
    if ago := _AGO.fullmatch(text):
        return int(clock.now()) - int(ago[1]) * _SECONDS[ago[2]]
    try:
        instant = datetime.fromisoformat(text)
        return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{text!r} is not a time.", "Write 1995-07-01, 2015-05-17T10:05 (UTC), -24h (ago) or now."
        ) from None
