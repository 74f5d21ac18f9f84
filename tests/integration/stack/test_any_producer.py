"""A topic that others fill, in their ways, is read as a log is: every good line a hit, all others bad lines."""

import json
import random
import subprocess
import sys
from collections import Counter

import pytest
from confluent_kafka import Producer
from laboratory import Laboratory

from hitstream.engine.audit import audit_cluster
from hitstream.engine.embedded import ingest
from hitstream.sources.open import open_source
from hitstream.testing.contents import contents
from waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.filterwarnings("default")]

LINES = 400
CLOCK = "2024-10-10T13:55:36.123Z"


def line(number):
    return (
        f"10.1.{number % 7}.{number % 200} - - [10/Oct/2024:13:{number % 60:02}:36 +0000]"
        f' "GET /page/{number} HTTP/1.1" {(200, 304, 404)[number % 3]} {number}'
    )


def filebeat(number):
    return json.dumps(
        {
            "@timestamp": CLOCK,
            "@metadata": {"beat": "filebeat", "type": "_doc", "version": "8.15.0"},
            "log": {"offset": number * 90, "file": {"path": "/var/log/nginx/access.log"}},
            "message": line(number),
            "input": {"type": "filestream"},
            "agent": {"type": "filebeat", "name": "web1"},
            "host": {"name": "web1"},
            "ecs": {"version": "8.0.0"},
        }
    )


def fluent_bit(number):
    return json.dumps({"@timestamp": 1728568536.0, "log": line(number), "filepath": "/var/log/nginx/access.log"})


def vector(number):
    return json.dumps(
        {
            "file": "/var/log/nginx/access.log",
            "host": "web1",
            "message": line(number),
            "source_type": "file",
            "timestamp": CLOCK,
        }
    )


def rsyslog(number):
    return f"<190>Oct 10 13:55:36 web1 nginx: {line(number)}"


PRODUCERS = {"console": line, "filebeat": filebeat, "fluent-bit": fluent_bit, "vector": vector, "rsyslog": rsyslog}
"""Name → what it writes for a line: its documented output with its defaults."""

ODD = (
    (None, ()),
    (b"", ()),
    (b"\x1f\x8b\x08\x00 not gzip \xff", ()),
    (b"x" * (1 << 19), ()),
    (b"hello", (("source", b"a"), ("offset", b"seven"))),
    (b"hello", (("source", None), ("offset", b"1"))),
    (line(1).encode(), (("source", b"b"), ("offset", b"0"), ("format", b"%Q%Q"))),
)
ODD_BAD = 6 - 1  # a tombstone and an empty value hold no line


@pytest.fixture
def lab(session, stack):
    return Laboratory(stack)


def send(lab, records):
    """Send (partition, value, headers), each acknowledged."""
    producer = Producer({"bootstrap.servers": lab.settings.kafka, "linger.ms": 5})
    for partition, value, headers in records:
        producer.produce(lab.settings.topic, value, headers=list(headers), partition=partition)
    assert producer.flush(PATIENCE_SECONDS) == 0


def read(lab, session, lines):
    return lab.run_to_end(session, lines)


def by_embedded(directory, write):
    """Return what the embedded tier makes of the same output in a file."""
    log = directory / "a.log"
    log.write_text("".join(write(number) + "\n" for number in range(LINES)))
    ingest(directory / "data", lambda states, size: open_source([log], states=states, max_bytes=size, torn="take"))
    return contents(directory / "data")


@pytest.mark.parametrize("producer", PRODUCERS)
def test_what_a_producer_writes_is_what_the_embedded_tier_reads_in_a_file(session, lab, tmp_path, producer):
    write = PRODUCERS[producer]
    send(lab, ((0, write(number).encode(), ()) for number in range(LINES)))
    read(lab, session, LINES)
    found, expected = lab.contents(), by_embedded(tmp_path, write)
    assert found.counts == expected.counts
    assert found.counts.hits == LINES
    assert found.cells == expected.cells
    columns = [name for name in found.hits.column_names if name not in ("source", "offset")]
    assert Counter(map(str, found.hits.select(columns).to_pylist())) == Counter(
        map(str, expected.hits.select(columns).to_pylist())
    )


def test_odd_records_among_good_ones_are_bad_lines_and_the_stream_runs_on(session, lab):
    choice = random.Random(1)
    good = [(number % 2, line(number).encode(), ()) for number in range(LINES)]
    odd = [(number % 2, *record) for number, record in enumerate(ODD)]
    records = [*good[: LINES // 2], *choice.sample([*good[LINES // 2 :], *odd], LINES // 2 + len(odd))]
    send(lab, records)
    read(lab, session, LINES + ODD_BAD)
    send(lab, [(0, line(LINES).encode(), ())])
    read(lab, session, LINES + ODD_BAD + 1)
    counts = lab.contents().counts
    assert (counts.hits, counts.bad) == (LINES + 1, ODD_BAD)
    assert {reason for _, _, reason, _ in lab.bad_lines()} >= {"headers", "format"}
    with lab.opened() as (store, archive):
        result = audit_cluster(store, archive, lab.settings.kafka, lab.settings.topic)
    assert result.ok, result


def test_a_topic_of_others_that_is_read_again_counts_once(session, lab):
    send(lab, ((number % 2, line(number).encode(), ()) for number in range(LINES)))
    first = read(lab, session, LINES).published
    send(lab, ((0, line(number).encode(), ()) for number in range(LINES, LINES + 10)))
    lab.run_to_end(session, LINES + 10, new_checkpoint=True)
    assert lab.contents().counts.hits == LINES + 10
    assert first


def test_bad_lines_are_sent_again_once_their_format_is_said(session, lab):
    good = [line(number).encode() for number in range(LINES)]
    send(lab, [(0, value, ()) for value in good])
    read(lab, session, LINES)
    other = [f"{number}|10.2.0.1|2024-10-10 13:55:36|GET /other/{number}|200" for number in range(50)]
    send(lab, [(0, value.encode(), ()) for value in other])
    read(lab, session, LINES + 50)
    assert lab.contents().counts.bad == 50

    places = {
        "--kafka": lab.settings.kafka,
        "--topic": lab.settings.topic,
        "--hdfs": lab.settings.hdfs,
        "--cassandra": lab.address.cassandra,
        "--keyspace": lab.address.keyspace,
        "--format": "%{n}n|%h|%{%Y-%m-%d %H:%M:%S}t|%m %U|%>s",
    }
    words = ["cluster", "replay-bad", "--from", "-1h", *sum(places.items(), ())]

    def again():
        done = subprocess.run([sys.executable, "-m", "hitstream", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    assert "50" in again()
    read(lab, session, LINES + 100)
    again()
    send(lab, [(1, line(1).encode(), ())])
    read(lab, session, LINES + 101)
    counts = lab.contents().counts
    assert (counts.hits, counts.bad) == (LINES + 51, 50)
