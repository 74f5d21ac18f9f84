"""What `produce` keeps of what it sent, whenever Kafka acknowledges it."""

from pathlib import Path

import pytest

from hitstream.clock import SystemClock
from hitstream.errors import ConfigError, Retryable
from hitstream.extract.positions import open_positions
from hitstream.extract.produce import produce
from hitstream.extract.topics import Topic, apply
from hitstream.kafka import TopicInKafka
from hitstream.sources.records import Record
from hitstream.sources.tail import Tail

LINE = '{} - - [01/Jul/1995:00:00:{:02} -0400] "GET /{} HTTP/1.0" 200 {}\n'
TOPIC = TopicInKafka("lines", "0" * 32, 1, 1)


def lines(host, first, stop):
    return b"".join(LINE.format(host, number % 60, number, number).encode() for number in range(first, stop))


class FakeSender:
    """Keeps records; acknowledges those that `takes` picks, and gives up at a number of records."""

    topic = TOPIC

    def __init__(self, takes=lambda _: True, fails_at=None):
        self.records: list[Record] = []
        self._takes = takes
        self._fails_at = fails_at

    def send(self, record, acknowledged):
        if len(self.records) == self._fails_at:
            raise Retryable("Kafka is away.")
        self.records.append(record)
        if self._takes(len(self.records) - 1):
            acknowledged()
        return True

    def settle(self):
        return True


@pytest.fixture
def logs(tmp_path):
    made = tmp_path / "logs"
    made.mkdir()
    return made


@pytest.fixture
def run(tmp_path, logs):
    """Return what sends the logs in small chunks, going on where it was; each call is a run of its own."""

    def once(sender, topic=TOPIC):
        with open_positions(tmp_path / "kept", topic, SystemClock()) as positions:
            source = Tail([logs], states=positions.states(), max_bytes=4096, line_cap=1024)
            produce(source, sender, positions)
            return {state.identity: state.position for state in positions.states()}

    return once


def sent(sender):
    """Return the bytes of each source by what was sent of it."""
    found = {}
    for record in sender.records:
        source = found.setdefault(record.chunk.source, bytearray())
        assert record.chunk.offset <= len(source), "there is a hole"
        source[record.chunk.offset :] = record.chunk.data
    return sorted(map(bytes, found.values()))


def test_all_of_a_log_is_sent_with_its_position_path_and_format(run, logs):
    content = lines("one", 0, 500)
    (logs / "access.log").write_bytes(content)
    sender = FakeSender()
    positions = run(sender)
    assert sent(sender) == [content]
    assert list(positions.values()) == [len(content)]
    assert {(record.path, record.format) for record in sender.records} == {
        (str(logs / "access.log"), '%h %l %u %t "%r" %>s %b')
    }


def test_a_second_run_sends_only_what_is_new(run, logs):
    (logs / "access.log").write_bytes(lines("one", 0, 100))
    run(FakeSender())
    (logs / "access.log").rename(logs / "access.log.1")
    with (logs / "access.log.1").open("ab") as file:
        file.write(lines("one", 100, 110))
    (logs / "access.log").write_bytes(lines("two", 0, 10))
    sender = FakeSender()
    run(sender)
    assert b"".join(bytes(record.chunk.data) for record in sender.records) == lines("one", 100, 110) + lines(
        "two", 0, 10
    )


def test_a_topic_that_was_made_anew_gets_everything_again(run, logs):
    (logs / "access.log").write_bytes(lines("one", 0, 100))
    run(FakeSender())
    sender = FakeSender()
    run(sender, TOPIC._replace(id="1" * 32))
    assert sent(sender) == [lines("one", 0, 100)]


def test_nothing_is_saved_that_follows_an_unacknowledged_record(run, logs):
    (logs / "access.log").write_bytes(lines("one", 0, 500))
    sender = FakeSender(takes=lambda number: number != 1)
    assert list(run(sender).values()) == [sender.records[1].chunk.offset]
    again = FakeSender()
    run(again)
    assert again.records[0].chunk.offset == sender.records[1].chunk.offset


def test_what_was_acknowledged_before_kafka_went_away_is_saved(run, logs):
    content = lines("one", 0, 500)
    (logs / "access.log").write_bytes(content)
    sender, again = FakeSender(fails_at=3), FakeSender()
    with pytest.raises(Retryable):
        run(sender)
    run(again)
    assert b"".join(bytes(record.chunk.data) for record in sender.records + again.records) == content


def test_files_with_the_same_first_line_keep_their_identities_where_nothing_was_acknowledged(run, logs):
    contents = {name: lines("one", 0, 100) + lines(name, 0, 50) for name in ("a.log", "b.log")}
    for name, content in contents.items():
        (logs / name).write_bytes(content)
    first = FakeSender(takes=lambda _: False)
    run(first)
    by_path = {record.path: record.chunk.source for record in first.records}
    assert len(set(by_path.values())) == 2
    newest = max(by_path, key=lambda path: by_path[path])
    for path in by_path:  # now they would be read in the other order
        if path != newest:
            with Path(path).open("ab") as file:
                file.write(lines("later", 0, 1))
    again = FakeSender()
    run(again)
    assert {record.path: record.chunk.source for record in again.records} == by_path


def test_a_second_process_is_told_who_sends_already(tmp_path):
    with open_positions(tmp_path, TOPIC, SystemClock()), pytest.raises(Retryable, match="process"):
        open_positions(tmp_path, TOPIC, SystemClock()).__enter__()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"partitions": 0}, "partition"),
        ({"replication": 0}, "copy"),
        ({"compression": "rar"}, "rar"),
        ({"retention_days": 0}, "keep nothing"),
    ],
)
def test_a_topic_that_cannot_be_is_refused_before_kafka_is_asked(change, what):
    with pytest.raises(ConfigError, match=what):
        apply("127.0.0.1:1", Topic("lines", 1, 1, 7, "zstd")._replace(**change))
