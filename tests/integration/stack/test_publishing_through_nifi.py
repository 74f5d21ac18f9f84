"""NiFi's flow on real servers: what comes out of the topic is what stands in the directory, through kills as well."""

import bz2
import gzip
import os
import time
import uuid

import pytest
from kafka_topic import count, size, sources
from saved_flow import is_settled, states
from typer.testing import CliRunner

from hitstream.cli import app
from hitstream.extract.nifi.address import Nifi
from hitstream.extract.nifi.flow import flow as graph
from hitstream.extract.nifi.server import NifiFlow
from hitstream.sources.generate import Traffic
from waiting import until

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def command(*arguments):
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.fixture
def topic(broker):
    name = f"topic-{uuid.uuid4().hex}"
    command("topics", "apply", "--kafka", broker, "--topic", name)
    return name


@pytest.fixture
def logs(tmp_path):
    made = tmp_path / "logs"
    made.mkdir()
    return made


@pytest.fixture
def flow(stack, broker, topic, logs):
    """Return a flow that runs, and publishes the logs to the topic; it is gone afterwards."""
    stack.up(["nifi"])
    made = graph(f"flow-{uuid.uuid4()}")
    flow = NifiFlow(Nifi(f"http://{stack.address('nifi', 'http')}/nifi"), made)
    flow.deploy(values(broker, topic, logs))
    flow.start()
    until(lambda: is_settled(stack, made.name), lambda: states(stack, made.name))
    yield flow
    stack.up(["nifi"])
    flow.remove()


def values(broker, topic, logs):
    return {"directory": str(logs), "brokers": broker, "topic": topic, "format": "common", "compression": "zstd"}


def lines(seed, count=20_000):
    return b"".join(Traffic(seed=seed, lines=count, days=2).blocks())


def drop(path, content):
    """Put a file into place whole."""
    hidden = path.with_name("." + path.name)
    hidden.write_bytes(content)
    hidden.rename(path)


def test_a_directory_comes_out_byte_for_byte_whatever_is_done_to_its_files(flow, broker, topic, logs):
    plain, packed, other = lines(1), lines(2), lines(3)
    drop(logs / "äccess.log.3", plain)
    old = time.time() - 1e6
    os.utime(logs / "äccess.log.3", (old, old))
    drop(logs / "access.log.2.gz", gzip.compress(packed))
    drop(logs / "access.log.1.bz2", bz2.compress(other))
    drop(logs / "error.log", b"not an access log\n")
    first, second = lines(4), lines(5)
    with (logs / "access.log").open("ab", buffering=0) as file:
        for start in range(0, len(first), 200_000):
            file.write(first[start : start + 200_000])
            time.sleep(0.05)
        (logs / "access.log").rename(logs / "access.log.0")
        file.write(b"written after the rename\n")
    with (logs / "access.log").open("ab", buffering=0) as file:
        file.write(second[:-10])
        expected = sorted([plain, packed, other, first + b"written after the rename\n", second])
        until(lambda: size(broker, topic) >= sum(map(len, expected)) - 500, "not all came")
        file.write(second[-10:])
    (logs / "access.log.0.gz").write_bytes(gzip.compress((logs / "access.log.0").read_bytes()))
    (logs / "access.log.0").unlink()
    until(lambda: size(broker, topic) >= sum(map(len, expected)), "not all came")
    flow.deploy(values(broker, topic, logs))
    flow.stop()
    flow.start()
    more = lines(6)
    drop(logs / "later.log", more)
    until(lambda: size(broker, topic) >= sum(map(len, [*expected, more])), "not all came")
    assert sorted(sources(broker, topic).values()) == sorted([*expected, more])
    assert size(broker, topic) == sum(map(len, [*expected, more])), "something was sent twice"
    assert [part.name for part in flow.status() if not part.is_well] == []


def test_a_nifi_that_is_killed_loses_nothing(stack, flow, broker, topic, logs):
    contents = {"access.log.1": lines(7, 1_200_000), "access.log": lines(8, 1_200_000)}
    for name, content in contents.items():
        seen = count(broker, topic)
        drop(logs / name, content)
        until(lambda seen=seen: count(broker, topic) > seen, "nothing came")
        stack.kill("nifi")
        stack.up(["nifi"])
    with (logs / "access.log").open("ab") as file:
        file.write(more := lines(9, 100))
    expected = [contents["access.log.1"], contents["access.log"] + more]
    until(lambda: size(broker, topic) >= sum(map(len, expected)), "not all came")
    until(lambda: all(not part.queued for part in flow.status()), "it goes on for ever")
    assert sorted(sources(broker, topic).values()) == sorted(expected)


def test_a_kafka_that_is_away_is_waited_for_and_nothing_comes_late(stack, flow, broker, topic, logs):
    first, second = lines(9), lines(10)
    drop(logs / "one.log", first)
    until(lambda: size(broker, topic) == len(first), "not all came")
    stack.kill("kafka")
    drop(logs / "two.log", second)
    until(lambda: [part for part in flow.status() if "Kafka" in part.problem], "nobody complains")
    stack.up(["kafka"])
    until(lambda: size(broker, topic) >= len(first + second), "not all came")
    assert sorted(sources(broker, topic).values()) == sorted([first, second])
    assert size(broker, topic) == len(first + second), "something was sent twice"


def test_what_cannot_be_read_is_said_and_the_rest_is_published(flow, broker, topic, logs):
    content, damaged = lines(11), gzip.compress(lines(12))[:-20]
    drop(logs / "access.log.1.gz", damaged)
    drop(logs / "access.log", content)
    until(lambda: size(broker, topic) > 1.9 * len(content), "the rest does not come")
    drop(logs / "access.log.2.zst", b"\x28\xb5\x2f\xfd" + content)
    until(lambda: [part for part in flow.status() if "unpack it" in part.problem], "nobody complains")
    assert content in sources(broker, topic).values()
