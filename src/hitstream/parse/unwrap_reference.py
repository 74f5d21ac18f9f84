"""Takes envelopes off slowly and obviously, as `envelopes` says. The kernels must do the same."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from hitstream.parse.envelope_shapes import possessive
from hitstream.parse.envelopes import BY_NAME, ENVELOPE, Envelope
from hitstream.parse.unwrap import BLANK, BROKEN, NUL_BYTES, Unwrapped

_MARK = b"\xef\xbb\xbf"
_COLOUR = re.compile(rb"\x1b\[[0-9;]{0,16}m")
_FIELD = re.compile(rb'"((?:[^"]|"")*+)"|([^",]*+)')


def unwrap_reference(data: bytes | bytearray | memoryview, name: str) -> Unwrapped:
    """Take an envelope off line by line."""
    texts: list[list[bytes]] = []
    places: list[tuple[int, int]] = []
    bad: list[tuple[int, int]] = []
    waiting: dict[int, list[bytes]] = {}
    directives = 0
    for start, line in _lines(bytes(data)):
        if name:
            place = start, start + len(line.removesuffix(b"\r"))
            text, code = _text(line.removesuffix(b"\r"), BY_NAME[name])
        else:
            place, text, code = _cleaned(start, line)
        if code < 0:
            bad += [place] if code == BROKEN else []
            directives += code == BLANK
            continue
        stream, is_part = divmod(code, 2)
        if stream in waiting:
            waiting[stream].append(text)
            directives += 1
        else:
            texts.append([text])
            places.append(place)
            waiting[stream] = texts[-1]
        if not is_part:
            del waiting[stream]
    return _unwrapped([b"".join(parts) for parts in texts], places, bad, ENVELOPE if name else NUL_BYTES, directives)


def _unwrapped(
    texts: list[bytes], places: list[tuple[int, int]], bad: list[tuple[int, int]], reason: str, directives: int
) -> Unwrapped:
    ends = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64)
    inside = ends - np.array([len(text) + 1 for text in texts], np.int64)
    start, end = np.array(places, np.int64).reshape(-1, 2).T
    bad_start, bad_end = np.array(bad, np.int64).reshape(-1, 2).T
    data = np.frombuffer(b"".join(text + b"\n" for text in texts), np.uint8)
    return Unwrapped(data, inside, start, end, bad_start, bad_end, reason, directives)


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    for line in data.removesuffix(b"\n").split(b"\n") if data else ():
        yield start, line
        start += len(line) + 1


def _cleaned(start: int, line: bytes) -> tuple[tuple[int, int], bytes, int]:
    """Return (where the line stands without the NUL bytes at its ends, its text without colours, its code)."""
    text = line.lstrip(b"\0")
    start += len(line) - len(text)
    text = text.rstrip(b"\0")
    place = start, start + len(text)
    while _COLOUR.search(text):
        text = _COLOUR.sub(b"", text)
    text = text.strip(b"\0")
    while text.startswith(_MARK):
        text = text.removeprefix(_MARK).lstrip(b"\0")
    return place, text, BROKEN if b"\0\0" in text else 0


def _text(line: bytes, row: Envelope) -> tuple[bytes, int]:
    if not line:
        return b"", BLANK
    if row.key:
        return object_text(line, row)
    if row.csv:
        return _last_field(line)
    for pattern, code in _patterns(row):
        if found := pattern.match(line):
            return line[found.end() :], code
    return b"", BROKEN


@lru_cache(maxsize=64)
def _patterns(row: Envelope) -> list[tuple["re.Pattern[bytes]", int]]:
    stream = 2 if row.parts else 0
    whole = [(possessive(shape), stream * number) for number, shape in enumerate(row.whole)]
    return whole + [(possessive(shape), stream * number + 1) for number, shape in enumerate(row.parts)]


def object_text(line: bytes, row: Envelope) -> tuple[bytes, int]:
    """Return what a JSON object carries, and its code."""
    try:
        values = json.loads(line.decode("utf-8", "surrogateescape"), strict=False)
        written = values.get(row.key) if type(values) is dict else None
        text = written.encode("utf-8", "surrogateescape") if type(written) is str else None
    except (ValueError, RecursionError):
        text = None
    if text is None or b"\n" in text[:-1]:
        return b"", BROKEN
    if not row.ends:
        return text.removesuffix(b"\n"), 0
    stream = int(values.get("stream") == "stderr")
    return text.removesuffix(b"\n"), 2 * stream + (not text.endswith(b"\n"))


def _last_field(line: bytes) -> tuple[bytes, int]:
    at = 0
    while found := _FIELD.match(line, at):
        if found.end() == len(line) and found[1] is not None:
            return found[1].replace(b'""', b'"'), 0
        if line[found.end() : found.end() + 1] != b",":
            break
        at = found.end() + 1
    return b"", BROKEN
