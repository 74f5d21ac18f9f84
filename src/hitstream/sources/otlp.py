"""Records of OpenTelemetry's collector: one holds many log records, whose bodies are the lines.

Source: the messages of opentelemetry-proto 1.x (logs.proto, common.proto), as the collector's Kafka exporter writes
them with the encodings `otlp_json` and `otlp_proto`, its default.
"""

import json
from collections.abc import Iterator
from typing import Any

_JSON = b'{"resourceLogs"'
_RESOURCE_LOGS, _SCOPE_LOGS, _LOG_RECORDS, _BODY, _STRING = 1, 2, 2, 5, 1
"""Numbers of fields: of LogsData, ResourceLogs, ScopeLogs, LogRecord and AnyValue."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Types of protobuf's wire format."""


def bodies(value: memoryview) -> list[bytes] | None:
    """Return the bodies of the log records in a record's value; None where it holds no such thing.

    A body that is no string comes as it is encoded: it is no line of a log.
    """
    first = bytes(value[: len(_JSON)])
    try:
        if first == _JSON:
            return list(_json_bodies(json.loads(bytes(value))))
        if first[:1] == b"\n":  # field 1 of several bytes; a text that began so would be a blank line
            return list(_proto_bodies(value)) or None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        pass
    return None


def _json_bodies(logs: dict[str, Any]) -> Iterator[bytes]:
    for resource in logs["resourceLogs"]:
        for scope in resource["scopeLogs"]:
            for record in scope["logRecords"]:
                body = record["body"]
                text = body.get("stringValue")
                yield (text if isinstance(text, str) else json.dumps(body)).encode(errors="replace")


def _proto_bodies(logs: memoryview) -> Iterator[bytes]:
    for resource in _fields(logs, _RESOURCE_LOGS):
        for scope in _fields(resource, _SCOPE_LOGS):
            for record in _fields(scope, _LOG_RECORDS):
                for body in _fields(record, _BODY):
                    yield bytes(next(_fields(body, _STRING), body))


def _fields(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the fields of a number that hold bytes, once all of the message was found to be one.

    Raises:
        ValueError: it is no message.
    """
    found, at = [], 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind, 0)
        if kind in (_VARINT, _BYTES):
            count, at = _varint(message, at)
            size = count if kind == _BYTES else 0
        elif not size:
            raise ValueError("no message")
        if number == 0 or at + size > len(message):
            raise ValueError("no message")
        if number == wanted and kind == _BYTES:
            found.append(message[at : at + size])
        at += size
    return iter(found)


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return a number of variable length, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError("no number")
