"""Kernel part: structured lines to values. Numba code; what it does is said in `hitstream.parse.structured.syntaxes`.

The keys that a format wants are an automaton of bytes: `transitions[state * width + classes[byte]]` is the next state,
0 where no wanted key goes on so, and `accepts[state]` the slot of the key that ends there, or -1. A slot has the start,
the end and the kind of its value in `starts`, `stops` and `kinds`.
"""

from numba import int64, uint8

from hitstream.jit import blocks
from hitstream.jit.blocks import block, lowest_bit, match32, routine
from hitstream.parse.compiled import fields

NONE, WORD, TEXT, ESCAPED, HEAD, NOTHING = range(6)
ROOT = 1
_LANES = 32
BLANK, TAB, RETURN, QUOTE, BACKSLASH = uint8(32), uint8(9), uint8(13), uint8(34), uint8(92)
COMMA, COLON, DOT = uint8(44), uint8(58), uint8(46)
LEFT_BRACE, RIGHT_BRACE, LEFT_BRACKET, RIGHT_BRACKET = uint8(123), uint8(125), uint8(91), uint8(93)


@routine
def find_byte(data, start, end, byte):
    """Return what `blocks.find_byte` does: compiled once, since it is called in many places."""
    return blocks.find_byte(data, start, end, byte)


@routine
def digits(data, start, end):
    """Return what `fields.digits` does, compiled once."""
    return fields.digits(data, start, end)


@routine
def skip_blanks(data, at, end):
    """Return where the blanks, tabs and carriage returns that stand at `at` end."""
    while at < end and (data[at] == BLANK or data[at] == TAB or data[at] == RETURN):
        at += 1
    return at


@routine
def end_of_string(data, at, end):
    """Return where the quote stands that ends the string from `at`, or -1, and whether a backslash is in it."""
    escaped = False
    while at < end:
        if at + _LANES <= data.size:
            found = match32(data, at, QUOTE) | match32(data, at, BACKSLASH)
            if found == 0:
                at += _LANES
                continue
            at += lowest_bit(found)
            if at >= end:
                break
        byte = data[at]
        if byte == QUOTE:
            return at, escaped
        if byte == BACKSLASH:
            escaped = True
            at += 1
        at += 1
    return int64(-1), escaped


@routine
def end_of_word(data, at, end, in_list):
    """Return where a JSON value that is no string, list or object ends."""
    while at < end:
        byte = data[at]
        if byte == COMMA:
            if in_list:
                return at
            after = skip_blanks(data, at + 1, end)
            if after >= end or data[after] == QUOTE or data[after] == RIGHT_BRACE:
                return at
        elif (
            byte == RIGHT_BRACE or byte == QUOTE or byte == LEFT_BRACE or byte == LEFT_BRACKET or byte == RIGHT_BRACKET
        ):
            return at
        at += 1
    return at


@routine
def follow(state, data, start, end, classes, transitions, width):
    """Return the state that the bytes `data[start:end]` lead to."""
    at = start
    while at < end and state != 0:
        state = int64(transitions[state * width + classes[data[at]]])
        at += 1
    return state


@block
def keep(state, start, stop, kind, accepts, starts, stops, kinds):
    """Keep the value of a key that is wanted."""
    slot = accepts[state]
    if slot >= 0:
        starts[slot], stops[slot], kinds[slot] = start, stop, kind


@routine
def json_pairs(data, at, end, classes, transitions, width, accepts, starts, stops, kinds, frames):
    """Keep the values of an object; return whether the line is one.

    `frames` holds, for each object and list around, twice the state that its keys start from, plus 1 for a list.
    """
    at = skip_blanks(data, at, end)
    if at >= end or data[at] != LEFT_BRACE:
        return False
    depth = int64(0)
    frames[0] = 2 * ROOT
    at += 1
    while True:
        at = skip_blanks(data, at, end)
        if at >= end:
            return False
        in_list = (frames[depth] & 1) == 1
        if data[at] == (RIGHT_BRACKET if in_list else RIGHT_BRACE):
            at += 1
            depth -= 1
            if depth < 0:
                break
        else:
            state = frames[depth] >> 1
            if in_list:
                frames[depth] = 1
            else:
                if data[at] != QUOTE:
                    return False
                stop, _ = end_of_string(data, at + 1, end)
                if stop < 0:
                    return False
                state = follow(state, data, at + 1, stop, classes, transitions, width)
                at = skip_blanks(data, stop + 1, end)
                if at >= end or data[at] != COLON:
                    return False
                at = skip_blanks(data, at + 1, end)
                if at >= end:
                    return False
            byte = data[at]
            if byte == LEFT_BRACE or byte == LEFT_BRACKET:
                depth += 1
                if depth == frames.size:
                    return False
                if byte == LEFT_BRACKET:
                    frames[depth] = 2 * state + 1
                else:
                    frames[depth] = 2 * int64(transitions[state * width + classes[DOT]])
                at += 1
                continue
            if byte == QUOTE:
                stop, escaped = end_of_string(data, at + 1, end)
                if stop < 0:
                    return False
                keep(state, at + 1, stop, ESCAPED if escaped else TEXT, accepts, starts, stops, kinds)
                at = stop + 1
            else:
                stop = end_of_word(data, at, end, in_list)
                last = stop
                while last > at and (data[last - 1] == BLANK or data[last - 1] == TAB or data[last - 1] == RETURN):
                    last -= 1
                keep(state, at, last, WORD, accepts, starts, stops, kinds)
                at = stop
        at = skip_blanks(data, at, end)
        if at >= end:
            return False
        if data[at] == COMMA:
            at += 1
        elif data[at] != (RIGHT_BRACKET if frames[depth] & 1 else RIGHT_BRACE):
            return False
    at = skip_blanks(data, at, end)
    if at < end and data[at] == COMMA:
        at = skip_blanks(data, at + 1, end)
    return at >= end


@routine
def start_of_json(data, at, end):
    """Return where the first brace behind a tab stands, or `end`."""
    at = find_byte(data, at, end, TAB)
    while at + 1 < end:
        if data[at + 1] == LEFT_BRACE:
            return at + 1
        at = find_byte(data, at + 1, end, TAB)
    return end


@routine
def end_of_key(data, at, end, assign):
    """Return where the sign behind the key at `at` stands, or -1 where there is no key."""
    start = at
    while at < end:
        byte = data[at]
        letter = 65 <= byte <= 90 or 97 <= byte <= 122 or 48 <= byte <= 57
        if not (letter or byte == 95 or byte == 46 or byte == 64 or byte == 45):
            break
        at += 1
    return at if at > start and at < end and data[at] == assign else int64(-1)


@routine
def next_piece(data, at, end, separator, blanks):
    """Return where the piece after that at `at` starts, and where that at `at` ends.

    `blanks` is how many blanks and tabs separate pieces at least (or one tab), 0 where `separator` does.
    """
    if blanks == 0:
        stop = find_byte(data, at, end, separator)
        return min(stop + 1, end), stop
    while at < end:
        if data[at] == BLANK or data[at] == TAB:
            stop = at
            while at < end and (data[at] == BLANK or data[at] == TAB):
                at += 1
            if at - stop >= blanks:
                return at, stop
            if data[stop] == TAB:
                return at, stop
        at += 1
    return end, end


@routine
def delimited_pairs(
    data, at, end, assign, separator, blanks, quotes, head_slot,
    classes, transitions, width, accepts, starts, stops, kinds,
):  # fmt: skip
    """Keep the values of a line of delimited pairs, and its head."""
    start_of_line, end_of_head = at, at
    met_key = False
    while at < end:
        sign = end_of_key(data, at, end, assign)
        if sign < 0:
            at, stop = next_piece(data, at, end, separator, blanks)
            if not met_key:
                end_of_head = stop
            continue
        if head_slot >= 0 and not met_key and end_of_head > start_of_line:
            starts[head_slot], stops[head_slot], kinds[head_slot] = start_of_line, end_of_head, HEAD
        met_key = True
        state = follow(ROOT, data, at, sign, classes, transitions, width)
        at = sign + 1
        if quotes != 0 and at < end and data[at] == QUOTE:
            stop, escaped = end_of_string(data, at + 1, end)
            last = end if stop < 0 else stop
            keep(state, at + 1, last, ESCAPED if escaped else TEXT, accepts, starts, stops, kinds)
            at, stop = next_piece(data, end if stop < 0 else stop + 1, end, separator, blanks)
            continue
        start = at
        at, stop = next_piece(data, at, end, separator, blanks)
        while at < end and end_of_key(data, at, end, assign) < 0:
            at, stop = next_piece(data, at, end, separator, blanks)
        keep(state, start, stop, TEXT, accepts, starts, stops, kinds)
    return 0


@routine
def hex_digit(byte):
    """Return the value of a hexadecimal digit, or -1."""
    if 48 <= byte <= 57:
        return int64(byte) - 48
    lower = int64(byte) | 32
    return lower - 87 if 97 <= lower <= 102 else int64(-1)


@routine
def code_unit(data, at, end):
    r"""Return the number that `\uXXXX` at `at` writes, or -1."""
    if at + 6 > end or data[at] != BACKSLASH or data[at + 1] != 117:
        return int64(-1)
    value = int64(0)
    for i in range(2, 6):
        digit = hex_digit(data[at + i])
        if digit < 0:
            return int64(-1)
        value = value * 16 + digit
    return value


@routine
def put_character(data, out, point):
    """Write a character as UTF-8; return where it ends."""
    if point < 0x80:
        data[out] = uint8(point)
        return out + 1
    if point < 0x800:
        data[out] = uint8(0xC0 | (point >> 6))
        data[out + 1] = uint8(0x80 | (point & 63))
        return out + 2
    if point < 0x10000:
        data[out] = uint8(0xE0 | (point >> 12))
        data[out + 1] = uint8(0x80 | ((point >> 6) & 63))
        data[out + 2] = uint8(0x80 | (point & 63))
        return out + 3
    data[out] = uint8(0xF0 | (point >> 18))
    data[out + 1] = uint8(0x80 | ((point >> 12) & 63))
    data[out + 2] = uint8(0x80 | ((point >> 6) & 63))
    data[out + 3] = uint8(0x80 | (point & 63))
    return out + 4


@routine
def simple_escape(byte):
    """Return the byte that a backslash before `byte` stands for, or -1."""
    if byte == QUOTE or byte == BACKSLASH or byte == 47:
        return int64(byte)
    if byte == 98:
        return int64(8)
    if byte == 102:
        return int64(12)
    if byte == 110:
        return int64(10)
    if byte == 114:
        return int64(13)
    return int64(9) if byte == 116 else int64(-1)


@routine
def unescape(data, at, end, out):
    """Write a string with its escapes as what they stand for to `out`; return where it ends. It is never longer."""
    while at < end:
        if data[at] != BACKSLASH or at + 1 >= end:
            data[out] = data[at]
            out += 1
            at += 1
            continue
        sign = data[at + 1]
        if sign != 117:
            plain = simple_escape(sign)
            if plain < 0:
                data[out] = BACKSLASH
                out += 1
            data[out] = uint8(plain) if plain >= 0 else sign
            out += 1
            at += 2
            continue
        unit = code_unit(data, at, end)
        if 0xD800 <= unit < 0xDC00:
            low = code_unit(data, at + 6, end)
            if 0xDC00 <= low < 0xE000:
                out = put_character(data, out, 0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00)
                at += 12
                continue
        if unit < 0 or 0xD800 <= unit < 0xE000:
            data[out] = BACKSLASH
            out += 1
            at += 1
        else:
            out = put_character(data, out, unit)
            at += 6
    return out
