"""`hitstream cluster` as a user runs it: processes that outlive the command, restart by themselves and stop cleanly."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest
from laboratory import SERVERS, Embedded, Laboratory
from test_stream import traffic

from hitstream.stack import process
from waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture
def lab(stack):
    stack.up(SERVERS)
    return Laboratory(stack)


@pytest.fixture
def cluster(lab, tmp_path):
    """Return what runs `hitstream cluster` on the servers of the test."""
    named = {"KAFKA": "kafka", "TOPIC": "topic", "SPARK": "spark", "HDFS": "hdfs"}
    environment = {f"HITSTREAM_{name}": getattr(lab.settings, field) for name, field in named.items()}
    environment |= {"HITSTREAM_CASSANDRA": lab.address.cassandra, "HITSTREAM_KEYSPACE": lab.address.keyspace}
    environment |= {"HITSTREAM_CLUSTER_DATA": str(tmp_path / "cluster"), "HITSTREAM_BATCH_RECORDS": "16"}
    environment = {**os.environ, **lab.stack.environment(), **environment}

    def run(*arguments, **other):
        command = [sys.executable, "-m", "hitstream", "cluster", *arguments]
        return subprocess.run(
            command, env=environment | other, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )

    yield run
    run("stop")


def wait_for(cluster, lines):
    """Wait until the stream has counted so many lines; return its status."""

    def counted():
        status = json.loads(cluster("status", "--json").stdout)
        return status if status["lines"] >= lines else None

    return until(counted)


def drivers(directory):
    """Return the processes that make batches."""
    begun = process.last_start(directory)
    return [found for found in process.families([begun])[begun.token] if "drive" in found.cmdline()]


def test_the_stream_outlives_a_killed_driver_and_stops_cleanly(lab, cluster, tmp_path):
    embedded = Embedded(tmp_path, {"a.log": traffic(1), "b.log": traffic(2)})
    lines = embedded.contents.counts.lines
    began = cluster("start")
    assert began.returncode == 0, began.stderr
    again = cluster("start")
    assert again.returncode == 2 and "already" in again.stderr
    lab.send(embedded.records(logs=["a.log"]))
    status = wait_for(cluster, 1)
    assert status["state"] == "runs" and status["records_behind"] is not None
    (driver,) = drivers(tmp_path / "cluster")
    driver.send_signal(signal.SIGKILL)
    lab.send(embedded.records())
    with lab.opened() as (store, _):
        until(lambda: store.ledger.counts().lines >= lines)
    assert "starts again" in (tmp_path / "cluster" / "stream.log").read_text()
    status = wait_for(cluster, lines)
    assert status["lines"] == lines, "those of before the kill, too"
    assert status["restarts"]["drive"] >= 1 and "drive ended with -9" in status["last_restart"]
    families = process.families([process.last_start(tmp_path / "cluster")])
    assert "is stopped" in cluster("stop").stderr
    family = [each for own in families.values() for each in own]
    left = [found for found in psutil.process_iter(["status"]) if found in family]
    assert all(found.info["status"] == psutil.STATUS_ZOMBIE for found in left), "ended ones may wait for init"
    assert cluster("status").returncode == 1
    assert cluster("batch").returncode == 0
    assert lab.contents() == embedded.contents


def test_what_is_missing_is_said_before_anything_starts(cluster):
    found = cluster("start", HITSTREAM_KEYSPACE="nowhere")
    assert found.returncode == 2 and "schema apply" in found.stderr
    found = cluster("start", HITSTREAM_SPARK="spark://127.0.0.1:1")
    assert found.returncode == 4 and "master does not answer" in found.stderr


def test_in_the_foreground_it_is_known_and_ends_with_what_is_wrong(cluster, tmp_path):
    found = cluster("start", "--foreground", HITSTREAM_KEYSPACE="nowhere")
    assert found.returncode == 2 and "schema apply" in found.stderr
    assert process.last_start(tmp_path / "cluster")
    assert cluster("status").returncode == 1
