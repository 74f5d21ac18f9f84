"""Kernel part: values of structured lines. Numba code; the meaning is that of `hitstream.parse.structured.values`."""

from numba import int64, uint8

from hitstream.jit.blocks import routine
from hitstream.parse.compiled.fields import MINUS, is_digit
from hitstream.parse.compiled.instants import (
    BAD_TIME,
    PLUS,
    ZULU,
    days_from_civil,
    days_in_month,
    microseconds,
    month_of,
)
from hitstream.parse.compiled.structured_pairs import (
    BLANK,
    COLON,
    COMMA,
    DOT,
    HEAD,
    LEFT_BRACKET,
    RIGHT_BRACKET,
    digits,
    find_byte,
)
from hitstream.parse.program import EARLIEST, LATEST
from hitstream.parse.structured.columns import ANY_UNIT
from hitstream.parse.structured.values import MAX_NUMBER

NO_NUMBER = int64(-1)
SLASH, UNDERSCORE = uint8(47), uint8(95)


@routine
def scaled(mantissa, power):
    """Return mantissa * 10^power, rounded down; NO_NUMBER where it is not below MAX_NUMBER."""
    if mantissa == 0:
        return int64(0)
    while power > 0:
        if mantissa >= MAX_NUMBER // 10:
            return NO_NUMBER
        mantissa *= 10
        power -= 1
    while power < 0 and mantissa > 0:
        mantissa //= 10
        power += 1
    return mantissa


@routine
def decimal(data, at, end):
    """Return (mantissa of 18 digits, power of ten, where it ends) of `digits[.digits]`; mantissa -1 for none."""
    mantissa, power, used = int64(0), int64(0), int64(0)
    start = at
    while at < end and is_digit(data[at]):
        if used < 18:
            mantissa = mantissa * 10 + int64(data[at] - 48)
            used += mantissa > 0
        else:
            power += 1
        at += 1
    if at == start:
        return NO_NUMBER, power, at
    if at + 1 < end and data[at] == DOT and is_digit(data[at + 1]):
        at += 1
        while at < end and is_digit(data[at]):
            if used < 18:
                mantissa = mantissa * 10 + int64(data[at] - 48)
                used += mantissa > 0
                power -= 1
            at += 1
    return mantissa, power, at


@routine
def number(data, at, end):
    """Return (mantissa, power of ten) of a number that fills `data[at:end]`; mantissa -1 where it does not."""
    mantissa, power, at = decimal(data, at, end)
    if mantissa >= 0 and at < end and (data[at] == 101 or data[at] == 69):
        at += 1
        sign = int64(1)
        if at < end and (data[at] == PLUS or data[at] == MINUS):
            sign = int64(-1) if data[at] == MINUS else int64(1)
            at += 1
        exponent = digits(data, at, end) if end - at <= 3 else int64(-2)
        if exponent < 0:
            return NO_NUMBER, power
        return mantissa, power + sign * exponent
    return (mantissa if at == end else NO_NUMBER), power


@routine
def duration_of(data, at, end, unit):
    """Return microseconds, or NO_NUMBER."""
    mantissa, power = number(data, at, end)
    if mantissa >= 0:
        return NO_NUMBER if unit == ANY_UNIT else scaled(mantissa, power + unit)
    total = int64(0) if at < end else NO_NUMBER
    while at < end:
        start = at
        mantissa, power, at = decimal(data, at, end)
        if mantissa < 0:
            return NO_NUMBER
        whole = power == 0 and at - start <= 9 and find_byte(data, start, at, DOT) == at
        if at < end and data[at] == BLANK:
            at += 1
        if at >= end:
            return NO_NUMBER
        first = data[at]
        second = data[at + 1] if at + 1 < end else uint8(0)
        part = NO_NUMBER
        if second == 115 and (first == 110 or first == 117 or first == 109):  # ns, us, ms
            part = scaled(mantissa, power + (3 if first == 109 else 0 if first == 117 else -3))
            at += 2
        elif (
            at + 2 < end
            and data[at + 2] == 115
            and ((first == 0xC2 and second == 0xB5) or (first == 0xCE and second == 0xBC))
        ):  # the micro sign, and the Greek letter
            part = scaled(mantissa, power)
            at += 3
        elif first == 115:
            part = scaled(mantissa, power + 6)
            at += 1
        elif (first == 109 or first == 104) and whole:
            part = mantissa * (60_000_000 if first == 109 else 3_600_000_000)
            at += 1
        if part < 0 or total >= MAX_NUMBER - part:
            return NO_NUMBER
        total += part
    return total


@routine
def instant_of(data, at, end, unit, kind):
    """Return (microseconds since 1970 UTC or BAD_TIME, offset from UTC in minutes)."""
    if at < end and data[at] == LEFT_BRACKET:
        at += 1
    length = end - at
    if length >= 19 and is_digit(data[at + 3]) and (data[at + 4] == MINUS or data[at + 4] == SLASH):
        year, month, day = digits(data, at, at + 4), digits(data, at + 5, at + 7), digits(data, at + 8, at + 10)
        between = data[at + 10]
        if data[at + 7] == data[at + 4] and (between == BLANK or between == 84 or between == 116):
            return moment(data, at + 11, end, year, month, day, kind)
    elif length >= 20 and data[at + 2] == SLASH and data[at + 6] == SLASH:
        year, month, day = digits(data, at + 7, at + 11), month_of(data, at + 3), digits(data, at, at + 2)
        if data[at + 11] == COLON or data[at + 11] == BLANK:
            return moment(data, at + 12, end, year, month, day, kind)
    elif length >= 25 and data[at + 3] == COMMA:
        named = 65 <= data[at] <= 90 and 97 <= data[at + 1] <= 122 and 97 <= data[at + 2] <= 122
        blanks = data[at + 4] == BLANK and data[at + 7] == BLANK and data[at + 11] == BLANK and data[at + 16] == BLANK
        if named and blanks:
            year, month, day = digits(data, at + 12, at + 16), month_of(data, at + 8), digits(data, at + 5, at + 7)
            return moment(data, at + 17, end, year, month, day, kind)
    mantissa, power = number(data, at, end)
    if mantissa < 0:
        return BAD_TIME, int64(0)
    if unit == ANY_UNIT:
        size = scaled(mantissa, power)
        if 0 <= size < 100_000_000:
            return BAD_TIME, int64(0)
        unit = 6
        if size == NO_NUMBER or size >= 100_000_000_000_000_000:
            unit = -3
        elif size >= 100_000_000_000_000:
            unit = 0
        elif size >= 100_000_000_000:
            unit = 3
    value = scaled(mantissa, power + unit)
    return (value if 0 <= value <= LATEST else BAD_TIME), int64(0)


@routine
def moment(data, at, end, year, month, day, kind):
    """Return what `instant_of` does, of a date and the clock time that stands at `at`."""
    bad = (BAD_TIME, int64(0))
    if at + 8 > end or data[at + 2] != COLON or data[at + 5] != COLON:
        return bad
    hour, minute, second = digits(data, at, at + 2), digits(data, at + 3, at + 5), digits(data, at + 6, at + 8)
    if not (year >= 1 and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)):
        return bad
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 60):
        return bad
    at += 8
    fraction = int64(0)
    if at + 1 < end and (data[at] == DOT or data[at] == COMMA) and is_digit(data[at + 1]):
        at += 1
        used = int64(0)
        while at < end and is_digit(data[at]):
            if used < 6:
                fraction = fraction * 10 + int64(data[at] - 48)
                used += 1
            at += 1
        fraction = microseconds(fraction, used)
    zone, at = zone_of(data, at, end)
    if zone < -1440 or (at < end and not (data[at] == RIGHT_BRACKET and (at + 1 == end or kind == HEAD))):
        if zone < -1440 or not (kind == HEAD and data[at] == BLANK):
            return bad
    seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + (minute - zone) * 60 + second
    value = seconds * 1_000_000 + fraction
    return (value if EARLIEST <= value <= LATEST else BAD_TIME), zone


@routine
def zone_of(data, at, end):
    """Return (minutes, end) of the offset behind a time, 0 where there is none, -9999 for one there is not."""
    start = at
    if at < end and data[at] == BLANK:
        at += 1
    if at < end and data[at] == ZULU:
        return int64(0), at + 1
    if at + 3 <= end and data[at] == 85 and data[at + 1] == 84 and data[at + 2] == 67:  # UTC
        return int64(0), at + 3
    if at + 3 <= end and data[at] == 71 and data[at + 1] == 77 and data[at + 2] == 84:  # GMT
        return int64(0), at + 3
    if at + 3 > end or (data[at] != PLUS and data[at] != MINUS) or digits(data, at + 1, at + 3) < 0:
        return int64(0), start
    sign = int64(-1) if data[at] == MINUS else int64(1)
    hours, minutes = digits(data, at + 1, at + 3), int64(0)
    at += 3
    next_at = at + 1 if at < end and data[at] == COLON else at
    if next_at + 2 <= end and digits(data, next_at, next_at + 2) >= 0:
        minutes = digits(data, next_at, next_at + 2)
        at = next_at + 2
    if hours > 23 or minutes > 59:
        return int64(-9999), at
    if at + 1 < end and data[at] == BLANK and 65 <= data[at + 1] <= 90:
        at += 1
        letters = int64(0)
        while at < end and letters < 5 and 65 <= data[at] <= 90:
            at += 1
            letters += 1
    return sign * (60 * hours + minutes), at


@routine
def request_parts(data, at, end):
    """Return (where the method ends, where the target starts, where it ends, where the protocol starts)."""
    method = at
    while method < end and method - at <= 32:
        byte = data[method]
        if not (65 <= byte <= 90 or 97 <= byte <= 122 or byte == MINUS or byte == UNDERSCORE):
            break
        method += 1
    if method == at or method - at > 32 or method + 1 >= end or data[method] != BLANK:
        return at, at, end, end
    target = method + 1
    protocol = end
    while protocol > target and data[protocol - 1] != BLANK:
        protocol -= 1
    if protocol - 1 <= target or not is_protocol(data, protocol, end):
        return method, target, end, end
    return method, target, protocol - 1, protocol


@routine
def is_protocol(data, at, end):
    """Tell whether `data[at:end]` is `HTTP/`, in letters of any case, digits, and maybe a point and digits."""
    if end - at < 6 or data[at + 4] != SLASH:
        return False
    if (data[at] | 32) != 104 or (data[at + 1] | 32) != 116 or (data[at + 2] | 32) != 116 or (data[at + 3] | 32) != 112:
        return False
    point = find_byte(data, at + 5, end, DOT)
    return all_digits(data, at + 5, point) and (point == end or all_digits(data, point + 1, end))


@routine
def all_digits(data, at, end):
    """Tell whether `data[at:end]` is one or more digits."""
    if at >= end:
        return False
    for i in range(at, end):
        if not is_digit(data[i]):
            return False
    return True
