"""The kernel that takes lines out of JSON objects. Numba code; see `hitstream.parse.envelopes`.

It takes what it is sure of. A line that has escapes in its keys, numbers with exponents, surrogates or is deeply nested
is left to Python's own parser (`SLOW`), and so is any line that is no JSON at all.
"""

from numba import int64, uint8

from hitstream.jit.blocks import block, find_byte, lowest_bit, match32, routine
from hitstream.parse.compiled.envelopes import BACKSLASH, BLANK, COMMA, NEWLINE, QUOTE, line_bounds

SLOW, NO_TEXT = -3, -4
DEEPEST, MOST_DIGITS, LANES = 32, 18, 32
OPEN, CLOSE, OPEN_LIST, CLOSE_LIST = uint8(123), uint8(125), uint8(91), uint8(93)
COLON, SPACE, TAB, MINUS, POINT, ZERO, NINE = (uint8(byte) for byte in b": \t-.09")
KEY, VALUE, AFTER = 0, 1, 2


@block
def after_blanks(data, at, end):
    """Return where the first byte from `at` on stands that is no blank."""
    while at < end and (data[at] == SPACE or data[at] == TAB):
        at += 1
    return at


@block
def hex_value(byte):
    """Return the value of a hexadecimal digit, or -1."""
    if ZERO <= byte <= NINE:
        return int64(byte) - 48
    lower = int64(byte) | 32
    return lower - 87 if 97 <= lower <= 102 else int64(-1)


@block
def code_point(data, at, end):
    """Return what the four hexadecimal digits at `at` stand for, or -1."""
    if at + 4 > end:
        return int64(-1)
    value = int64(0)
    for i in range(4):
        digit = hex_value(data[at + i])
        if digit < 0:
            return int64(-1)
        value = 16 * value + digit
    return value


@block
def escaped(byte):
    """Return the byte that a backslash and this one stand for, or -1 (`u` stands for more)."""
    if byte == 110:  # n
        return int64(10)
    if byte == 116:  # t
        return int64(9)
    if byte == 114:  # r
        return int64(13)
    if byte == 98:  # b
        return int64(8)
    if byte == 102:  # f
        return int64(12)
    return int64(byte) if byte == QUOTE or byte == BACKSLASH or byte == 47 else int64(-1)


@block
def run_end(data, at, end):
    """Return where the first quote or backslash from `at` on stands, or `end`."""
    while at < end and at + LANES <= data.size:
        mask = match32(data, at, QUOTE) | match32(data, at, BACKSLASH)
        if mask != 0:
            return min(at + lowest_bit(mask), end)
        at += LANES
    while at < end and data[at] != QUOTE and data[at] != BACKSLASH:
        at += 1
    return min(at, end)


@routine
def string_end(data, at, end):
    """Return where the string ends whose first byte stands at `at`, or SLOW."""
    while True:
        at = run_end(data, at, end)
        if at >= end:
            return int64(SLOW)
        if data[at] == QUOTE:
            return at
        if at + 1 >= end:
            return int64(SLOW)
        if data[at + 1] == 117:  # u
            if code_point(data, at + 2, end) < 0:
                return int64(SLOW)
        elif escaped(data[at + 1]) < 0:
            return int64(SLOW)
        at += 2


@routine
def string_at(data, at, end, out, used):
    """Write the string whose first byte stands at `at` into `out`; return (where it ends or SLOW, end in `out`)."""
    while True:
        stop = run_end(data, at, end)
        for i in range(stop - at):
            out[used + i] = data[at + i]
        used += stop - at
        at = stop + 1
        if stop >= end or (data[stop] == BACKSLASH and at >= end):
            return int64(SLOW), used
        if data[stop] == QUOTE:
            return stop, used
        single = escaped(data[at])
        if single >= 0:
            out[used] = uint8(single)
            used += 1
            at += 1
            continue
        value = code_point(data, at + 1, end) if data[at] == 117 else int64(-1)
        if value < 0 or 0xD800 <= value <= 0xDFFF:
            return int64(SLOW), used
        used = utf8(value, out, used)
        at += 5


@block
def utf8(value, out, used):
    """Write a code point below 0x10000; return where it ends."""
    if value < 0x80:
        out[used] = uint8(value)
        return used + 1
    if value < 0x800:
        out[used] = uint8(0xC0 | value >> 6)
        out[used + 1] = uint8(0x80 | value & 63)
        return used + 2
    out[used] = uint8(0xE0 | value >> 12)
    out[used + 1] = uint8(0x80 | value >> 6 & 63)
    out[used + 2] = uint8(0x80 | value & 63)
    return used + 3


@block
def is_text(data, at, end, text):
    """Tell whether the bytes from `at` to `end` are a text."""
    if end - at != text.size:
        return False
    for i in range(text.size):
        if data[at + i] != text[i]:
            return False
    return True


@block
def scalar_end(data, at, end):
    """Return where the number or word at `at` ends, or SLOW where it is none, or not surely one."""
    first = at
    while at < end and 97 <= data[at] <= 122:
        at += 1
    if at > first:
        word = int64(0)
        for i in range(first, at):
            word = word * 256 + int64(data[i])
        known = word == 0x74727565 or word == 0x66616C7365 or word == 0x6E756C6C  # true, false, null
        return at if known else int64(SLOW)
    at += at < end and data[at] == MINUS
    whole = at
    while at < end and ZERO <= data[at] <= NINE:
        at += 1
    if at == whole or at - whole > MOST_DIGITS or (data[whole] == ZERO and at - whole > 1):
        return int64(SLOW)
    if at < end and data[at] == POINT:
        at += 1
        part = at
        while at < end and ZERO <= data[at] <= NINE:
            at += 1
        if at == part:
            return int64(SLOW)
    return at


@routine
def object_text(data, at, end, key, stream_key, second_stream, out, used):
    """Return (where the text at `key` ends in `out`, NO_TEXT or SLOW; the number of its stream)."""
    text, stream, depth, lists = int64(NO_TEXT), int64(0), 0, int64(0)
    state, fresh, wanted, of_stream = VALUE, False, False, False
    while True:
        at = after_blanks(data, at, end)
        if at >= end:
            return int64(SLOW), stream
        byte = data[at]
        if state == AFTER or (fresh and (byte == CLOSE or byte == CLOSE_LIST)):
            in_list = lists >> depth & 1
            if byte == COMMA and state == AFTER:
                state = VALUE if in_list else KEY
            elif (byte == CLOSE_LIST) if in_list else (byte == CLOSE):
                depth -= 1
                state = AFTER
                if depth == 0:
                    return (text if after_blanks(data, at + 1, end) == end else int64(SLOW)), stream
            else:
                return int64(SLOW), stream
            fresh = False
            at += 1
        elif state == KEY:
            if byte != QUOTE:
                return int64(SLOW), stream
            start = at + 1
            at = run_end(data, start, end)
            if at < end and data[at] == BACKSLASH:
                return int64(SLOW), stream
            wanted = depth == 1 and is_text(data, start, at, key)
            of_stream = depth == 1 and is_text(data, start, at, stream_key)
            at = after_blanks(data, at + 1, end)
            if at >= end or data[at] != COLON:
                return int64(SLOW), stream
            at += 1
            state, fresh = VALUE, False
        else:
            if wanted:
                text = int64(NO_TEXT)
            if of_stream:
                stream = int64(0)
            fresh = False
            if byte == OPEN or byte == OPEN_LIST:
                depth += 1
                if depth > DEEPEST:
                    return int64(SLOW), stream
                is_list = int64(byte == OPEN_LIST)
                lists = lists & ~(int64(1) << depth) | is_list << depth
                state, fresh = (VALUE if is_list else KEY), True
                at += 1
            elif depth == 0:
                return int64(SLOW), stream
            elif byte == QUOTE:
                start = at + 1
                if wanted:
                    at, text = string_at(data, start, end, out, used)
                else:
                    at = string_end(data, start, end)
                if at < 0 or (of_stream and find_byte(data, start, at, BACKSLASH) < at):
                    return int64(SLOW), stream
                if of_stream:
                    stream = int64(is_text(data, start, at, second_stream))
                at += 1
                state = AFTER
            else:
                at = scalar_end(data, at, end)
                if at < 0:
                    return int64(SLOW), stream
                state = AFTER
            wanted, of_stream = False, False


@routine
def unwrap_objects(
    data, key, stream_key, second_stream, ends, out, start, end, text_start, text_end, code
):  # fmt: skip
    """Take the strings at a key out of objects; `ends` is 1 where a text without a newline at its end is a part."""
    lines, at, used = 0, 0, 0
    while at < data.size:
        stop, following = line_bounds(data, at)
        start[lines], end[lines], code[lines] = at, stop, BLANK
        text_start[lines], text_end[lines] = used, used
        if stop > at:
            text, stream = object_text(data, at, stop, key, stream_key, second_stream, out, used)
            code[lines] = SLOW
            if text >= 0:
                ended = text > used and out[text - 1] == NEWLINE
                text -= ended
                if find_byte(out, used, text, NEWLINE) == text:
                    out[text] = NEWLINE
                    text_end[lines] = text
                    code[lines] = 2 * stream + 1 - ended if ends == 1 else 0
                    used = text + 1
        lines += 1
        at = following
    return lines


@routine
def gather(data, start, end, last, out, line_start):
    """Copy pieces one after the other, a newline after those that are `last`; return how much was written.

    `line_start` gets where each line starts in `out`.
    """
    used, lines, fresh = 0, 0, True
    for piece in range(start.size):
        if fresh:
            line_start[lines] = used
            lines += 1
        for i in range(end[piece] - start[piece]):
            out[used + i] = data[start[piece] + i]
        used += end[piece] - start[piece]
        fresh = last[piece] == 1
        if fresh:
            out[used] = NEWLINE
            used += 1
    return used
