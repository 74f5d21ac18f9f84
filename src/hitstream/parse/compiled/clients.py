"""Kernel parts: clients and virtual hosts. Numba code; the semantics are those of `hitstream.parse.clients`."""

from numba import int64, uint8, uint64

from hitstream.jit.blocks import block, find_byte, routine, word_at
from hitstream.parse.compiled.fields import DOT, MINUS, is_digit

HAS_PORT, SOLE, UNNAMED, FORWARDED, LENIENT, NAME_PORT = 1, 2, 4, 8, 16, 32
_COLON, _COMMA, _BLANK, _PERCENT, _OPEN, _CLOSE, _UNDERSCORE, _STAR, _ZERO = (uint8(ord(c)) for c in ":, %[]_*0")
_PLUS, _TAB, _QUOTE, _LEFT, _RIGHT = (uint8(ord(c)) for c in '+\t"()')
_TOKEN = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.:_%-"
_LOW = uint64(sum(1 << byte for byte in _TOKEN if byte < 64))
_HIGH = uint64(sum(1 << (byte - 64) for byte in _TOKEN if byte >= 64))
_UNIX, _NULL, _UNKNOWN, _UNDEFINE = (
    uint64(int.from_bytes(word.encode(), "little")) for word in ("unix", "null", "unknown", "undefine")
)
_NAME_BYTES = 253


@block
def _is_letter(byte):
    lower = byte | uint8(32)
    return 97 <= lower <= 122


@block
def _in_token(byte):
    """Tell whether a byte may stand in an address or a host name."""
    if byte < 64:
        return (_LOW >> uint64(byte)) & uint64(1) != 0
    return byte < 128 and (_HIGH >> uint64(byte - 64)) & uint64(1) != 0


@block
def _is_ipv4(data, at, end):
    """Tell whether `data[at:end]` is four numbers of up to three digits with points between."""
    return _ipv4_end(data, at, end) == end


@block
def _ipv4_end(data, at, end):
    """Return where the address at `at` ends, or -1 where there is none."""
    points, width = 0, 0
    i = at
    while i < end:
        if is_digit(data[i]):
            width += 1
        elif data[i] == DOT and 1 <= width <= 3:
            points += 1
            width = 0
        else:
            break
        i += 1
    return int64(i) if points == 3 and 1 <= width <= 3 else int64(-1)


@block
def _is_strict_ipv4(data, at, end):
    """Tell whether it is an IPv4 address whose numbers are up to 255, without needless zeros."""
    if not _is_ipv4(data, at, end):
        return False
    number, width = int64(0), 0
    for i in range(at, end):
        if data[i] == DOT:
            number, width = int64(0), 0
            continue
        if width > 0 and number == 0:
            return False
        number = number * 10 + int64(data[i] - _ZERO)
        width += 1
        if number > 255:
            return False
    return True


@routine
def _is_ipv6(data, at, end):
    """Tell whether `data[at:end]` is an IPv6 address, with or without a zone."""
    stop = find_byte(data, at, end, _PERCENT)
    if stop < end and (stop + 1 == end or _is_no_zone(data, stop + 1, end)):
        return False
    groups, width, gap = 0, 0, False
    i = at
    while i < stop:
        byte = data[i]
        if byte == _COLON:
            if i + 1 < stop and data[i + 1] == _COLON:
                if gap or (width == 0 and i != at):
                    return False
                gap = True
                i += 1
            elif width == 0 or i + 1 == stop:
                return False
            width = 0
            i += 1
            continue
        if width == 0:
            point = i
            while point < stop and is_digit(data[point]):
                point += 1
            if point < stop and data[point] == DOT:
                if not _is_strict_ipv4(data, i, stop):
                    return False
                groups += 2
                break
            groups += 1
        lower = byte | uint8(32)
        width += 1
        if width > 4 or not (is_digit(byte) or 97 <= lower <= 102):
            return False
        i += 1
    return groups <= 7 if gap else groups == 8


@block
def _is_no_zone(data, at, end):
    for i in range(at, end):
        if data[i] == _COLON or data[i] == _PERCENT or not _in_token(data[i]):
            return True
    return False


@routine
def _is_name(data, at, end):
    """Tell whether `data[at:end]` is a host name: letters, digits and `._-`, at least one letter among them."""
    if not 0 < end - at <= _NAME_BYTES or data[at] == DOT or data[at] == MINUS or data[end - 1] == MINUS:
        return False
    letters = 0
    for i in range(at, end):
        byte = data[i]
        if byte == _COLON or byte == _PERCENT or not _in_token(byte):
            return False
        letters += _is_letter(byte)
    return letters > 0


@block
def _port_start(data, at, end):
    """Return where the `:` of 1 to 5 digits at the end stands, or -1."""
    colon = end
    while colon > at and end - colon < 6 and is_digit(data[colon - 1]):
        colon -= 1
    return colon - 1 if colon < end and end - colon <= 5 and colon > at and data[colon - 1] == _COLON else int64(-1)


@block
def _without_zone(data, at, end):
    return find_byte(data, at, end, _PERCENT) - at


@block
def _is_unknown(data, at, end):
    """Tell whether a word says that the client is not known: unknown, unix, null, undefined in letters of any case."""
    length = end - at
    if length != 4 and length != 7 and length != 9:
        return False
    small = word_at(data, at, end)
    if length == 4:
        small |= uint64(0x20202020)
        return small == _UNIX or small == _NULL
    if length == 7:
        return small | uint64(0x20202020202020) == _UNKNOWN
    return small | uint64(0x2020202020202020) == _UNDEFINE and (data[at + 8] | uint8(32)) == 100


@routine
def _bracketed(data, at, end, flags):
    """Do what `_item` does for IPv6 in brackets."""
    stop = at + 1
    while stop < end and _in_token(data[stop]):
        stop += 1
    if stop == end or data[stop] != _CLOSE or not _is_ipv6(data, at + 1, stop):
        return int64(at), int64(0), int64(-1)
    after = stop + 1
    if after < end and data[after] == _COLON:
        digit = after + 1
        while digit < end and is_digit(data[digit]):
            digit += 1
        if 1 <= digit - after - 1 <= 5:
            after = digit
    if flags & HAS_PORT and after == stop + 1:
        return int64(at), int64(0), int64(-1)
    return at + 1, _without_zone(data, at + 1, stop), after


@routine
def _item(data, at, end, flags):
    """Return (start, length, where it ends) of the client at `at`: length 0 for none, end -1 for no such shape."""
    if at < end and data[at] == _OPEN:
        return _bracketed(data, at, end, flags)
    stop, colons, letters, percents = at, 0, 0, 0
    while stop < end:
        byte = data[stop]
        if _is_letter(byte):
            letters += 1
        elif byte == _COLON:
            colons += 1
        elif byte == _PERCENT:
            percents += 1
        elif not (is_digit(byte) or byte == DOT or byte == MINUS or byte == _UNDERSCORE):
            break
        stop += 1
    length = stop - at
    if length == 0 or (length == 1 and data[at] == MINUS):
        return int64(at), int64(0), stop
    if _is_unknown(data, at, stop):
        return int64(at), (length if flags & SOLE else int64(0)), stop
    if flags & HAS_PORT or colons == 1:
        return _ported(data, at, stop, flags)
    if colons > 1 and _is_ipv6(data, at, stop):
        return int64(at), _without_zone(data, at, stop), stop
    ends_well = data[at] != DOT and data[at] != MINUS and data[stop - 1] != MINUS
    named = not flags & UNNAMED
    if named and colons == 0 and percents == 0 and letters > 0 and length <= _NAME_BYTES and ends_well:
        return int64(at), length, stop
    return int64(at), length, (stop if colons == 0 and _is_ipv4(data, at, stop) else int64(-1))


@routine
def _ported(data, at, end, flags):
    """Return what `_item` does of an address or, where a port always follows, a name before `:` and digits."""
    if end - at == 5 and data[end - 1] == _COLON and _is_unknown(data, at, end - 1) and (data[at] | uint8(32)) == 117:
        return int64(at), int64(0), int64(end)  # nginx's `unix:`
    colon = _port_start(data, at, end)
    if colon >= 0:
        named = flags & (HAS_PORT | NAME_PORT) and not flags & UNNAMED
        if _is_ipv4(data, at, colon) or (named and _is_name(data, at, colon) and not _is_unknown(data, at, colon)):
            return int64(at), colon - at, int64(end)
        if flags & HAS_PORT and _is_ipv6(data, at, colon):
            return int64(at), _without_zone(data, at, colon), int64(end)
    return int64(at), int64(0), int64(-1)


@block
def _is_known(data, at, length):
    return length > 0 and not (length == 1 and data[at] == MINUS) and not _is_unknown(data, at, at + length)


@routine
def _list(data, at, end, flags, first, length, stop):
    """Read on behind the first client of what may be a list."""
    known, count, kept = _is_known(data, first, length), 1, stop
    while True:
        after = kept
        while after < end and data[after] == _BLANK:
            after += 1
        if after == end or data[after] != _COMMA:
            break
        after += 1
        while after < end and (data[after] == _BLANK or data[after] == _PLUS):
            after += 1
        start, size, item_stop = _item(data, after, end, flags)
        if item_stop <= after:
            break
        known = known or _is_known(data, start, size)
        kept = item_stop
        count += 1
    if count == 1:
        return int64(first), int64(length), int64(stop)
    return int64(at), (kept - at if known else int64(0)), int64(kept)


@block
def client_at(data, at, end, flags):
    """Return (start, length, where it ends) of the client or the list of clients at `at`.

    The length is 0 for none, the end -1 where nothing there has the shape of one.
    """
    stop = _ipv4_end(data, at, end)  # most clients are these, and end at a blank
    if stop > 0 and not flags & HAS_PORT and stop + 1 < end and data[stop] == _BLANK and data[stop + 1] > _COMMA:
        return int64(at), stop - at, stop
    if stop < 0 and flags & (HAS_PORT | UNNAMED) == 0:
        stop = _plain_name_end(data, at, end)
        if stop > 0 and data[stop + 1] > _COMMA:
            return int64(at), stop - at, stop
    return _clients_at(data, at, end, flags)


@block
def _plain_name_end(data, at, end):
    """Return where a host name of letters, digits and points ends before a blank and more; -1 for any other."""
    letters = 0
    i = at
    while i < end:
        letter = _is_letter(data[i])
        if not (letter or is_digit(data[i]) or data[i] == DOT):
            break
        letters += letter
        i += 1
    plain = letters > 0 and i + 1 < end and data[i] == _BLANK and data[at] != DOT
    plain = plain and i - at <= _NAME_BYTES and not _is_unknown(data, at, i)
    return int64(i) if plain else int64(-1)


@routine
def _clients_at(data, at, end, flags):
    """Do what `client_at` does, whatever the client."""
    first, length, stop = _item(data, at, end, flags)
    if stop < 0 or (flags & SOLE and length == 0):
        return first, int64(0), int64(-1)
    if stop < end and (data[stop] == _COMMA or data[stop] == _BLANK):
        return _list(data, at, end, flags, first, length, stop)
    return first, length, stop


@block
def _is_around(byte):
    """Tell whether a byte around a value or an item is no part of it: a blank, a tab, a quote, IIS's `+`."""
    return byte == _BLANK or byte == _TAB or byte == _QUOTE or byte == _PLUS


@routine
def _stripped(data, at, end):
    """Return where a value starts and ends without what is around it."""
    while at < end and _is_around(data[at]):
        at += 1
    while end > at and _is_around(data[end - 1]):
        end -= 1
    return at, end


@routine
def _unenclosed(data, at, end):
    """Return where a value starts and ends without one pair of brackets or parentheses around all of it."""
    if end - at < 2:
        return at, end
    opening, closing = data[at], data[end - 1]
    if not ((opening == _OPEN and closing == _CLOSE) or (opening == _LEFT and closing == _RIGHT)):
        return at, end
    for i in range(at + 1, end - 1):
        if data[i] == opening or data[i] == closing:
            return at, end
    return _stripped(data, at + 1, end - 1)


@routine
def _client_in_item(data, at, end):
    """Return (start, length) of the client that an item is, with or without a port; length 0 for none."""
    at, end = _stripped(data, at, end)
    start, length, stop = _item(data, at, end, NAME_PORT)
    return start, (length if stop == end else int64(0))


@routine
def client_in(data, at, end):
    """Return (start, length) of the client, or the list of clients, that `data[at:end]` is; length 0 for none."""
    at, end = _stripped(data, at, end)
    at, end = _unenclosed(data, at, end)
    comma = find_byte(data, at, end, _COMMA)
    if comma == end:
        return _client_in_item(data, at, end)
    first = at
    while True:
        _, length = _client_in_item(data, first, comma)
        if length > 0:
            return int64(at), int64(end - at)
        if comma == end:
            return int64(at), int64(0)
        first = comma + 1
        comma = find_byte(data, first, end, _COMMA)


@routine
def is_vhost(data, at, end):
    """Tell whether `data[at:end]` has the shape of a virtual host."""
    if end - at == 1 and (data[at] == MINUS or data[at] == _STAR or data[at] == _UNDERSCORE):
        return True
    if at < end and data[at] == _OPEN:
        _, length, stop = _bracketed(data, at, end, 0)
        return length > 0 and stop == end
    colon = _port_start(data, at, end)
    stop = colon if colon >= 0 else end
    if _is_ipv4(data, at, stop):
        return True
    first = at + 2 if stop - at > 2 and data[at] == _STAR and data[at + 1] == DOT else at
    return _is_name(data, first, stop)
