"""The parse kernel: runs a field program over a buffer of lines and fills columns. Numba code.

A program row holds (kind, until, length of until, quoted or the place of a time's seconds, text column, first time
token, time tokens, scale); the literals of the format stand in one array. See `hitstream.parse.program` for what the
fields mean.
"""

from numba import int16, int32, int64, uint8

from hitstream.jit.blocks import count_byte, find_byte, intern, routine
from hitstream.parse.compiled.fields import (
    MINUS,
    NOT_A_NUMBER,
    count_or_dash,
    digits,
    duration,
    end_of_plain,
    end_of_quoted,
    end_of_request,
    stands_at,
)
from hitstream.parse.compiled.instants import BAD_TIME, ZONE, instant_like_last

ROW = 8
SKIP, TEXT, TIME, REQUEST, STATUS, BYTES, DURATION = range(7)
NEWLINE, RETURN, SPACE = uint8(10), uint8(13), uint8(32)
LINE_TOO_LONG, NO_PREFIX = -2, -1
TEXT_KEEPS_DASH = 1  # in the place of `scale`, for TEXT rows


@routine
def count_lines(data):
    """Return how many lines `data` holds; a last one without a newline counts."""
    lines = count_byte(data, NEWLINE)
    if data.size > 0 and data[data.size - 1] != NEWLINE:
        lines += 1
    return lines


@routine
def scan(
    data, base, cap, prefix, program, literals, tokens, size, columns, spans,
    offset, time, zone, status, sent, took, codes,
    table, table_size, masks, hashes, places, counts,
    bad_start, bad_end, bad_reason, bad_count,
):  # fmt: skip
    """Parse every line; return the number of hits, put that of bad lines into `bad_count[0]`.

    `size` is the number of lines that the outputs have room for; text column c has its codes, hashes and places from
    `c * size`, its table from `c * table_size`. `spans` is room for a line's values.
    """
    hits, bad, at = 0, 0, 0
    last_time = spans[2 * columns :]
    while at < data.size:
        line_end = find_byte(data, at, data.size, NEWLINE)
        end = line_end - 1 if line_end > at and data[line_end - 1] == RETURN else line_end
        if end - at > cap:
            reason = LINE_TOO_LONG
        elif not stands_at(data, at, end, prefix, 0, prefix.size):
            reason = NO_PREFIX
        else:
            reason = _line(
                data, at + prefix.size, end, program, literals, tokens, spans, hits, time, status, sent, took,
                last_time,
            )  # fmt: skip
        if reason == program.size // ROW:
            offset[hits] = base + at
            zone[hits] = int16(last_time[ZONE])
            for column in range(columns):
                code = int64(-1)
                if spans[2 * column] >= 0:
                    code = intern(
                        data, spans[2 * column], spans[2 * column + 1], column, column * size, table,
                        column * table_size, masks, hashes, places, counts,
                    )  # fmt: skip
                codes[column * size + hits] = int32(code)
            hits += 1
        else:
            bad_start[bad] = at
            bad_end[bad] = end
            bad_reason[bad] = reason
            bad += 1
        at = line_end + 1
    bad_count[0] = bad
    return hits


@routine
def _line(
    data, at, end, program, literals, tokens, spans, row, time, status, sent, took, zone
):  # fmt: skip
    """Read the fields of a line into the columns' `row`; return the index of the first that fails, or their number."""
    fields = program.size // ROW
    for index in range(fields):
        step = index * ROW
        kind, until, length = program[step], program[step + 1], program[step + 2]
        last = index == fields - 1
        if kind == TIME:
            value, stop = instant_like_last(
                data, at, end, tokens, program[step + 5], program[step + 6], program[step + 7], program[step + 3], zone
            )
            if value == BAD_TIME or not stands_at(data, stop, end, literals, until, length):
                return index
            time[row] = value
        elif program[step + 3] == 0:
            stop = end_of_plain(data, at, end, literals, until, length)
        elif kind == REQUEST and not last and program[step + ROW] == STATUS:
            stop = end_of_request(
                data, at, end, literals, until, length, program[step + ROW + 1], program[step + ROW + 2]
            )
        else:
            stop = end_of_quoted(data, at, end, literals, until, length)
        if stop < 0 or (last and stop + length != end):
            return index
        column = program[step + 4]
        if kind in (TEXT, REQUEST):
            dash = kind == TEXT and program[step + 7] != TEXT_KEEPS_DASH
            missing = dash and stop - at == 1 and data[at] == MINUS
            spans[2 * column] = -1 if missing else at
            spans[2 * column + 1] = stop - at
        elif kind == STATUS:
            value = digits(data, at, stop) if stop - at == 3 else NOT_A_NUMBER
            if value < 0:
                return index
            status[row] = int16(value)
        elif kind == BYTES:
            value = count_or_dash(data, at, stop)
            if value == NOT_A_NUMBER:
                return index
            sent[row] = value
        elif kind == DURATION:
            value = duration(data, at, stop, program[step + 7])
            if value == NOT_A_NUMBER:
                return index
            took[row] = value
        at = stop + length
    return fields


@routine
def split_requests(
    data, requests, count, size, codes, table, table_size, masks, hashes, places, counts
):  # fmt: skip
    """Intern method, target and protocol (texts 0, 1, 2) of each distinct request; see `reference.split_request`."""
    for request in range(count):
        start = requests[request] >> 32
        end = start + (requests[request] & int64(0xFFFFFFFF))
        method = _method_end(data, start, end)
        target, protocol = start, end
        if method > start:
            target = method + 1
            protocol = _protocol_start(data, target, end)
        else:
            method = start
        target_end = protocol - 1 if protocol < end else end
        for part in range(3):
            if part == 0:
                first, length = start, method - start
            elif part == 1:
                first, length = target, target_end - target
            else:
                first, length = protocol, end - protocol
            codes[part * size + request] = intern(
                data,
                first,
                length,
                part,
                part * size,
                table,
                part * table_size,
                masks,
                hashes,
                places,
                counts,
            )
    return 0


@routine
def _method_end(data, start, end):
    """Return where the blank after the method stands, or -1 where the request is not `METHOD target`."""
    blank = find_byte(data, start, min(end, start + 33), SPACE)
    if blank == start or blank + 1 >= end or blank >= min(end, start + 33):
        return -1
    for at in range(start, blank):
        byte = data[at]
        letter = 65 <= byte <= 90 or 97 <= byte <= 122
        if not (letter or byte == 45 or byte == 95):
            return -1
    return blank


@routine
def _protocol_start(data, start, end):
    """Return where `HTTP/` digits [`.` digits] after the last blank starts, or `end`; a target stands before it."""
    at = end
    while at > start and data[at - 1] != SPACE:
        at -= 1
    if at - 1 <= start or end - at < 6:
        return end
    for i, letter in enumerate((72, 84, 84, 80, 47)):
        if data[at + i] != letter:
            return end
    point = find_byte(data, at + 5, end, uint8(46))
    if digits_only(data, at + 5, point) and (point == end or digits_only(data, point + 1, end)):
        return at
    return end


@routine
def digits_only(data, start, end):
    """Tell whether `data[start:end]` is one or more ASCII digits."""
    for at in range(start, end):
        if not 48 <= data[at] <= 57:
            return False
    return start < end


@routine
def measure(places, first, count):
    """Return how many bytes texts `first` to `first + count` have."""
    total = int64(0)
    for text in range(first, first + count):
        total += places[text] & int64(0xFFFFFFFF)
    return total


@routine
def gather(data, places, first, count, out, offsets):
    """Copy texts `first` to `first + count` into Arrow's layout; return whether a byte outside ASCII is among them."""
    seen = uint8(0)
    place = 0
    for text in range(first, first + count):
        offsets[text - first] = place
        start = places[text] >> 32
        for at in range(start, start + (places[text] & int64(0xFFFFFFFF))):
            out[place] = data[at]
            seen |= data[at]
            place += 1
    offsets[count] = place
    return int64(seen >= 128)


@routine
def unify(data, offsets, codes, table, masks, hashes, places, counts):
    """Give each text `data[offsets[i]:offsets[i + 1]]` its code among the distinct ones."""
    for text in range(codes.size):
        start = offsets[text]
        length = offsets[text + 1] - start
        codes[text] = int32(intern(data, start, length, 0, 0, table, 0, masks, hashes, places, counts))
    return 0
