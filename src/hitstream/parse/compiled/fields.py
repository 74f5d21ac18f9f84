"""Kernel parts: where a field ends and what its value is. Numba code; the semantics are those of `program`."""

from numba import int64, uint8, uint64

from hitstream.jit.blocks import block, find_byte, routine

QUOTE, BACKSLASH, MINUS, DOT, BLANK, DELETE = (uint8(ord(c)) for c in '"\\-. \x7f')
_CLOSING = b" \t,;|)]"
_CLOSES = uint64(sum(1 << byte for byte in _CLOSING if byte < 64))
ZERO, NINE = uint8(48), uint8(57)
NOT_A_NUMBER = int64(-2)
MISSING = int64(-1)


@block
def past_literal(data, at, end, literals, start, length):
    """Return where the literal that stands at `at` ends, or -1: a blank of it stands for one or more."""
    after = at + length
    if after > end or not _stands_at(data, at, literals, start, length):
        return _past_blanks(data, at, end, literals, start, length)
    if after < end and data[after] == BLANK and length > 0 and data[after - 1] == BLANK:
        return _past_blanks(data, at, end, literals, start, length)
    return int64(after)


@block
def _stands_at(data, at, literals, start, length):
    for i in range(length):
        if data[at + i] != literals[start + i]:
            return False
    return True


@routine
def _past_blanks(data, at, end, literals, start, length):
    """Do what `past_literal` does, where there may be more blanks than in the literal, or none at the line's end."""
    for i in range(start, start + length):
        byte = literals[i]
        if at < end and data[at] == byte:
            at += 1
            if byte == BLANK:
                while at < end and data[at] == BLANK:
                    at += 1
        elif not (byte == BLANK and at == end and i == start + length - 1):
            return int64(-1)
    return int64(at)


@block
def is_digit(byte):
    """Tell whether a byte is an ASCII digit."""
    return ZERO <= byte <= NINE


@block
def digits(data, start, end):
    """Return the number that `data[start:end]` writes, or NOT_A_NUMBER."""
    if start >= end:
        return NOT_A_NUMBER
    value = int64(0)
    for at in range(start, end):
        if not is_digit(data[at]):
            return NOT_A_NUMBER
        value = value * 10 + int64(data[at] - ZERO)
    return value


@block
def count_or_dash(data, start, end):
    """Return the value of a BYTES field, MISSING for `-`, or NOT_A_NUMBER."""
    if end - start == 1 and data[start] == MINUS:
        return MISSING
    if end - start > 18:
        return NOT_A_NUMBER
    return digits(data, start, end)


@block
def duration(data, start, end, scale):
    """Return the microseconds of a DURATION field, MISSING for `-`, or NOT_A_NUMBER."""
    if end - start == 1 and data[start] == MINUS:
        return MISSING
    point = find_byte(data, start, end, DOT)
    if point - start > 12 or end - point > 10 or (scale == 1 and point < end):
        return NOT_A_NUMBER
    whole = digits(data, start, point)
    if whole < 0 or point == end:
        return whole if whole < 0 else whole * scale
    part = digits(data, point + 1, end)
    if part < 0:
        return NOT_A_NUMBER
    unit = int64(1)
    for _ in range(end - point - 1):
        unit *= 10
    return whole * scale + part * scale // unit


@block
def is_escaped(data, start, at):
    """Tell whether an odd number of backslashes stands before `at`, counted back to `start`."""
    before = at
    while before > start and data[before - 1] == BACKSLASH:
        before -= 1
    return (at - before) % 2 == 1


@block
def closes(data, at, end):
    """Tell whether a quote looks like the end of a value, by what follows it."""
    if at + 1 == end:
        return True
    byte = data[at + 1]
    return byte == 93 or byte == 124 or (byte < 64 and (_CLOSES >> uint64(byte)) & uint64(1) != 0)


@block
def end_of_plain(data, start, end, literals, until, length):
    """Return where the first `until` stands and where it ends, or -1 twice."""
    if length == 0:
        return int64(end), int64(end)
    at = find_byte(data, start, end, literals[until])
    while at < end:
        after = past_literal(data, at, end, literals, until, length)
        if after >= 0:
            return int64(at), after
        at = find_byte(data, at + 1, end, literals[until])
    if length == 1 and literals[until] == BLANK:
        return int64(end), int64(end)
    return int64(-1), int64(-1)


@block
def end_of_quoted(data, start, end, literals, until, length, last):
    """Return where the quote that ends a value stands, and where `until` ends; -1 twice where there is none."""
    at = find_byte(data, start, end, QUOTE)
    while at < end:
        if not is_escaped(data, start, at):
            after = past_literal(data, at, end, literals, until, length)
            if after >= 0 and (after == end or not last):
                return int64(at), after
            if closes(data, at, end):
                break
        at = find_byte(data, at + 1, end, QUOTE)
    return int64(-1), int64(-1)


@block
def status_follows(data, at, end, literals, next_until, next_length):
    """Tell whether three digits stand at `at`, and then the first byte of the status's `until` (or the line's end)."""
    if at + 3 > end or digits(data, at, at + 3) < 0:
        return False
    if at + 3 == end:
        return next_length == 0 or (next_length == 1 and literals[next_until] == BLANK)
    return next_length > 0 and data[at + 3] == literals[next_until]


@block
def end_of_request(data, start, end, literals, until, length, next_until, next_length):
    """Return where a request before a status ends and where `until` does, or -1 twice: unescaped quotes first."""
    for honour_escapes in (True, False):
        at = find_byte(data, start, end, QUOTE)
        while at < end:
            after = past_literal(data, at, end, literals, until, length)
            if (
                after >= 0
                and status_follows(data, after, end, literals, next_until, next_length)
                and not (honour_escapes and is_escaped(data, start, at))
            ):
                return int64(at), after
            at = find_byte(data, at + 1, end, QUOTE)
    return int64(-1), int64(-1)


@block
def _in_word(byte):
    """Tell whether a byte may stand in a WORD."""
    if byte <= BLANK or byte == DELETE:
        return False
    return not (
        byte == QUOTE or byte == 91 or byte == 93 or byte == 40 or byte == 41 or byte == 123 or byte == 125
        or byte == 124 or byte == 44 or byte == 59
    )  # fmt: skip


@block
def is_dash(data, start, end):
    """Tell whether a value is `-`."""
    return end - start == 1 and data[start] == MINUS


@routine
def is_word(data, start, end):
    """Tell whether a value is a WORD."""
    for at in range(start, end):
        if not _in_word(data[at]):
            return False
    return start < end


@routine
def is_user(data, start, end):
    """Tell whether a value is a USER."""
    words, dashes, odd = 0, 0, False
    at = start
    while True:
        stop = find_byte(data, at, end, BLANK)
        if stop == at:
            return False
        words += 1
        dashes += stop - at == 1 and data[at] == MINUS
        first, final = data[at], data[stop - 1]
        for byte in (first, final):
            odd = odd or byte == 91 or byte == 93 or byte == 124
        odd = odd or find_byte(data, at, stop, uint8(58)) < stop
        if stop == end:
            break
        at = stop + 1
    return words == 1 or (dashes == 0 and not odd)


@block
def is_method(data, start, end):
    """Tell whether a value is a METHOD."""
    for at in range(start, end):
        byte = data[at]
        if not (97 <= (byte | uint8(32)) <= 122 or byte == MINUS or byte == 95):
            return False
    return 0 < end - start <= 32
