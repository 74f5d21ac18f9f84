"""Clients: addresses and host names as logs write them, and the one form in which they are kept.

A client is kept without port, brackets and zone, in lower case, and IPv6 as RFC 5952 writes it, so that one client is
one visitor. Of a list, as X-Forwarded-For has it, the first address is the client: each proxy adds the one it was
asked by at the end.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple

NONE = frozenset({b"", b"-", b"unknown"})
"""What stands for a client that is not known."""
_NAME_BYTES = 253
_ITEM = re.compile(rb"\[[0-9A-Za-z.:_%-]*\](?::[0-9]{1,5}(?![0-9]))?|[0-9A-Za-z.:_%-]*")
_NEXT = re.compile(rb" *, *")
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
        sole: whether `unknown` is kept, because the line says nothing else.
        named: whether host names are clients, too.
    """
    first = _read_item(line, at, port=port, sole=sole, named=named)
    if first is None or (sole and not first.text):
        return None
    stop, any_known, count = first.stop, first.text not in NONE, 1
    while separator := _NEXT.match(line, stop):
        item = _read_item(line, separator.end(), port=port, sole=sole, named=named)
        if item is None or item.stop == separator.end():
            break
        stop, any_known, count = item.stop, any_known or item.text not in NONE, count + 1
    if count == 1:
        return first
    return Client(line[at:stop] if any_known else b"", stop)


def canonical_client(text: str) -> str:
    """Return the form in which the text of a `Client` is kept."""
    if "," not in text:
        return _canonical(text)
    addresses = (
        _address_of(item) or _address_of(item, port=True) for item in map(bytes.strip, text.encode().split(b","))
    )
    return next(_canonical(address.decode()) for address in addresses if address)


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


def _read_item(line: bytes, at: int, *, port: bool, sole: bool, named: bool) -> Client | None:
    found = _ITEM.match(line, at)
    assert found, "the pattern takes nothing, too"
    token = found[0]
    if not token and line[at : at + 1] == b"[":
        return None
    if token in NONE:
        return Client(token if sole and token != b"-" else b"", found.end())
    address = _address_of(token, port=port)
    if address is None or not (named or _is_ipv4(address) or b":" in address):
        return None
    return Client(address, found.end())


def _address_of(token: bytes, *, port: bool = False) -> bytes | None:
    """Return the address or host name without port, brackets and zone; None if it is neither."""
    if token in NONE:
        return None
    if token.startswith(b"["):
        inside = token[1 : token.index(b"]")]
        return _unzoned(inside) if _is_ipv6(inside) and not (port and token.endswith(b"]")) else None
    if port or token.count(b":") == 1:
        ported = _PORTED.fullmatch(token)
        token = ported["address"] if ported else b""
        if _is_ipv4(token) or (port and _is_name(token)):
            return token
        return _unzoned(token) if port and _is_ipv6(token) else None
    if _is_ipv6(token):
        return _unzoned(token)
    return token if _is_ipv4(token) or _is_name(token) else None


def _is_name(value: bytes) -> bool:
    return len(value) <= _NAME_BYTES and bool(_NAME.fullmatch(value))


def _is_ipv4(value: bytes) -> bool:
    """Tell whether a value looks like one: published logs have numbers above 255 in the place of real ones."""
    return bool(_IPV4.fullmatch(value))


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
