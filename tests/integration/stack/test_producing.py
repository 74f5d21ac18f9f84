"""`hitstream produce` on a real Kafka: what comes out of a topic is what stands in the logs, through kills as well."""

import gzip
import json
import signal
import subprocess
import sys
import uuid

import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from kafka_topic import count, records, size, sources

from hitstream.sources.generate import Traffic
from hitstream.sources.identity import identity_of
from hitstream.sources.records import RECORD_BYTES
from waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.servers, pytest.mark.slow]
PARTITIONS = 3
KILLS = 2


@pytest.fixture
def topic(broker):
    name = f"topic-{uuid.uuid4().hex}"
    done = command(broker, name, "topics", "apply", "--partitions", str(PARTITIONS))
    assert done.returncode == 0, done.stderr
    return name


def words(broker, topic, *arguments):
    return [sys.executable, "-m", "hitstream", *arguments, "--kafka", broker, "--topic", topic]


def command(broker, topic, *arguments):
    return subprocess.run(
        words(broker, topic, *arguments), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "access.log"
    path.write_bytes(b"".join(Traffic(seed=3, lines=60_000, days=3, malformed=0.02).blocks()))
    return path


@pytest.fixture
def produce(broker, topic, tmp_path):
    def run(*arguments):
        done = command(broker, topic, "produce", *map(str, arguments), "--data", str(tmp_path / "kept"))
        assert done.returncode == 0, done.stderr
        return done.stderr

    return run


@pytest.fixture
def following(broker, topic, log, tmp_path):
    """Return what starts a process that follows the log."""
    begun = []

    def start():
        arguments = words(broker, topic, "produce", "--follow", str(log), "--data", str(tmp_path / "kept"))
        begun.append(subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def ended(process):
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, said


def test_a_log_comes_out_byte_for_byte_spread_over_all_partitions(broker, topic, log, produce):
    content = log.read_bytes()
    assert f"{content.count(bytes([10])):,} lines" in produce(log)
    assert sources(broker, topic) == {identity_of(content.split(b"\n", 1)[0] + b"\n"): content}
    counts = [len(partition) for partition in records(broker, topic)]
    assert max(counts) - min(counts) <= 1
    assert {record.format for partition in records(broker, topic) for record in partition} == {
        '%h %l %u %t "%r" %>s %b'
    }


def test_a_second_run_sends_what_is_new_wherever_it_is(broker, topic, log, produce):
    content = log.read_bytes()
    half = content.index(b"\n", len(content) // 2) + 1
    log.write_bytes(content[:half])
    produce(log.parent)
    before = count(broker, topic)
    assert "0 lines" in produce(log.parent)
    rotated = log.rename(log.with_name("access.log.1"))
    with rotated.open("ab") as file:
        file.write(content[half:])
    (log.parent / "access.log.2.gz").write_bytes(gzip.compress(content[:half]))
    log.write_bytes(other := content[half:])
    produce(log.parent)
    assert sorted(sources(broker, topic).values(), key=len) == [other, content]
    assert count(broker, topic) - before < 2 * before + PARTITIONS, "known lines were sent again"


def test_what_is_killed_goes_on_with_nothing_lost(broker, topic, log, following, produce):
    content = b"".join(Traffic(seed=4, lines=900_000, days=3).blocks())
    log.write_bytes(content)
    for _ in range(KILLS):
        before = count(broker, topic)
        process = following()
        until(lambda before=before: count(broker, topic) > before, "nothing came")
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
    assert count(broker, topic) < len(content) // RECORD_BYTES, "it was killed too late to tell anything"
    produce(log)
    assert list(sources(broker, topic).values()) == [content]


def test_a_broker_that_is_killed_under_way_costs_nothing(stack, broker, topic, log, following):
    content = log.read_bytes()
    log.write_bytes(b"")
    process = following()
    step = len(content) // 8
    with log.open("ab", buffering=0) as file:
        for number in range(8):
            file.write(content[number * step : (number + 1) * step if number < 7 else None])
            if number == 3:
                until(lambda: count(broker, topic), "nothing came")
                stack.kill("kafka")
            if number == 6:
                stack.up(["kafka"])
    until(lambda: size(broker, topic) >= len(content), "not all came")
    code, said = ended(process)
    assert code == 0
    assert "does not answer" in said
    assert list(sources(broker, topic).values()) == [content]
    assert size(broker, topic) == len(content), "something came twice"


def test_generated_and_replayed_lines_travel_as_well(broker, topic, log):
    for arguments in (("generate", "--lines", "5000"), ("replay", str(log), "--speed", "0")):
        done = command(broker, topic, *arguments, "--to-kafka")
        assert done.returncode == 0, done.stderr
    found = sorted(data.count(b"\n") for data in sources(broker, topic).values())
    assert found == [5000, log.read_bytes().count(b"\n")]


def test_a_missing_topic_is_an_error_that_says_how_to_make_it(broker, log, tmp_path):
    done = command(broker, "no-such-topic", "produce", str(log), "--data", str(tmp_path / "kept"))
    assert done.returncode == 2
    assert "no topic no-such-topic" in done.stderr
    assert "hitstream topics apply" in done.stderr


def test_a_broker_that_is_away_is_an_error_to_try_again_after(log, tmp_path):
    done = command("127.0.0.1:1", "topic", "produce", str(log), "--data", str(tmp_path / "kept"))
    assert done.returncode == 4
    assert "127.0.0.1:1 does not answer" in done.stderr


def test_a_topic_that_takes_small_records_alone_is_an_error_and_apply_mends_it(broker, log, tmp_path):
    name = f"topic-{uuid.uuid4().hex}"
    new = NewTopic(name, 1, config={"max.message.bytes": "1000", "compression.type": "uncompressed"})
    admin = AdminClient({"bootstrap.servers": broker})
    admin.create_topics([new])[name].result(PATIENCE_SECONDS)
    done = command(broker, name, "produce", str(log), "--data", str(tmp_path / "kept"))
    assert done.returncode == 2
    assert "no record as large" in done.stderr
    assert command(broker, name, "topics", "apply", "--partitions", "1").returncode == 0
    assert command(broker, name, "produce", str(log), "--data", str(tmp_path / "kept")).returncode == 0
    assert list(sources(broker, name).values()) == [log.read_bytes()]


def test_topics_are_made_once_and_changed_where_that_can_be(broker, topic):
    assert command(broker, topic, "topics", "apply", "--partitions", str(PARTITIONS)).stderr.count("is so already") == 2
    changed = command(broker, topic, "topics", "apply", "--partitions", "5", "--retention-days", "1")
    assert "partitions: 3 → 5" in changed.stderr
    assert "retention.ms: 604800000 → 86400000" in changed.stderr
    assert command(broker, topic, "topics", "apply", "--partitions", "4").returncode == 2
    assert command(broker, topic, "topics", "apply", "--partitions", "5", "--replication", "2").returncode == 2
    shown = command(broker, topic, "topics", "status", "--json").stdout
    assert [row["partitions"] for row in json.loads(shown)] == [5, 5]
