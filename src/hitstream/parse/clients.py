"""Clients: addresses and host names as logs write them, and the one form in which they are kept.

A client is kept without port, brackets and zone, in lower case, and IPv6 as RFC 5952 writes it, so that one client is
one visitor. Which address of a list is the client says a `client_rule.ClientRule`.

Text formats read a client where it stands in a line (`read_client`), structured ones have it as a value
(`client_in`); what an address or a host name is, is the same for both.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

_NAME_BYTES = 253
_NONE = re.compile(rb"-?|unknown|unix:?|null|undefined", re.IGNORECASE)
"""What stands for a client that is not known; `unix:` is nginx's for a socket."""
_ITEM = re.compile(rb"\[[0-9A-Za-z.:_%-]*\](?::[0-9]{1,5}(?![0-9]))?|[0-9A-Za-z.:_%-]*")
_NEXT = re.compile(rb" *,[ +]*")
"""What stands between the addresses of a list; IIS writes a blank as `+`."""
_AROUND = b' \t+"'
_ENCLOSED = re.compile(rb"\(([^()]*)\)|\[([^\[\]]*)\]", re.DOTALL)
_ZONED = re.compile(rb"([^%]+)%[0-9A-Za-z._-]+")
_PORTED = re.compile(rb"(?P<address>.*):[0-9]{1,5}")
_IPV4 = re.compile(rb"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_NAME = re.compile(rb"(?=.*[A-Za-z])[0-9A-Za-z_](?:[0-9A-Za-z._-]*[0-9A-Za-z._])?")


class Client(NamedTuple):
    """A client in a line: its text (a list as it stands; empty for none), and where what it was read from ends."""

    text: bytes
    stop: int


def read_client(line: bytes, at: int, *, port: bool, sole: bool, named: bool = True) -> Client | None:
    """Return the client, or the list of clients, that stands at `at`; None where there is none of that shape.

    Args:
        line: what to read.
        at: where to begin.
        port: whether a port always follows.
        sole: whether `unknown` and its like are kept as host names, because the line says nothing else.
        named: whether host names are clients, too.
    """
    first = _read_item(line, at, port=port, sole=sole, named=named)
    if first is None or (sole and not first.text):
        return None
    stop, any_known, count = first.stop, not is_none(first.text), 1
    while separator := _NEXT.match(line, stop):
        item = _read_item(line, separator.end(), port=port, sole=sole, named=named)
        if item is None or item.stop == separator.end():
            break
        stop, any_known, count = item.stop, any_known or not is_none(item.text), count + 1
    if count == 1:
        return first
    return Client(line[at:stop] if any_known else b"", stop)


def client_in(value: bytes) -> bytes | None:
    """Return the client, or the list with at least one client, that a whole value is; None where it is none.

    Blanks and quotes around it, and one pair of brackets or parentheses, are no part of it.
    """
    value = value.strip(_AROUND)
    if enclosed := _ENCLOSED.fullmatch(value):
        value = (enclosed[1] or enclosed[2] or b"").strip(_AROUND)
    if b"," not in value:
        return _client_in_item(value)
    return value if any(map(_client_in_item, value.split(b","))) else None


@lru_cache(maxsize=1 << 16)
def clients_in(text: str) -> tuple[str | None, ...]:
    """Return the clients of what `read_client` or `client_in` gave, as they are kept; None for what is none."""
    if "," not in text:
        return (_canonical(text),)
    items = (item.strip(_AROUND) for item in text.encode().split(b","))
    addresses = (_address_of(item) or _address_of(item, port=True) for item in items)
    return tuple(_canonical(address.decode()) if address else None for address in addresses)


def is_address(value: bytes) -> bool:
    """Tell whether the first client of a whole value is an address, or `localhost`, and no other host name."""
    found = client_in(value)
    client = next((name for name in clients_in(found.decode("utf-8", "replace")) if name), "") if found else ""
    return ":" in client or client == "localhost" or _is_strict_ipv4(client)


def is_vhost(value: bytes) -> bool:
    """Tell whether a value has the shape of a virtual host, with or without a port; `-`, `*` and `_` have."""
    if value in (b"-", b"*", b"_"):
        return True
    item = _ITEM.fullmatch(value)
    ported = _PORTED.fullmatch(value)
    if value.startswith(b"["):
        return bool(item and _is_ipv6(value[1 : value.index(b"]")]))
    address = ported["address"] if ported else value
    return _is_ipv4(address) or _is_name(address.removeprefix(b"*."))


def is_none(text: bytes) -> bool:
    """Tell whether a text stands for a client that is not known."""
    return bool(_NONE.fullmatch(text))


def _client_in_item(item: bytes) -> bytes | None:
    """Return the address or the host name that an item of a value is, with or without a port."""
    item = item.strip(_AROUND)
    return _address_of(item) or (_address_of(item, port=True) if item.count(b":") == 1 else None)


def _read_item(line: bytes, at: int, *, port: bool, sole: bool, named: bool) -> Client | None:
    found = _ITEM.match(line, at)
    assert found, "the pattern takes nothing, too"
    token = found[0]
    if not token and line[at : at + 1] == b"[":
        return None
    if is_none(token):
        kept = sole and token != b"-" and not token.endswith(b":")
        return Client(token if kept else b"", found.end())
    address = _address_of(token, port=port)
    if address is None or not (named or _is_ipv4(address) or b":" in address):
        return None
    return Client(address, found.end())


def _address_of(token: bytes, *, port: bool = False) -> bytes | None:
    """Return the address or host name without port, brackets and zone; None if it is neither."""
    if is_none(token):
        return None
    if token.startswith(b"["):
        return _address_in_brackets(token, port=port)
    if port or token.count(b":") == 1:
        ported = _PORTED.fullmatch(token)
        token = ported["address"] if ported else b""
        if _is_ipv4(token) or (port and _is_name(token) and not is_none(token)):
            return token
        return _unzoned(token) if port and _is_ipv6(token) else None
    if _is_ipv6(token):
        return _unzoned(token)
    return token if _is_ipv4(token) or _is_name(token) else None


def _address_in_brackets(token: bytes, *, port: bool) -> bytes | None:
    if not _ITEM.fullmatch(token) or (port and token.endswith(b"]")):
        return None
    inside = token[1 : token.index(b"]")]
    return _unzoned(inside) if _is_ipv6(inside) else None


def _is_name(value: bytes) -> bool:
    return len(value) <= _NAME_BYTES and bool(_NAME.fullmatch(value))


def _is_ipv4(value: bytes) -> bool:
    """Tell whether a value looks like one: published logs have numbers above 255 in the place of real ones."""
    return bool(_IPV4.fullmatch(value))


def _is_strict_ipv4(text: str) -> bool:
    try:
        return IPv4Address(text) is not None
    except AddressValueError:
        return False


def _is_ipv6(value: bytes) -> bool:
    if b"%" in value and not _ZONED.fullmatch(value):
        return False
    try:
        return IPv6Address(_unzoned(value).decode("ascii")) is not None
    except (AddressValueError, UnicodeDecodeError):
        return False


def _unzoned(value: bytes) -> bytes:
    return value.partition(b"%")[0]


@lru_cache(maxsize=1 << 16)
def _canonical(text: str) -> str:
    if ":" not in text:
        return text.lower()
    address = IPv6Address(text)
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)
