"""The reference parser of JSON lines: what `objects` says, with Python's own JSON and the rules of text formats."""

import json
import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hitstream.parse.objects import DEEPEST, NOT_JSON, TIMES, mended, value_of
from hitstream.parse.program import EARLIEST, LATEST, TOO_LONG, Field, Kind, Program
from hitstream.parse.values import Misfit, Values, read_bytes, read_status, read_time, split_request
from hitstream.sources.contract import LINE_CAP

_STRING = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_DURATION = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")


def parse_object(line: bytes, program: Program) -> Values:
    """Return the values of a line's columns.

    Raises:
        Misfit: it is a bad line.
    """
    if len(line) > LINE_CAP:
        raise Misfit(TOO_LONG, 0)
    parsed = _loaded(mended(line))
    values: Values = {}
    for field in program.fields:
        if field.column in values:
            continue
        found = _read(value_of(parsed, field), field)
        if found is None:
            raise Misfit(field.name, 0)
        values |= found
    if "target" not in values:
        raise Misfit("request", 0)
    return {"method": "", "protocol": "", "zone": 0} | values


def _loaded(text: str) -> dict[str, Any]:
    """Return the object that a line is."""
    depth = deepest = 0
    for sign in _STRING.sub("", text):
        depth += (sign in "[{") - (sign in "]}")
        deepest = max(deepest, depth)
    try:
        if deepest > DEEPEST:
            raise ValueError("too deep")
        parsed = json.loads(text, parse_constant=_refused, parse_float=_finite, parse_int=_whole)
        json.dumps(parsed, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except ValueError as error:
        raise Misfit(NOT_JSON, 0) from error
    if not isinstance(parsed, dict):
        raise Misfit(NOT_JSON, 0)
    return parsed


def _refused(constant: str) -> float:
    raise ValueError(constant)


def _finite(number: str) -> float:
    value = float(number)
    if math.isinf(value):
        raise ValueError(number)
    return value


def _whole(number: str) -> float:
    return int(number) if len(number) < 100 else _finite(number)


def _read(value: Any, field: Field) -> Values | None:
    if isinstance(value, dict | list | bool):
        return None
    return _VALUES[field.kind](value, field)


def _text(value: Any, field: Field) -> Values | None:
    if value is None and field.column in ("method", "protocol"):
        value = ""
    if isinstance(value, int | float) or (value is None and field.column in ("host", "target")):
        return None
    return {field.column: value}


def _request(value: Any, _field: Field) -> Values | None:
    if isinstance(value, int | float):
        return None
    parts = split_request(value.encode()) if value is not None else ()
    return dict(zip(("method", "target", "protocol"), (part.decode() for part in parts), strict=False))


def _status(value: Any, field: Field) -> Values | None:
    if isinstance(value, float):
        return None
    return read_status((f"{value:03}" if isinstance(value, int) else value or "").encode(), field)


def _bytes(value: Any, field: Field) -> Values | None:
    return None if isinstance(value, float) else read_bytes(("-" if value is None else str(value)).encode(), field)


def _duration(value: Any, field: Field) -> Values | None:
    if value is None:
        return {"duration": -1}
    if isinstance(value, str):
        if not _DURATION.fullmatch(value):
            return None
        value = Fraction(value)
    if not 0 <= value < 10**12 * field.per:
        return None
    if isinstance(value, int):
        value = Fraction(value)
    return {"duration": math.floor(value * field.scale / field.per)}


def _time(value: Any, field: Field) -> Values | None:
    if isinstance(value, int | float):
        if not 0 <= value < 10**18:
            return None
        instant = round(value * field.scale)
        return {"time": instant, "zone": 0} if EARLIEST <= instant <= LATEST else None
    for time in TIMES:
        for token in ("", ".%f"):
            with_fraction = time.replace("%S", "%S" + token).replace("%s", "%s" + token)
            if found := read_time((value or "").encode(), Field("", Kind.TIME, b"", "", with_fraction, field.scale)):
                return found
    return None


_VALUES: dict[Kind, Callable[[Any, Field], Values | None]] = {
    Kind.TEXT: _text,
    Kind.REQUEST: _request,
    Kind.STATUS: _status,
    Kind.BYTES: _bytes,
    Kind.DURATION: _duration,
    Kind.TIME: _time,
}
