"""The cluster tier as containers: it answers as the embedded tier does, through kills, another worker, a new start."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from composed import FILES, Composed, Page, answered, docker, free_port, lines

from hitstream.query import open_query
from waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.slow]
LINES = 30_000
UP_GB = 7.0
UP_SECONDS = 120.0
"""What `up` may take on a quiet machine of two cores; held to the work alone, since tests run on busy ones."""
VIEWS = ("target", "host", "status", "browser")


class Cluster:
    """The composed cluster, the log that it reads, and the same log read by the embedded tier."""

    def __init__(self, place: Path) -> None:
        self.logs = place / "logs"
        self.logs.mkdir(parents=True)
        for directory in (place, self.logs):
            directory.chmod(0o755)
        self._embedded = place / "embedded"
        self._port = free_port()
        told = {"LOGS": str(self.logs), "PORT": str(self._port), "JUPYTER_PORT": str(free_port()), "PROFILE": "small"}
        self.composed = Composed([FILES / "compose.cluster.yaml"], "hitstream-cluster-test", told)

    def write(self, seed: int) -> None:
        with (self.logs / "access.log").open("ab") as log:
            log.write(lines(seed, LINES))

    def up(self, *options: str) -> None:
        self.composed(
            "up", "--detach", "--wait", "--wait-timeout", str(int(PATIENCE_SECONDS)), *options, timeout=PATIENCE_SECONDS
        )

    def page(self) -> Page:
        return Page(self._port, self.composed.inside("dashboard", "cat", "/data/password").strip())

    def answers(self, page: Page) -> dict[str, Any]:
        tops = {view: _counts(page.answer(f"/top/{view}?k=20")["rows"]) for view in VIEWS}
        return {"totals": _measures(page.answer("/totals")), **tops}

    def expected(self) -> dict[str, Any]:
        """Return what the embedded tier answers on what stands in the log now."""
        command = [
            sys.executable,
            "-m",
            "hitstream",
            "ingest",
            str(self.logs / "access.log"),
            "--data",
            str(self._embedded),
        ]
        subprocess.run(command, check=True, capture_output=True)
        with open_query(self._embedded) as query:
            tops = {view: _counts([row._asdict() for row in query.top(view, k=20).rows]) for view in VIEWS}
            return {"totals": _measures(query.totals()._asdict()), **tops}

    def agree(self) -> None:
        """Wait until the cluster has counted what the embedded tier counts, and compare."""
        expected = self.expected()
        page = answered(self.page)
        answered(lambda: page.answer("/totals")["hits"] >= expected["totals"]["hits"])
        assert self.answers(page) == expected


def _counts(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return rows in an order of their own: which of two equals comes first is not said."""
    return sorted((str(row["key"]), row["hits"], row["bytes"], row["errors"]) for row in rows)


def _measures(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("hits", "bytes", "errors")}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster") / "of-the-test")
    made.composed("down", "--volumes")
    try:
        yield made
    finally:
        made.composed("down", "--volumes")


def _gigabytes(cluster: Cluster) -> float:
    names = cluster.composed("ps", "--quiet").split()
    shown = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", *names)
    units = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    used = [re.match(r"([\d.]+)(\wiB)", line) for line in shown.splitlines()]
    return sum(float(each[1]) * units[each[2]] for each in used if each) / 1e9


def test_the_cluster_answers_as_the_embedded_tier_does_through_kills_and_a_new_start(cluster: Cluster) -> None:
    cluster.write(1)
    began = time.monotonic()
    cluster.up()
    took, worked = time.monotonic() - began, cluster.composed.seconds_of_work()
    print(f"up: {took:.0f} s, with {worked:.0f} s of work in the containers")
    assert worked < UP_SECONDS
    cluster.agree()
    print(f"counted after {time.monotonic() - began:.0f} s; memory {(used := _gigabytes(cluster)):.1f} GB")
    assert used < UP_GB

    cluster.write(2)
    cluster.composed("kill", "kafka", "cassandra", "datanode", "stream", "nifi", "spark-worker")
    cluster.write(3)
    cluster.up("--scale", "spark-worker=2")
    cluster.agree()
    assert len(cluster.composed("ps", "--quiet", "spark-worker").split()) == 2

    cluster.composed("down")
    cluster.up()
    cluster.agree()


def test_jupyterlab_draws_what_the_cluster_answers(cluster: Cluster) -> None:
    cluster.up()
    draw = "import hitstream; print(hitstream.open('cluster').top('status').plot().data[0].type)"
    assert cluster.composed.inside("jupyter", "python3", "-c", draw).strip() == "bar"


def test_nothing_but_the_dashboard_and_jupyterlab_can_be_reached(cluster: Cluster) -> None:
    cluster.up()
    published = cluster.composed("ps", "--format", "{{.Service}} {{.Publishers}}").splitlines()
    open_ones = {line.split()[0] for line in published if re.search(r"0\.0\.0\.0|127\.0\.0\.1", line)}
    assert open_ones == {"dashboard", "jupyter"}
    assert not any("0.0.0.0" in line for line in published)
    out = "import socket; socket.create_connection(('deb.debian.org', 80), 5)"
    assert "rror" in cluster.composed("exec", "-T", "kafka", "sh", "-c", f'python3 -c "{out}" 2>&1; true')
