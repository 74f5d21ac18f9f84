"""Kernels that take envelopes off: lines in, what they carry out. Numba code; `hitstream.parse.envelopes` says what.

Each fills, for every line, where it starts and ends in `data`, where its text starts and ends in `out`, and its code:
twice the number of its stream plus 1 for a part, or `BROKEN` or `BLANK`, which have no text. A newline stands after
every text in `out`. They return the number of lines.
"""

from numba import int64, uint8

from hitstream.jit.blocks import block, find_any, find_byte, routine

BROKEN, BLANK = -1, -2
NEWLINE, RETURN, QUOTE, BACKSLASH, COMMA = uint8(10), uint8(13), uint8(34), uint8(92), uint8(44)
NUL, ESCAPE, BRACKET, SEMICOLON, LETTER_M = uint8(0), uint8(27), uint8(91), uint8(59), uint8(109)
MARK = uint8(0xEF)  # the first byte of UTF-8's mark of byte order
COLOUR_BYTES = 16
ITEM = 3
SHAPE = 3


@block
def copied(data, start, end, out, at):
    """Copy bytes and a newline into `out` at `at`; return where the text ends."""
    for i in range(end - start):
        out[at + i] = data[start + i]
    stop = at + end - start
    out[stop] = NEWLINE
    return stop


@block
def prefix_end(data, at, end, sets, items, first, count):
    """Return where the prefix of a shape ends that starts at `at`, -1 where it has not the shape."""
    for item in range(ITEM * first, ITEM * (first + count), ITEM):
        row, fewest, most = 256 * items[item], items[item + 1], items[item + 2]
        stop = min(end, at + most)
        start = at
        while at < stop and sets[row + int64(data[at])] == 1:
            at += 1
        if at - start < fewest:
            return -1
    return at


@block
def line_bounds(data, at):
    """Return (where the line at `at` ends without its line end, where the next one starts)."""
    newline = find_byte(data, at, data.size, NEWLINE)
    end = newline - 1 if newline > at and data[newline - 1] == RETURN else newline
    return end, newline + 1


@routine
def unwrap_prefixes(data, sets, items, shapes, out, start, end, text_start, text_end, code):
    """Take prefixes off. The shape that fitted last is tried first where none before it could fit: it is the first."""
    lines, at, used = 0, 0, 0
    while at < data.size:
        stop, following = line_bounds(data, at)
        start[lines], end[lines], code[lines] = at, stop, BLANK if stop == at else BROKEN
        text_start[lines], text_end[lines] = used, used
        for shape in range(0, shapes.size, SHAPE):
            inner = prefix_end(data, at, stop, sets, items, shapes[shape], shapes[shape + 1])
            if inner >= 0:
                text_end[lines] = copied(data, inner, stop, out, used)
                code[lines] = shapes[shape + 2]
                used = text_end[lines] + 1
                break
        lines += 1
        at = following
    return lines


@routine
def unwrap_records(data, out, start, end, text_start, text_end, code):
    """Take the last field, which must be in quotes, out of CSV records."""
    lines, at, used = 0, 0, 0
    while at < data.size:
        stop, following = line_bounds(data, at)
        start[lines], end[lines], code[lines] = at, stop, BLANK if stop == at else BROKEN
        text_start[lines], text_end[lines] = used, used
        field = at
        while field < stop:
            if data[field] != QUOTE:
                comma = find_byte(data, field, stop, COMMA)
                if find_byte(data, field, comma, QUOTE) < comma:
                    break
                field = comma + 1
                continue
            written, read = used, field + 1
            while read < stop:
                if data[read] == QUOTE:
                    if read + 1 >= stop or data[read + 1] != QUOTE:
                        break
                    read += 1
                out[written] = data[read]
                written += 1
                read += 1
            if read >= stop:
                break
            if read + 1 == stop:
                out[written] = NEWLINE
                text_end[lines], code[lines] = written, 0
                used = written + 1
                break
            if data[read + 1] != COMMA:
                break
            field = read + 2
        lines += 1
        at = following
    return lines


@routine
def clean_lines(data, out, start, end, text_start, text_end, code):
    """Take colours out of lines, NUL bytes off their ends, marks of byte order off their beginnings.

    A hole of NUL bytes within breaks a line.
    """
    lines, at, used = 0, 0, 0
    while at < data.size:
        newline = find_byte(data, at, data.size, NEWLINE)
        first, last = after_nuls(data, at, newline), newline
        while last > first and data[last - 1] == NUL:
            last -= 1
        start[lines], end[lines], code[lines] = first, last, 0
        last = without_colours(data, first, last, out, used)
        first = after_nuls(out, used, last)
        while last > first and out[last - 1] == NUL:
            last -= 1
        while is_mark(out, first, last):
            first = after_nuls(out, first + 3, last)
        text_start[lines], text_end[lines] = used, used
        if has_hole(out, first, last):
            code[lines] = BROKEN
        else:
            text_end[lines] = copied(out, first, last, out, used)
            used = text_end[lines] + 1
        lines += 1
        at = newline + 1
    return lines


@block
def without_colours(data, start, end, out, at):
    """Copy bytes into `out` at `at`, but for codes of colours; return where they end."""
    first = at
    for i in range(start, end):
        out[at] = data[i]
        at += 1
        if data[i] == LETTER_M:
            at = colour_start(out, first, at)
    return at


@block
def colour_start(data, start, end):
    """Return where the code of a colour (ECMA-48, SGR) starts that ends before `end`; `end` where there is none."""
    at = end - 2
    least = max(start, at - COLOUR_BYTES)
    while at > least and (48 <= data[at] <= 57 or data[at] == SEMICOLON):
        at -= 1
    return at - 1 if at > start and data[at] == BRACKET and data[at - 1] == ESCAPE else end


@block
def after_nuls(data, at, end):
    """Return where the first byte from `at` on stands that is not NUL."""
    while at < end and data[at] == NUL:
        at += 1
    return at


@block
def has_hole(data, at, end):
    """Tell whether two NUL bytes stand together."""
    at = find_byte(data, at, end, NUL)
    while at + 1 < end:
        if data[at + 1] == NUL:
            return True
        at = find_byte(data, at + 1, end, NUL)
    return False


@block
def is_mark(data, at, end):
    """Tell whether UTF-8's mark of byte order stands at `at`."""
    return at + 3 <= end and data[at] == 0xEF and data[at + 1] == 0xBB and data[at + 2] == 0xBF


@routine
def is_clean(data):
    """Tell whether every line is what `clean_lines` would make of it."""
    at = find_any(data, 0, NUL, MARK, ESCAPE)
    while at < data.size:
        starts = at == 0 or data[at - 1] == NEWLINE
        if data[at] == NUL:
            if starts or at + 1 == data.size or data[at + 1] == NEWLINE or data[at + 1] == NUL:
                return 0
        elif data[at] == MARK:
            if starts and is_mark(data, at, data.size):
                return 0
        else:
            stop = find_byte(data, at, min(data.size, at + COLOUR_BYTES + 3), LETTER_M)
            if stop < data.size and data[stop] == LETTER_M and colour_start(data, at, stop + 1) == at:
                return 0
        at = find_any(data, at + 1, NUL, MARK, ESCAPE)
    return 1
