"""Kernel part: instants. A time format is a list of (token, literal byte) pairs; tokens are the strftime letters."""

from numba import int64, uint8

from hitstream.jit.blocks import block, routine, same_bytes
from hitstream.parse.compiled.fields import BLANK, DOT, MINUS, digits, is_digit
from hitstream.parse.program import EARLIEST, LATEST

LITERAL = 0
ZONE, START, LENGTH, MINUTE = range(4)  # what is remembered of the time read last
PLUS, COLON, ZULU = uint8(43), uint8(58), uint8(90)
_DAY, _MONTH, _NAME, _YEAR, _HOUR, _MINUTE, _SECOND = (ord(letter) for letter in "dmbYHMS")
_EPOCH, _FRACTION, _ZONE, _PADDED_DAY, _SHORT_YEAR = (ord(letter) for letter in "sfzey")
BAD_TIME = int64(-(2**63))


@block
def days_from_civil(year, month, day):
    """Return days since 1970-01-01 of a Gregorian date (Hinnant, "Low-Level Date Algorithms")."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


@block
def days_in_month(year, month):
    """Return how many days a month has."""
    if month == 2:
        return 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return 30 if month in (4, 6, 9, 11) else 31


@block
def month_of(data, at):
    """Return the month whose English name's first three letters stand at `at`, or -1."""
    name = (int64(data[at]) << 16) | (int64(data[at + 1]) << 8) | int64(data[at + 2])
    if name == 0x4A616E:  # Jan
        return 1
    if name == 0x466562:  # Feb
        return 2
    if name == 0x4D6172:  # Mar
        return 3
    if name == 0x417072:  # Apr
        return 4
    if name == 0x4D6179:  # May
        return 5
    if name == 0x4A756E:  # Jun
        return 6
    if name == 0x4A756C:  # Jul
        return 7
    if name == 0x417567:  # Aug
        return 8
    if name == 0x536570:  # Sep
        return 9
    if name == 0x4F6374:  # Oct
        return 10
    if name == 0x4E6F76:  # Nov
        return 11
    if name == 0x446563:  # Dec
        return 12
    return -1


@block
def zone_at(data, at, end):
    """Return (offset in minutes, bytes used) of a `%z` at `at`; 0 bytes where there is none."""
    if at < end and data[at] == ZULU:
        return int64(0), int64(1)
    if at + 3 <= end:
        name = (int64(data[at]) << 16) | (int64(data[at + 1]) << 8) | int64(data[at + 2])
        if name == 0x474D54 or name == 0x555443:  # GMT, UTC
            return int64(0), int64(3)
    if at + 5 > end or (data[at] != PLUS and data[at] != MINUS):
        return int64(0), int64(0)
    minutes = at + 3 + (data[at + 3] == COLON)
    if minutes + 2 > end:
        return int64(0), int64(0)
    hour, minute = digits(data, at + 1, at + 3), digits(data, minutes, minutes + 2)
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        return int64(0), int64(0)
    total = 60 * hour + minute
    return (total if data[at] == PLUS else -total), minutes + 2 - at


@block
def digit_run(data, at, end):
    """Return how many digits stand from `at`, counted to 19 at the most."""
    used = int64(0)
    while used < 19 and at + used < end and is_digit(data[at + used]):
        used += 1
    return used


@block
def microseconds(fraction, used):
    """Return the microseconds that `used` digits after the point stand for, rounded down."""
    for _ in range(used, 6):
        fraction *= 10
    for _ in range(6, used):
        fraction //= 10
    return fraction


@block
def padded_day_width(data, at, end):
    """Return how many bytes a `%e` at `at` has: `12`, `1` or ` 1`."""
    if at < end and data[at] == BLANK:
        return int64(2)
    return int64(2 if at + 1 < end and is_digit(data[at + 1]) else 1)


@block
def has_fraction(tokens, at, stop):
    """Tell whether a `%f` is among the tokens from `at`."""
    for i in range(at, stop, 2):
        if tokens[i] == _FRACTION:
            return True
    return False


@block
def fraction_width(data, at, end):
    """Return how many bytes `.` and 1 to 9 digits have at `at`; 0 where they are not there."""
    if at >= end or data[at] != DOT:
        return int64(0)
    used = digit_run(data, at + 1, end)
    return used + 1 if 1 <= used <= 9 else int64(0)


@routine
def instant(data, at, end, tokens, first, count, scale, last):
    """Read a time; return (microseconds since 1970 UTC or BAD_TIME, where it ends); `last[ZONE]` gets its offset."""
    year, month, day = int64(1970), int64(1), int64(1)
    hour, minute, second = int64(0), int64(0), int64(0)
    epoch, fraction = int64(-1), int64(-1)
    last[ZONE] = 0
    for i in range(first, first + 2 * count, 2):
        token = tokens[i]
        used = int64(2)
        if token == LITERAL:
            used = int64(1)
            if at >= end or data[at] != tokens[i + 1]:
                return BAD_TIME, at
        elif token == _ZONE:
            last[ZONE], used = zone_at(data, at, end)
            if used == 0:
                return BAD_TIME, at
        elif token in (_EPOCH, _FRACTION):
            used = min(digit_run(data, at, end), int64(19 if token == _EPOCH else 9))
            value = digits(data, at, at + used)
            if value < 0 or used > 18:
                return BAD_TIME, at
            if token == _EPOCH:
                epoch = value
            else:
                fraction = microseconds(value, used)
        elif token == _NAME:
            used = int64(3)
            month = month_of(data, at) if at + 3 <= end else int64(-1)
            if month < 0:
                return BAD_TIME, at
        else:
            if token == _YEAR:
                used = int64(4)
            if token == _PADDED_DAY:
                used = padded_day_width(data, at, end)
            if at + used > end:
                return BAD_TIME, at
            padded = token == _PADDED_DAY and data[at] == BLANK
            value = digits(data, at + padded, at + used)
            if value < 0:
                return BAD_TIME, at
            if token in (_DAY, _PADDED_DAY):
                day = value
            elif token == _MONTH:
                month = value
            elif token == _YEAR:
                year = value
            elif token == _SHORT_YEAR:
                year = value + (1900 if value >= 69 else 2000)
            elif token == _HOUR:
                hour = value
            elif token == _MINUTE:
                minute = value
            else:
                second = value
                if fraction < 0 and not has_fraction(tokens, i, first + 2 * count):
                    width = fraction_width(data, at + 2, end)
                    if width > 0:
                        fraction = microseconds(digits(data, at + 3, at + 2 + width), width - 1)
                        used += width
        at += used
    fraction = max(fraction, int64(0))
    if epoch >= 0:
        if epoch > LATEST // scale:
            return BAD_TIME, at
        return epoch * scale + fraction, at
    if not (year >= 1 and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)):
        return BAD_TIME, at
    if hour > 23 or minute > 59 or second > 60:
        return BAD_TIME, at
    seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + (minute - last[ZONE]) * 60 + second
    value = seconds * 1_000_000 + fraction
    return (value if EARLIEST <= value <= LATEST else BAD_TIME), at


@block
def instant_like_last(data, at, end, tokens, first, count, scale, second_at, last):
    """Read a time as `instant` does, quickly where only the seconds differ from the time read before.

    `last` holds that time's offset from UTC, start, length, and microseconds at its second 0. `second_at` is where
    the two digits of the second stand in a time, or -1 where that or the time's length may vary.
    """
    if second_at >= 0 and last[LENGTH] > 0 and at + last[LENGTH] <= end:
        after = second_at + 2
        rest = last[LENGTH] - after
        if same_bytes(data, at, second_at, data, last[START]) and same_bytes(
            data, at + after, rest, data, last[START] + after
        ):
            second = digits(data, at + second_at, at + after)
            stop = at + last[LENGTH]
            goes_on = stop < end and (data[stop] == DOT or is_digit(data[stop]))
            if 0 <= second <= 59 and not goes_on:
                return last[MINUTE] + second * 1_000_000, stop
    value, stop = instant(data, at, end, tokens, first, count, scale, last)
    last[LENGTH] = 0
    if value != BAD_TIME and second_at >= 0:
        last[START], last[LENGTH] = at, stop - at
        last[MINUTE] = value - digits(data, at + second_at, at + second_at + 2) * 1_000_000
    return value, stop
