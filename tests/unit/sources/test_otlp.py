"""What OpenTelemetry's collector sends is taken apart into the lines that it read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitstream.sources.otlp import bodies

LINES = ["10.0.0.1 - - one", "", "ünïcode", "x" * 300]


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def proto(lines):
    """Return a LogsData as logs.proto says, with fields around those that are looked for."""
    attribute = field(1, b"log.file.name") + field(2, field(1, b"access.log"))
    records = b"".join(
        field(
            2,
            varint(1 << 3 | 1) + bytes(8)
            + varint(2 << 3) + varint(9)
            + field(5, field(1, line.encode()))
            + field(6, attribute)
            + varint(8 << 3 | 5) + bytes(4),
        )
        for line in lines
    )  # fmt: skip
    scope = field(1, field(1, b"scope")) + records
    return field(1, field(1, field(1, attribute)) + field(2, scope) + field(3, b"https://schema"))


def as_json(lines):
    records = [
        {"timeUnixNano": "1728568536000000000", "body": {"stringValue": line}, "attributes": []} for line in lines
    ]
    logs = {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": records}]}]}
    return json.dumps(logs, separators=(",", ":")).encode()


@pytest.mark.parametrize("write", [proto, as_json])
def test_the_bodies_are_the_lines_in_their_order(write):
    assert bodies(memoryview(write(LINES))) == [line.encode() for line in LINES]


@given(st.lists(st.text(max_size=200), min_size=1, max_size=20), st.sampled_from([proto, as_json]))
def test_any_lines_come_back(lines, write):
    assert bodies(memoryview(write(lines))) == [line.encode() for line in lines]


@given(st.integers(0, 400))
def test_what_is_cut_off_is_left_as_it_is(size):
    whole = proto([*LINES[:2], "more"])
    assert bodies(memoryview(whole[: size % len(whole)])) is None


@given(st.binary(max_size=60))
def test_no_other_bytes_are_an_error(value):
    for start in (b"", b"\n", b'{"resourceLogs"'):
        found = bodies(memoryview(start + value))
        assert found is None or all(isinstance(body, bytes) for body in found)


def test_a_body_that_is_no_text_is_a_line_of_its_own():
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"kvlistValue": {"values": []}}}]}]}]}
    assert bodies(memoryview(json.dumps(logs).encode())) == [b'{"kvlistValue": {"values": []}}']


def test_a_line_after_a_blank_one_is_no_message():
    assert bodies(memoryview(b"\n10.0.0.1 - - [x]\n")) is None
