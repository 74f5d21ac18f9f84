"""Spark as it is run: a master that gives out places, a worker that runs executors, jobs from outside."""

import json
import os
import subprocess
import sys
import urllib.request
import uuid
from pathlib import Path

import pytest

from waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.servers, pytest.mark.slow]
JOB = Path(__file__).with_name("spark_job.py")
SERVERS = ["spark-worker", "datanode"]


@pytest.fixture
def submit(stack):
    """Return what runs the job as a user would, in the environment that `hitstream stack env` prints."""
    stack.up(SERVERS)

    def submitted(table, rows):
        environment = {**os.environ, **stack.environment()}
        done = subprocess.run(
            [sys.executable, str(JOB), table, str(rows)],
            env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return submitted


@pytest.fixture
def table():
    return f"/{uuid.uuid4().hex}"


def state(stack):
    with urllib.request.urlopen(
        f"http://{stack.address('spark-master', 'http')}/json/", timeout=PATIENCE_SECONDS
    ) as answer:
        return json.load(answer)


def test_jobs_append_to_a_table_on_hdfs_also_after_master_and_worker_were_killed(stack, submit, table):
    assert submit(table, 1000) == ["rows", "1000", str(1000 * 999)]
    for victim in ("spark-worker", "spark-master"):
        stack.kill(victim)
    stack.up(SERVERS)
    assert submit(table, 10) == ["rows", "1010", str(1000 * 999 + 90)]


def test_a_master_that_was_killed_knows_its_worker_again(stack, submit):
    (before,) = [worker["id"] for worker in state(stack)["workers"] if worker["state"] == "ALIVE"]
    stack.kill("spark-master")
    stack.up(SERVERS)
    until(
        lambda: any(worker["id"] == before and worker["state"] == "ALIVE" for worker in state(stack)["workers"]),
        lambda: state(stack),
    )
