"""How numbers, times and the texts of logs are written for people."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, tzinfo
from http import HTTPStatus

LONGEST_TITLE = 2048
"""Characters of a text that its title attribute holds."""
LONGEST_LABEL = 160
"""Characters of a text in a table; the column's width cuts it further."""

_TO = "\u2013"
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def visible(text: str) -> str:
    r"""Write what a reader could not see, or what could move the text about, as escapes: `\x1b`, `\u202e`."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def label(text: str) -> str:
    """Return a text of a log as a table shows it."""
    return shortened(visible(text[: LONGEST_LABEL + 1]), LONGEST_LABEL)


def title(text: str) -> str:
    """Return a text of a log as its title attribute holds it."""
    return shortened(visible(text[: LONGEST_TITLE + 1]), LONGEST_TITLE)


def shortened(text: str, longest: int) -> str:
    """Cut a text to so many characters, the last an ellipsis where anything was cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def listed(parts: Iterable[str]) -> str:
    """Write what several sentences say as one, which ends once."""
    return "; ".join(part.strip().removesuffix(".") for part in parts) + "."


def count(number: int) -> str:
    """Write a whole number in groups of three."""
    return f"{number:,}"


def estimate(number: int | None, *, estimated: bool) -> str:
    """Write a number that may be unknown, or an estimate."""
    if number is None:
        return "\u2013"
    return f"≈ {number:,}" if estimated else f"{number:,}"


def account(lines: int, hits: int, bad: int) -> str:
    """Write what became of lines; those that are neither hits nor bad are directives."""
    directives = lines - hits - bad
    told = f"{lines:,} lines = {hits:,} hits + {bad:,} bad lines"
    return f"{told} + {directives:,} directives" if directives else told


def size(octets: int) -> str:
    """Write bytes in the unit that leaves one to four digits."""
    power = max(octets.bit_length() - 1, 0) // 10
    amount = octets / 1024**power
    return f"{amount:.1f} {_UNITS[power]}" if power and amount < 100 else f"{amount:.0f} {_UNITS[power]}"


def share(part: int, whole: int) -> str:
    """Write a share in percent; what is there but rounds to nothing is `< 0.1 %`, so that no error hides."""
    if not whole:
        return "\u2013"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "< 0.1 %"
    return f"{percent:.1f} %"


def signed(number: float, digits: int) -> str:
    """Write a change with its sign."""
    written = f"{abs(number):.{digits}f}"
    return ("+" if number > 0 else "\u2212" if number < 0 else "") + written if float(written) else f"\u00b1{written}"


def length(seconds: float) -> str:
    """Write how long something lasted, in its largest unit."""
    for unit, each in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= each:
            number = int(seconds // each)
            return f"{number:,} {unit}{'s' if number > 1 else ''}"
    return f"{int(seconds)} s"


def took(seconds: float) -> str:
    """Write how long a piece of work took: in milliseconds below a second."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def local(second: float, zone: tzinfo, form: str) -> str:
    """Write an instant as the clocks of a zone show it, in a form of `strftime`.

    Where clocks are set back they show an hour twice: then the name of the offset follows, so that no two instants
    are written alike.
    """
    at = datetime.fromtimestamp(second, zone)
    twice = at.replace(fold=1 - at.fold).utcoffset() != at.utcoffset()
    return f"{at:{form}} {at.tzname()}" if twice else f"{at:{form}}"


def moment(second: float, zone: tzinfo = UTC) -> str:
    """Write a time to the second, in a time zone."""
    return local(second, zone, "%Y-%m-%d %H:%M:%S")


def minute(second: float, zone: tzinfo = UTC) -> str:
    """Write a time to the minute, in a time zone."""
    return local(second, zone, "%Y-%m-%d %H:%M")


def between(start: int, end: int, zone: tzinfo = UTC) -> str:
    """Write a stretch of time, the end excluded; days alone where it is made of whole ones."""
    first, last = (datetime.fromtimestamp(second, zone) for second in (start, end))
    if first.time() == last.time() == time() and end > start:
        last = datetime.fromtimestamp(end - 1, zone)
        return f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} {_TO} {last:%Y-%m-%d}"
    clock = "%H:%M:%S" if start % 60 or end % 60 else "%H:%M"
    ends = local(end, zone, clock if first.date() == last.date() else f"%Y-%m-%d {clock}")
    return f"{local(start, zone, f'%Y-%m-%d {clock}')} {_TO} {ends}"


def status(code: str) -> str:
    """Return the words that go with a status, or nothing for one of no standard."""
    try:
        return HTTPStatus(int(code)).phrase
    except ValueError:
        return ""


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
