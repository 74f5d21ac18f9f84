"""Records of any producer are lines: good ones are hits, all others bad lines, each at a place of its own."""

import json
import pickle
import random
from dataclasses import replace
from itertools import pairwise, product

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from hitstream.engine.spark.executor import Instructions, run
from hitstream.engine.spark.formats import TopicFormats
from hitstream.engine.spark.gather import together
from hitstream.engine.spark.incoming import ConsumedTopic, Incoming, schema
from hitstream.engine.spark.positions import ByteRanges
from hitstream.parse.client_rule import make_rule
from hitstream.record import Chunk
from hitstream.sources.records import REFUSED, Record, plain_record

TOPIC = ConsumedTopic("logs", "ab12", {})
LINE = b'10.0.0.%d - - [10/Oct/2024:13:55:36 +0000] "GET /%d HTTP/1.1" 200 %d'
PLAIN = "kafka:ab12/0"


def line(number):
    return LINE % (number % 200, number, number)


def batch(values, headers=(), first=0, partition=0):
    """Return values as records of a partition; `headers` says by index what some have."""
    headers = dict(headers)
    rows = [
        {"partition": partition, "offset": first + index, "value": value, "headers": headers.get(index)}
        for index, value in enumerate(values)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=schema())


def header(**values):
    return [{"key": key, "value": value} for key, value in values.items()]


class Driver:
    """What the stream's driver does with batches, without Spark."""

    def __init__(self, directory, log_format=None):
        self.archive = directory / "archive"
        self.told = Instructions(TOPIC, str(self.archive), str(directory / "bad"), 2_000_000_000, log_format=log_format)
        self.formats = TopicFormats(())
        self.positions = ByteRanges()

    def make(self, *batches):
        made = self._pass(batches)
        if self.formats.learn(made):
            made = self._pass(batches)
        kept = self.positions.repeated(each for one in made for each in one.placed)
        if kept:
            made = self._pass(batches, kept)
        whole = together(made, 1000)
        self.formats.save(whole.formats)
        for row in whole.ranges:
            self.positions.add(row.source, row.start, row.stop)
        return whole

    def _pass(self, batches, kept=()):
        told = replace(self.told, formats=self.formats.texts, kept=dict(kept))
        results = [pickle.loads(row) for row in next(run(iter(batches), told)).column("made").to_pylist()]
        for result in results:
            if isinstance(result, Exception):
                raise result
        return results

    def rows(self, made):
        """Return source, offset and target of the hits of a batch."""
        rows = [row for file in made.files for row in parquet.read_table(self.archive / file.path).to_pylist()]
        return sorted((row["source"], row["offset"], row["target"]) for row in rows)


@pytest.fixture
def driver(tmp_path):
    return Driver(tmp_path)


def counts(made):
    return tuple(sum(column) for column in list(zip(*made.ranges, strict=True))[3:6])


def bad(made):
    return {
        (source, line.offset, reason): line.data for (source, reason), own in made.bad.first.items() for line in own
    }


ODD = {
    "a tombstone": (None, None, 0),
    "nothing": (b"", None, 0),
    "a line end alone": (b"\n", None, 0),
    "bytes": (bytes(range(256)), None, None),
    "zeros, as a crash leaves them": (b"\0" * 5000, None, 0),
    "a gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc\n\n\xff", None, None),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0", None, None),
    "half a line": (line(1)[:40], None, None),
    "words": (b"hello world", None, None),
    "JSON of something else": (b'{"user": 1, "event": "click"}', None, None),
    "an empty object": (b"{}", None, None),
    "broken JSON": (b'{"message": "', None, None),
    "deep JSON": (b"[" * 5000, None, None),
    "Avro with its schema's number": (b"\0\0\0\0\x07\x10abcdefgh", None, None),
    "Latin-1": (b"caf\xe9 \xff\xfe", None, None),
    "UTF-16": (line(1).decode().encode("utf-16"), None, None),
    "a line of a mebibyte": (b"x" * (1 << 20), None, None),
    "two mebibytes of short lines": (b"x\n" * (1 << 20), None, None),
    "a status of four digits": (line(1).replace(b" 200 ", b" 2000 "), None, None),
    "a time that is none": (line(1).replace(b"10/Oct", b"41/Oct"), None, None),
    "a command": (b"$(reboot); DROP TABLE hits; --", None, None),
    "escapes of a terminal": (b"\x1b[2J\x1b]0;owned\x07", None, None),
    "an offset that is no number": (line(2), header(source=b"a", offset=b"x", path=b"a"), 1),
    "an offset below zero": (line(2), header(source=b"a", offset=b"-1", path=b"a"), 1),
    "an offset past all": (line(2), header(source=b"a", offset=b"%d" % (1 << 63), path=b"a"), 1),
    "an offset of a thousand digits": (line(2), header(source=b"a", offset=b"9" * 1000, path=b"a"), 1),
    "an offset of too many digits for an int": (line(2), header(source=b"a", offset=b"9" * 9999, path=b"a"), 1),
    "an offset without a value": (line(2), header(source=b"a", offset=None), 1),
    "a source without a value": (line(2), header(source=None, offset=b"1"), 1),
    "an empty source": (line(2), header(source=b"", offset=b"1"), 1),
    "a source that is not UTF-8": (line(2), header(source=b"\xff", offset=b"1", path=b"a"), 1),
    "a source of a mebibyte": (line(2), header(source=b"s" * (1 << 20), offset=b"1", path=b"a"), 1),
    "a format that is not UTF-8": (line(2), header(source=b"a", offset=b"7", path=b"a", format=b"\xff"), 1),
    "a format that is none": (line(2), header(source=b"b", offset=b"7", path=b"a", format=b"%Q%Q%Q"), 1),
    "a format of other lines": (line(2), header(source=b"c", offset=b"7", path=b"a", format=b"combined"), 1),
}
"""Name → value, headers, and how many bad lines it has: None for at least one."""


@pytest.mark.parametrize("name", ODD)
def test_good_records_around_an_odd_one_are_hits_and_it_is_bad_lines(driver, name):
    value, headers, lines = ODD[name]
    good = [line(number) for number in range(40)]
    made = driver.make(batch([*good[:20], value, *good[20:]], {20: headers}))
    read, hits, wrong = counts(made)
    assert hits == len(good)
    assert made.bad.counts.total() == wrong
    assert (wrong > 0) if lines is None else (wrong == lines)
    assert hits + wrong <= read
    assert made.offsets == {0: 41}
    assert [target for _, _, target in driver.rows(made)] == [f"/{number}" for number in range(40)]


def test_odd_records_may_come_one_after_the_other(driver):
    small = [(value, headers) for value, headers, _ in ODD.values() if len(value or b"") < 9000]
    pairs = [row for pair in product(small, small) for row in (*pair, (line(1), None))]
    made = driver.make(
        batch([value for value, _ in pairs], {index: headers for index, (_, headers) in enumerate(pairs)})
    )
    _, hits, wrong = counts(made)
    assert hits == len(pairs) // 3
    assert made.bad.counts.total() == wrong


def test_a_line_stands_where_its_record_and_its_byte_in_it_say(driver):
    made = driver.make(batch([line(1), line(2) + b"\n" + line(3) + b"\n", b"junk"], first=5))
    second = len(line(2)) + 1
    assert driver.rows(made) == [
        (PLAIN, 5 << 24, "/1"),
        (PLAIN, 6 << 24, "/2"),
        (PLAIN, (6 << 24) + second, "/3"),
    ]
    ((place, data),) = bad(made).items()
    assert (place[:2], data) == ((PLAIN, 7 << 24), b"junk")
    assert plain_record(PLAIN, (6 << 24) + second) == (0, 6)
    assert [row.bytes for row in made.ranges] == [sum(map(len, (line(1), line(2), line(3)))) + 4 + 4]


def test_what_is_read_again_from_the_beginning_counts_once(driver):
    values = [line(number) for number in range(50)]
    driver.make(batch(values[:20]))
    made = driver.make(batch(values))
    assert counts(made) == (30, 30, 0)
    assert [target for _, _, target in driver.rows(made)] == [f"/{number}" for number in range(20, 50)]
    assert driver.make(batch(values[:7])).ranges == []


def test_records_that_follow_each_other_make_one_range_with_gaps_and_tombstones_in_it(driver):
    first = driver.make(batch([line(1), None, line(2)]), batch([line(3)], first=7))
    driver.told = replace(driver.told, topic=TOPIC._replace(consumed=first.offsets))
    second = driver.make(batch([line(4)], first=12))
    edges = [(row.start, row.stop) for row in (*first.ranges, *second.ranges)]
    assert edges[0][0] == 0 and edges[-1][1] == 13 << 24
    assert all(one[1] == other[0] for one, other in pairwise(edges))


def test_a_record_that_begins_within_a_line_that_was_read_is_bad(driver):
    whole = line(1) + b"\n" + line(2) + b"\n"
    driver.make(batch([whole[:30]], {0: header(source=b"a", offset=b"0", path=b"a", format=b"common")}))
    made = driver.make(batch([whole], {0: header(source=b"a", offset=b"0", path=b"a", format=b"common")}))
    assert {reason for _, _, reason in bad(made)} == {"overlap"}


def test_partitions_have_formats_of_their_own(driver):
    json = [b'{"ip": "10.0.0.1", "time": "2024-10-10T13:55:36Z", "method": "GET", "path": "/j", "status": 200}'] * 20
    made = driver.make(batch([line(number) for number in range(20)]), batch(json, partition=1))
    assert counts(made) == (40, 40, 0)
    assert {row.source: row.format.split()[0] for row in made.formats} == {PLAIN: "%h", "kafka:ab12/1": "json"}


def test_lines_without_a_format_are_kept_as_bad_ones_and_the_next_batch_is_looked_at_anew(driver):
    made = driver.make(batch([b"no", b"log", b"at all"]))
    assert {reason for _, _, reason in bad(made)} == {"format"}
    made = driver.make(batch([line(1), line(2)], first=3))
    assert counts(made) == (2, 2, 0)


def test_a_format_is_kept_for_the_batches_after_it(driver):
    driver.make(batch([line(number) for number in range(20)]))
    made = driver.make(batch([b"junk"], first=20))
    assert {reason for _, _, reason in bad(made)} != {"format"}


def test_the_fields_of_a_w3c_log_hold_until_others_are_named(driver):
    fields, others = (
        b"#Fields: date time c-ip cs-method cs-uri-stem sc-status",
        (b"#Fields: date time c-ip cs-uri-stem cs-method sc-status"),
    )
    driver.make(batch([fields, *[b"2024-10-10 13:55:36 10.0.0.1 GET /a 200"] * 5]))
    driver.make(batch([b"2024-10-10 13:55:37 10.0.0.1 GET /b 200", others], first=6))
    made = driver.make(batch([b"2024-10-10 13:55:38 10.0.0.1 /c GET 200"], first=8))
    assert [target for _, _, target in driver.rows(made)] == ["/c"]


def test_a_partition_of_more_records_than_positions_goes_on_as_another_source():
    (lines,) = Incoming(TOPIC).lines(batch([b"a"], first=(1 << 39) + 3))
    assert (lines.source, lines.positions.tolist()) == (f"{PLAIN}/1", [3 << 24])
    assert plain_record(lines.source, 3 << 24) == (0, (1 << 39) + 3)


@given(st.data())
def test_any_records_are_taken_and_each_line_stands_alone(data):
    names = st.sampled_from(["source", "offset", "path", "format", "x"])
    own = st.lists(st.builds(lambda key, value: {"key": key, "value": value}, names, st.none() | st.binary(max_size=9)))
    values = data.draw(st.lists(st.none() | st.binary(max_size=30), min_size=1, max_size=20))
    headers = {index: data.draw(own) for index in range(len(values))}
    incoming = Incoming(TOPIC)
    found = [*incoming.lines(batch(values, headers))]
    assert incoming.offsets == {0: len(values)}
    assert incoming.records == len(values)
    assert sum(len(bytes(each.data).replace(b"\n", b"")) for each in found) == sum(
        len((value or b"").replace(b"\n", b"")) for value in values
    )
    plain = [each for each in found if each.is_plain]
    places = [place for each in plain for place in each.at(each.line_starts()).tolist()]
    assert len(set(places)) == len(places)
    assert all(each.begin <= each.positions[0] and each.stop > each.positions[-1] for each in plain)
    for each in found:
        lines = each.as_bad("x")
        assert [row.data for row in lines] == bytes(each.data).split(b"\n")[: len(lines)]


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=12), st.integers(0, 13), st.integers(0, 13))
def test_a_part_of_records_is_what_stands_there(values, first, last):
    (lines,) = Incoming(TOPIC).lines(batch(values))
    part = lines.part(first << 24, last << 24)
    expected = b"".join(value if value[-1:] in (b"", b"\n") else value + b"\n" for value in values[first:last])
    assert bytes(part.data) == expected
    assert not part.refused


def test_the_log_records_of_a_collector_are_lines(driver):
    records = [{"body": {"stringValue": line(number).decode()}} for number in range(3)]
    logs = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}, separators=(",", ":"))
    made = driver.make(batch([logs.encode(), line(7)]))
    assert [target for _, _, target in driver.rows(made)] == ["/0", "/1", "/2", "/7"]


def test_headers_of_other_meanings_are_no_positions():
    (lines,) = Incoming(TOPIC).lines(batch([b"a"], {0: header(source=b"app", traceparent=b"00-1")}))
    assert lines.is_plain and not lines.refused
    sent = Record(Chunk("s", 9, b"a\n"), "/log", "common").headers
    (lines,) = Incoming(TOPIC).lines(batch([b"a\n"], {0: [{"key": key, "value": value} for key, value in sent]}))
    assert (lines.source, lines.begin, lines.path, lines.format) == ("s", 9, "/log", "common")


@pytest.mark.repeated(20)
def test_of_a_hundred_thousand_random_records_every_good_line_is_a_hit(driver, seed):
    choice = random.Random(seed)
    odd = [(value, headers) for value, headers, _ in ODD.values() if len(value or b"") < 9000]
    good = 0
    for number in range(10):
        values, headers = [], {}
        for index in range(10_000):
            kind = choice.random()
            if kind < 0.5:
                lines = [line(good + more) for more in range(choice.randint(1, 3))]
                values.append(b"\n".join(lines))
                good += len(lines)
            elif kind < 0.7:
                value, headers[index] = choice.choice(odd)
                values.append(value)
            else:
                values.append(choice.randbytes(choice.randint(0, 60)).replace(b" - ", b""))
        made = driver.make(batch(values, headers, first=number * 10_000))
        read, hits, wrong = counts(made)
        assert hits + wrong <= read
        assert made.bad.counts.total() == wrong
        good -= hits
    assert good == 0


def test_the_rule_of_clients_holds_for_records_whose_format_is_told(driver):
    driver.formats = TopicFormats((), make_rule("last"))
    forwarded = [line(number) + b' "-" "curl" "203.0.113.9, 198.51.100.7"' for number in range(20)]
    driver.make(batch(forwarded))
    assert [text.partition(" ")[0] for text in driver.formats.texts.values()] == ["client=last:"]


def test_every_reason_that_a_record_is_refused_for_is_said_in_words(driver):
    row = header(source=b"a", offset=b"0", path=b"a", format=b"common")
    records = (
        (line(2), header(source=b"a", offset=b"x")),
        (b"x" * (1 << 24), None),
        (line(1)[:30], row),
        (line(1) + b"\n", row),
        (line(2), header(source=b"b", offset=b"7", format=b"%Q%Q%Q")),
    )
    made = [driver.make(batch([value], {0: own}, first=at)) for at, (value, own) in enumerate(records)]
    assert {reason for one in made for _, _, reason in bad(one)} >= set(REFUSED)
