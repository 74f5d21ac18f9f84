"""`RANGES`: what the range selector offers, and which of them suits the data."""

from typing import NamedTuple

MINUTE, HOUR, DAY = 60, 3600, 86400


class Range(NamedTuple):
    """A stretch of time that ends now."""

    name: str
    """As in the URL: `?range=name`."""
    label: str
    """As on the page."""
    seconds: int | None
    """How long; None for everything there is."""
    words: str
    """As in a sentence: "requests ..."."""
    whole: int = MINUTE
    """It starts and ends at whole multiples of so many seconds, those it is in the midst of included. Whole hours
    are answered from cells alone; only the short ranges are worth a look at single hits."""


RANGES: tuple[Range, ...] = (
    Range("15m", "15 min", 15 * MINUTE, "in the last 15 minutes"),
    Range("1h", "1 hour", HOUR, "in the last hour"),
    Range("6h", "6 hours", 6 * HOUR, "in the last 6 hours", HOUR),
    Range("24h", "24 hours", DAY, "in the last 24 hours", HOUR),
    Range("7d", "7 days", 7 * DAY, "in the last 7 days", HOUR),
    Range("all", "All", None, "in all"),
)
_A_DAY, EVERYTHING = RANGES[3], RANGES[-1]


class Window(NamedTuple):
    """Seconds since 1970 UTC, start <= second < end; None for open ends."""

    start: int | None
    end: int | None


def named(name: str | None) -> Range | None:
    """Return the range of that name, or None for an unknown one: a URL is anyone's to write."""
    return next((choice for choice in RANGES if choice.name == name), None)


def window(choice: Range, now: float) -> Window:
    """Return what a range covers, the current minute or hour included."""
    if choice.seconds is None:
        return Window(None, None)
    end = (int(now) // choice.whole + 1) * choice.whole
    return Window((int(now) - choice.seconds) // choice.whole * choice.whole, end)


def suited(span: tuple[int, int] | None, now: float) -> Range:
    """Choose a range for data from span[0] to span[1]: a day, where it has that and goes on."""
    if span is None or now - span[1] > DAY or now - span[0] < DAY:
        return EVERYTHING
    return _A_DAY
