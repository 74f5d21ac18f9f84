"""The kernel of structured lines: cuts lines into values, reads them and fills columns. Numba code.

`entries` holds pairs (slot, unit) of the keys of each column in their order of preference; column c has those from
`ranges[c]` to `ranges[c + 1]`. See `hitstream.parse.structured` for what is read.
"""

from numba import int16, int32, int64, uint8

from hitstream.jit.blocks import intern, routine
from hitstream.parse.compiled.clients import client_in
from hitstream.parse.compiled.fields import MINUS
from hitstream.parse.compiled.instants import BAD_TIME
from hitstream.parse.compiled.structured_pairs import (
    BLANK,
    ESCAPED,
    HEAD,
    NONE,
    NOTHING,
    TEXT,
    WORD,
    delimited_pairs,
    digits,
    find_byte,
    json_pairs,
    start_of_json,
    unescape,
)
from hitstream.parse.compiled.structured_values import duration_of, instant_of, request_parts

NEWLINE, RETURN, TAB = uint8(10), uint8(13), uint8(9)
JSON, CONSOLE, DELIMITED = range(3)
IS_TIME, IS_HOST, IS_REQUEST, IS_STATUS, IS_JSON, TOO_LONG, HIT = range(7)
TIME, HOST, REQUEST, METHOD, TARGET, PROTOCOL, STATUS, BYTES, DURATION, VHOST, _, _, _, FORWARDED = range(14)
HOST_TEXT, METHOD_TEXT, TARGET_TEXT, PROTOCOL_TEXT, VHOST_TEXT, FORWARDED_TEXT, TEXTS = 0, 1, 2, 3, 4, 8, 9


@routine
def scan_structured(
    data, size, base, cap, syntax, head_slot, classes, transitions, width, accepts, frames, entries, ranges,
    starts, stops, kinds, spans, lines,
    offset, time, zone, status, sent, took, codes,
    table, table_size, masks, hashes, places, counts,
    bad_start, bad_end, bad_reason, bad_count,
):  # fmt: skip
    """Parse every line in `data[:size]`; return the number of hits, put that of bad lines into `bad_count[0]`.

    Strings with escapes are written behind the lines, where `data` has room for them. `lines` is the number of lines
    that the outputs have room for.
    """
    hits, bad, at, used = 0, 0, 0, size
    while at < size:
        line_end = find_byte(data, at, size, NEWLINE)
        end = line_end - 1 if line_end > at and data[line_end - 1] == RETURN else line_end
        room = used
        if end - at > cap:
            reason = TOO_LONG
        else:
            for slot in range(kinds.size):
                kinds[slot] = NONE
            if not _pairs(
                data, at, end, syntax, head_slot, classes, transitions, width, accepts, starts, stops, kinds, frames
            ):
                reason = IS_JSON
            else:
                room = _make_plain(data, used, starts, stops, kinds)
                reason = _read(data, entries, ranges, starts, stops, kinds, spans, hits, time, zone, status, sent, took)
        if reason == HIT:
            offset[hits] = base + at
            new = False
            for column in range(TEXTS):
                code = int64(-1)
                if spans[2 * column] >= 0:
                    known = counts[column]
                    code = intern(
                        data, spans[2 * column], spans[2 * column + 1], column, column * lines, table,
                        column * table_size, masks, hashes, places, counts,
                    )  # fmt: skip
                    new |= counts[column] > known
                codes[column * lines + hits] = int32(code)
            if new:
                used = room
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
def _pairs(
    data, at, end, syntax, head_slot, classes, transitions, width, accepts, starts, stops, kinds, frames
):  # fmt: skip
    """Keep the wanted values of a line; return whether it has the syntax: (kind, assign, separator, blanks, quotes)."""
    if syntax[0] == DELIMITED:
        delimited_pairs(
            data, at, end, uint8(syntax[1]), uint8(syntax[2]), syntax[3], syntax[4], head_slot,
            classes, transitions, width, accepts, starts, stops, kinds,
        )  # fmt: skip
        return True
    if syntax[0] == CONSOLE:
        start = start_of_json(data, at, end)
        if start == end:
            return False
        if head_slot >= 0:
            starts[head_slot], stops[head_slot], kinds[head_slot] = at, find_byte(data, at, end, TAB), HEAD
        at = start
    return json_pairs(data, at, end, classes, transitions, width, accepts, starts, stops, kinds, frames)


@routine
def _make_plain(data, used, starts, stops, kinds):
    """Write strings with escapes to `data[used:]`, and mark what is no value; return where `data` is free then."""
    for slot in range(kinds.size):
        kind = kinds[slot]
        if kind == NONE:
            continue
        if kind == ESCAPED:
            stop = unescape(data, starts[slot], stops[slot], used)
            starts[slot], stops[slot], kinds[slot] = used, stop, TEXT
            used = stop
        start = starts[slot]
        length = stops[slot] - start
        nothing = length == 0 or (length == 1 and data[start] == MINUS)
        if kind == WORD:
            first = data[start] if length > 0 else 0
            null = length == 4 and first == 110 and data[start + 1] == 117 and data[start + 2] == 108
            true = length == 4 and first == 116 and data[start + 1] == 114 and data[start + 2] == 117
            false = length == 5 and first == 102 and data[start + 1] == 97 and data[start + 2] == 108
            if nothing or (null and data[start + 3] == 108) or (true and data[start + 3] == 101):
                kinds[slot] = NONE
            elif false and data[start + 3] == 115 and data[start + 4] == 101:
                kinds[slot] = NONE
        elif nothing:
            kinds[slot] = NOTHING
    return used


@routine
def _first(column, entries, ranges, kinds):
    """Return the first slot of a text column that has a value, or -1."""
    for entry in range(ranges[column], ranges[column + 1]):
        kind = kinds[entries[2 * entry]]
        if kind != NONE and kind != NOTHING:
            return entries[2 * entry]
    return int64(-1)


@routine
def _read(data, entries, ranges, starts, stops, kinds, spans, row, time, zone, status, sent, took):
    """Read the values of a line into the columns' `row`, its texts into `spans`; return HIT or what is missing."""
    value = int64(BAD_TIME)
    for entry in range(ranges[TIME], ranges[TIME + 1]):
        slot = entries[2 * entry]
        if kinds[slot] != NONE and kinds[slot] != NOTHING:
            value, minutes = instant_of(data, starts[slot], stops[slot], entries[2 * entry + 1], kinds[slot])
            if value != BAD_TIME:
                time[row] = value
                zone[row] = int16(minutes)
                break
    if value == BAD_TIME:
        return IS_TIME
    peer = _client(data, HOST, HOST_TEXT, entries, ranges, starts, stops, kinds, spans)
    if not (_client(data, FORWARDED, FORWARDED_TEXT, entries, ranges, starts, stops, kinds, spans) or peer):
        return IS_HOST
    for column in range(VHOST, VHOST + 4):
        slot = _first(column, entries, ranges, kinds)
        text = 2 * (VHOST_TEXT + column - VHOST)
        spans[text] = starts[slot] if slot >= 0 else -1
        spans[text + 1] = stops[slot] - starts[slot] if slot >= 0 else 0
    if not _request(data, entries, ranges, starts, stops, kinds, spans):
        return IS_REQUEST
    value = int64(-1)
    for entry in range(ranges[STATUS], ranges[STATUS + 1]):
        slot = entries[2 * entry]
        start, stop = starts[slot], stops[slot]
        if kinds[slot] != NONE and stop - start > 3 and data[start + 3] == BLANK:
            stop = start + 3
        if value < 0 and kinds[slot] != NONE and stop - start <= 3:
            value = digits(data, start, stop)
    if value < 0:
        return IS_STATUS
    status[row] = int16(value)
    value = int64(-1)
    for entry in range(ranges[BYTES], ranges[BYTES + 1]):
        slot = entries[2 * entry]
        if value < 0 and kinds[slot] != NONE and stops[slot] - starts[slot] <= 18:
            value = digits(data, starts[slot], stops[slot])
    sent[row] = value if value >= 0 else -1
    value = int64(-1)
    for entry in range(ranges[DURATION], ranges[DURATION + 1]):
        slot = entries[2 * entry]
        if value < 0 and kinds[slot] != NONE:
            value = duration_of(data, starts[slot], stops[slot], entries[2 * entry + 1])
    took[row] = value
    return HIT


@routine
def _client(data, column, text, entries, ranges, starts, stops, kinds, spans):
    """Set the span of the first client among the keys of a column; return whether there is one."""
    spans[2 * text] = -1
    for entry in range(ranges[column], ranges[column + 1]):
        slot = entries[2 * entry]
        if kinds[slot] != NONE and kinds[slot] != NOTHING:
            start, length = client_in(data, starts[slot], stops[slot])
            if length > 0:
                spans[2 * text], spans[2 * text + 1] = start, length
                return True
    return False


@routine
def _request(data, entries, ranges, starts, stops, kinds, spans):
    """Set the spans of method, target and protocol; return whether there is a request."""
    line = _first(REQUEST, entries, ranges, kinds)
    for entry in range(ranges[REQUEST], ranges[REQUEST + 1]):
        if line < 0 and kinds[entries[2 * entry]] == NOTHING:
            line = entries[2 * entry]
    method = _first(METHOD, entries, ranges, kinds)
    target = _first(TARGET, entries, ranges, kinds)
    protocol = _first(PROTOCOL, entries, ranges, kinds)
    first, last = int64(0), int64(0)
    method_end, target_start, target_end, protocol_start = int64(0), int64(0), int64(0), int64(0)
    if line >= 0:
        first, last = starts[line], stops[line]
        method_end, target_start, target_end, protocol_start = request_parts(data, first, last)
    if line < 0 or protocol_start >= last:
        if target < 0 and line < 0:
            return False
        spans[2 * PROTOCOL_TEXT] = starts[protocol] if protocol >= 0 else 0
        spans[2 * PROTOCOL_TEXT + 1] = stops[protocol] - starts[protocol] if protocol >= 0 else 0
        length = stops[method] - starts[method] if method >= 0 else int64(0)
        if target >= 0:
            spans[2 * TARGET_TEXT], spans[2 * TARGET_TEXT + 1] = starts[target], stops[target] - starts[target]
        else:
            same = method < 0 or length == method_end - first
            for i in range(length if same else 0):
                same = same and data[starts[method] + i] == data[first + i]
            if same:
                method = -1
                spans[2 * METHOD_TEXT], spans[2 * METHOD_TEXT + 1] = first, method_end - first
                spans[2 * TARGET_TEXT], spans[2 * TARGET_TEXT + 1] = target_start, target_end - target_start
                return True
            spans[2 * TARGET_TEXT], spans[2 * TARGET_TEXT + 1] = first, last - first
        spans[2 * METHOD_TEXT] = starts[method] if method >= 0 else 0
        spans[2 * METHOD_TEXT + 1] = length
        return True
    spans[2 * METHOD_TEXT], spans[2 * METHOD_TEXT + 1] = first, method_end - first
    spans[2 * TARGET_TEXT], spans[2 * TARGET_TEXT + 1] = target_start, target_end - target_start
    spans[2 * PROTOCOL_TEXT], spans[2 * PROTOCOL_TEXT + 1] = protocol_start, last - protocol_start
    return True
