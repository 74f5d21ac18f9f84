"""The parse kernel: runs a field program over a buffer of lines and fills columns. Numba code.

A program row holds (kind, until, length of until, a mark, text column, first time token, time tokens, scale); the
literals of the format stand in one array. The mark is: for a time, where its seconds stand; for a client, its flags;
for others, whether it is quoted; for both of these, whether it may be quoted, and a quote stands before `until` then.
An unescaped text is marked as one that may be quoted, too, so that all others need one look only.
The scale of a client is its rank. See `hitstream.parse.program` for what the fields mean.
"""

from numba import int16, int32, int64, uint8

from hitstream.jit.blocks import count_byte, find_byte, intern, routine
from hitstream.parse.compiled.clients import FORWARDED, LENIENT, client_at, is_vhost
from hitstream.parse.compiled.fields import (
    MINUS,
    MISSING,
    NOT_A_NUMBER,
    QUOTE,
    count_or_dash,
    digits,
    duration,
    end_of_plain,
    end_of_quoted,
    end_of_request,
    is_dash,
    is_method,
    is_user,
    is_word,
    past_literal,
)
from hitstream.parse.compiled.instants import BAD_TIME, ZONE, instant_like_last
from hitstream.parse.compiled.structured_values import duration_of
from hitstream.parse.structured.columns import ANY_UNIT

ROW = 8
SKIP, TEXT, TIME, REQUEST, STATUS, BYTES, DURATION, HOST, VHOST, WORD, USER, METHOD, COUNT, ELAPSED = range(14)
IS_QUOTED, IS_QUOTABLE, IS_UNESCAPED = 1, 64, 128
NEWLINE, RETURN, SPACE, HASH = uint8(10), uint8(13), uint8(32), uint8(35)
NO_RANK = int64(1 << 32)
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
    bad_start, bad_end, bad_reason, other_counts,
):  # fmt: skip
    """Parse every line; return the number of hits, put those of bad lines and directives into `other_counts`.

    `size` is the number of lines that the outputs have room for; text column c has its codes, hashes and places from
    `c * size`, its table from `c * table_size`. `spans` is room for a line's values.
    """
    hits, bad, directives, at = 0, 0, 0, 0
    hash_is_directive = prefix.size == 0 or prefix[0] != HASH
    last_time = spans[2 * columns :]
    has_forwarded = _has_forwarded(program)
    while at < data.size:
        line_end = find_byte(data, at, data.size, NEWLINE)
        whole_end = line_end - 1 if line_end > at and data[line_end - 1] == RETURN else line_end
        end = whole_end
        while end > at and data[end - 1] == SPACE:
            end -= 1
        if end == at or (hash_is_directive and data[at] == HASH):
            directives += 1
            at = line_end + 1
            continue
        first = past_literal(data, at, end, prefix, 0, prefix.size)
        if whole_end - at > cap:
            reason = LINE_TOO_LONG
        elif first < 0:
            reason = NO_PREFIX
        else:
            reason = _line(
                data, first, end, program, literals, tokens, spans, hits, time, status, sent, took, last_time,
                has_forwarded,
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
            bad_end[bad] = whole_end
            bad_reason[bad] = reason
            bad += 1
        at = line_end + 1
    other_counts[0], other_counts[1] = bad, directives
    return hits


@routine
def _has_forwarded(program):
    """Tell whether a field of a program is what proxies passed on."""
    for step in range(0, program.size, ROW):
        if program[step] == HOST and program[step + 3] & FORWARDED:
            return True
    return False


@routine
def _is_enclosed(data, at, end, literals, until, length, last):
    """Tell whether a value that may be quoted is: the quote before `until` is among the literals."""
    if at == end or data[at] != QUOTE:
        return False
    _, after = end_of_quoted(data, at + 1, end, literals, until - 1, length + 1, last)
    return after >= 0 and not (last and after != end)


@routine
def _unescaped_text(data, at, end, literals, until, length, spans, column):
    """Keep the text up to the last quote that `until` begins with; return where `until` ends, or -1."""
    for stop in range(end - 1, at - 1, -1):
        if data[stop] == QUOTE:
            after = past_literal(data, stop, end, literals, until, length)
            if after >= 0:
                spans[2 * column] = -1 if is_dash(data, at, stop) else at
                spans[2 * column + 1] = stop - at
                return int64(after)
    return int64(-1)


@routine
def _end_of_any(data, at, end, literals, until, length):
    """Return where `until` ends behind what is no client."""
    _, after = end_of_plain(data, at, end, literals, until, length)
    return after


@routine
def _elapsed(data, start, end):
    """Return what a duration with its unit says, in microseconds; NOT_A_NUMBER for none."""
    if is_dash(data, start, end):
        return int64(MISSING)
    value = duration_of(data, start, end, int64(ANY_UNIT))
    return value if value >= 0 else int64(NOT_A_NUMBER)


@routine
def _line(
    data, at, end, program, literals, tokens, spans, row, time, status, sent, took, zone, has_forwarded
):  # fmt: skip
    """Read the fields of a line into the columns' `row`; return the index of the first that fails, or their number."""
    fields = program.size // ROW
    client_rank = forwarded_rank = NO_RANK
    for index in range(fields):
        step = index * ROW
        kind, until, length = program[step], program[step + 1], program[step + 2]
        column = program[step + 4]
        last = index == fields - 1
        mark = program[step + 3] if kind != TIME else int64(0)
        if mark & IS_QUOTABLE:
            if mark & IS_UNESCAPED:
                at = _unescaped_text(data, at, end, literals, until, length, spans, column)
                if at < 0 or (last and at != end):
                    return index
                continue
            if _is_enclosed(data, at, end, literals, until, length, last):
                at, until, length = at + 1, until - 1, length + 1
                mark = mark if kind == HOST else int64(IS_QUOTED)
        if kind == HOST:
            first, size, stop = client_at(data, at, end, mark)
            if stop < 0 and not mark & LENIENT:
                return index
            after = past_literal(data, stop, end, literals, until, length) if stop >= 0 else int64(-1)
            if mark & LENIENT and (after < 0 or (last and after != end)):
                size, after = int64(0), _end_of_any(data, at, end, literals, until, length)
            if size > 0 and mark & FORWARDED:
                if program[step + 7] < forwarded_rank:
                    forwarded_rank = program[step + 7]
                    spans[2 * column], spans[2 * column + 1] = first, size
            elif size > 0 and program[step + 7] < client_rank:
                client_rank = program[step + 7]
                spans[2 * column], spans[2 * column + 1] = first, size
        elif kind == TIME:
            value, stop = instant_like_last(
                data, at, end, tokens, program[step + 5], program[step + 6], program[step + 7], program[step + 3], zone
            )
            if value == BAD_TIME:
                return index
            after = past_literal(data, stop, end, literals, until, length)
            time[row] = value
        elif not mark & IS_QUOTED:
            stop, after = end_of_plain(data, at, end, literals, until, length)
        elif kind == REQUEST and not last and program[step + ROW] == STATUS:
            stop, after = end_of_request(
                data, at, end, literals, until, length, program[step + ROW + 1], program[step + ROW + 2]
            )
        else:
            stop, after = end_of_quoted(data, at, end, literals, until, length, last)
        if after < 0 or (last and after != end):
            return index
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
        elif kind == COUNT:
            if count_or_dash(data, at, stop) == NOT_A_NUMBER:
                return index
        elif kind == DURATION:
            value = duration(data, at, stop, program[step + 7])
            if value == NOT_A_NUMBER:
                return index
            took[row] = value
        elif kind == ELAPSED:
            value = _elapsed(data, at, stop)
            if value == NOT_A_NUMBER:
                return index
            took[row] = value
        elif kind >= VHOST:
            missing = kind != METHOD and is_dash(data, at, stop)
            if not (missing or _has_shape(data, at, stop, kind)):
                return index
            if column >= 0:
                spans[2 * column] = -1 if missing else at
                spans[2 * column + 1] = stop - at
        at = after
    if client_rank != NO_RANK and not has_forwarded:
        return fields
    return _missing_client(program, spans, client_rank, forwarded_rank)


@routine
def _missing_client(program, spans, client_rank, forwarded_rank):
    """Return the first field of a client where no field had one, else their number; mark what was none as missing."""
    client_field = forwarded_field = int64(-1)
    for index in range(program.size // ROW - 1, -1, -1):
        if program[index * ROW] == HOST:
            if program[index * ROW + 3] & FORWARDED:
                forwarded_field = index
            else:
                client_field = index
    if client_rank == NO_RANK:
        if forwarded_rank == NO_RANK and forwarded_field >= 0:
            return min(client_field, forwarded_field) if client_field >= 0 else forwarded_field
        if client_field >= 0:
            if forwarded_rank == NO_RANK:
                return client_field
            spans[2 * program[client_field * ROW + 4]] = -1
    elif forwarded_rank == NO_RANK and forwarded_field >= 0:
        spans[2 * program[forwarded_field * ROW + 4]] = -1
    return program.size // ROW


@routine
def _has_shape(data, at, end, kind):
    """Tell whether a value is what its kind wants: a virtual host, a word, a user or a method."""
    if kind == VHOST:
        return is_vhost(data, at, end)
    if kind == WORD:
        return is_word(data, at, end)
    return is_user(data, at, end) if kind == USER else is_method(data, at, end)


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
