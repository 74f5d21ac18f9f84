"""Malformed lines: what crashes, disks and other software make of good ones. No format reads them."""

import re
from collections.abc import Callable
from hashlib import blake2b

Damage = Callable[[bytes, int], bytes]
"""Spoils a line (without its newline) in a way that some random bits choose."""


def _edit(pattern: bytes, replacement: bytes) -> Damage:
    compiled = re.compile(pattern)
    return lambda line, _: compiled.sub(replacement, line, count=1)


def _tear(line: bytes, bits: int) -> bytes:
    """The writer died before it had closed the request."""
    return line[: 1 + bits % (line.index(b'"') + 4)]


def _overwrite(line: bytes, bits: int) -> bytes:
    """Two writers shared the file: the beginning of a line, then another one."""
    return line[: line.index(b"[") + 1 + bits % 12] + line


def _noise(_: bytes, bits: int) -> bytes:
    """A block of the disk was never written."""
    return blake2b(bits.to_bytes(8, "little"), digest_size=16 + bits % 48).digest().replace(b"\n", b"\0")


KINDS: dict[str, Damage] = {
    "torn": _tear,
    "overwritten": _overwrite,
    "binary": _noise,
    "no such day": _edit(rb"\[\d\d/\w{3}", b"[31/Feb"),
    "no such month": _edit(rb"/\w{3}/", b"/Mai/"),
    "no such time": _edit(rb":\d\d:\d\d:\d\d", b":24:60:61"),
    "no zone": _edit(rb" [+-]\d{4}\]", b"]"),
    "no time": _edit(rb"\[[^]]*\] ", b""),
    "no opening quote": _edit(rb'\] "', b"] "),
    "no closing quote": _edit(rb'" (?=\d{3} )', b" "),
    "status not a number": _edit(rb'" \d{3} ', b'" 2OO '),
    "bytes not a number": _edit(rb'(" \d{3} )(?:-|\d+)', rb"\1 12k"),
    "message of the server": _edit(rb"^.*$", b"httpd: caught SIGHUP, restarting"),
}
"""The kinds of damage, all equally likely."""

_KINDS = tuple(KINDS.values())


def spoil(line: bytes, bits: int) -> bytes:
    """Return the line in a state that no parser accepts."""
    kind, rest = bits % len(_KINDS), bits // len(_KINDS)
    return _KINDS[kind](line, rest)
