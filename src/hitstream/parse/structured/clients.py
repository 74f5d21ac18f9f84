"""Clients as structured logs have them: an address or a host name, alone, with a port, or in a list."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

_NAME = re.compile(rb"(?=.*[A-Za-z])[0-9A-Za-z_](?:[0-9A-Za-z._-]{0,251}[0-9A-Za-z._])?")
_PORTED = re.compile(rb"([^:]*):[0-9]{1,5}")
_BRACKETED = re.compile(rb"\[([^\]]*)\](?::[0-9]{1,5})?")
_ZONED = re.compile(rb"([^%]+)%[0-9A-Za-z._-]+")
_UNKNOWN = re.compile(rb"unknown|unix|null|undefined", re.IGNORECASE)


def client_of(value: bytes) -> bytes | None:
    """Return the first address or host name of a list, or of a list of one, without port, brackets and zone."""
    clients = (_client(item.strip(b' \t"')) for item in value.split(b","))
    return next(filter(None, clients), None)


def is_address(value: bytes) -> bool:
    """Tell whether a value is an address, or `localhost`, and no other host name."""
    client = client_of(value)
    return client is not None and (b":" in client or client == b"localhost" or _is_ipv4(client))


def _client(item: bytes) -> bytes | None:
    if bracketed := _BRACKETED.fullmatch(item):
        return _ipv6(bracketed[1])
    if item.count(b":") > 1:
        return _ipv6(item)
    ported = _PORTED.fullmatch(item)
    client = ported[1] if ported else item
    if _UNKNOWN.fullmatch(client):
        return None
    return client if _is_ipv4(client) or _NAME.fullmatch(client) else None


def _ipv6(text: bytes) -> bytes | None:
    zoned = _ZONED.fullmatch(text)
    address = zoned[1] if zoned else text
    try:
        IPv6Address(address.decode("ascii"))
    except (AddressValueError, UnicodeDecodeError):
        return None
    return None if b"%" in address else address


def _is_ipv4(text: bytes) -> bool:
    try:
        IPv4Address(text.decode("ascii"))
    except (AddressValueError, UnicodeDecodeError):
        return False
    return True
