"""The embedded tier as one container: a page with data, and nothing lost to a kill or a new container."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from composed import FILES, Composed, Page, answered, docker, free_port, lines

pytestmark = [pytest.mark.docker, pytest.mark.slow]
FIRST_PAGE = 15.0
"""Seconds from `up`, the image built, to a page with data; held to the work alone, since tests run on busy machines."""
LINES = 20_000
LATER = [
    f"/_dash-component-suites/{path}"
    for path in ("dash/dcc/async-graph.js", "plotly/package_data/plotly.min.js", "dash_ag_grid/async-community.js")
]
"""Scripts that a page asks for when it first has a chart or a table."""
IMAGE_MB = 700
SLIM_MB = 75 + 6
"""What debian:bookworm-slim takes, and OpenSSL, which it lacks and the stand-in of an engine without a registry has."""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("logs")
    made.chmod(0o755)
    (made / "access.log").write_bytes(lines(1, LINES))
    return made


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def composed(logs: Path, port: int) -> Iterator[Composed]:
    made = Composed([FILES / "compose.yaml"], "hitstream-test", {"LOGS": str(logs), "PORT": str(port)})
    made("down", "--volumes")
    try:
        yield made
    finally:
        made("down", "--volumes")


def _page(composed: Composed, port: int) -> Page:
    return Page(port, composed.inside("hitstream", "cat", "/data/password").strip())


def _hits(composed: Composed, port: int, expected: int) -> Page:
    page = answered(lambda: _page(composed, port))
    answered(lambda: page.answer("/totals")["hits"] == expected)
    return page


def test_up_leads_to_a_page_with_data_and_a_kill_or_a_new_container_loses_nothing(
    composed: Composed, port: int, logs: Path
) -> None:
    began = time.monotonic()
    composed("up", "--detach")
    page = _hits(composed, port, LINES)
    took, worked = time.monotonic() - began, composed.seconds_of_work()
    print(f"up to a page with data: {took:.1f} s, {worked:.1f} of them work in the container")
    assert worked < FIRST_PAGE
    scripts = re.findall(r'<script src="([^"]+)"', page.text("/"))
    assert len(scripts) > 5
    assert all(page.text(script) for script in (*scripts, *LATER))

    composed("kill")
    with (logs / "access.log").open("ab") as log:
        log.write(lines(2, LINES))
    composed("up", "--detach")
    _hits(composed, port, 2 * LINES)

    composed("down")
    composed("up", "--detach", "--wait")
    _hits(composed, port, 2 * LINES)
    assert "All agree." in composed("exec", "-T", "hitstream", "sh", "-c", "hitstream audit 2>&1")


def test_the_container_is_held_to_what_it_needs(composed: Composed, port: int) -> None:
    composed("up", "--detach", "--wait")
    assert composed.inside("hitstream", "id", "-u").strip() == "10001"
    for place in ("/opt/hitstream", "/logs", "/var/cache/hitstream"):
        assert "ad-only" in composed("exec", "-T", "hitstream", "sh", "-c", f"touch {place}/x 2>&1; true")
    facts = json.loads(docker("inspect", composed("ps", "--quiet").strip()))[0]
    assert facts["HostConfig"]["CapDrop"] == ["ALL"]
    assert facts["HostConfig"]["PortBindings"] == {"8050/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    password = composed.inside("hitstream", "cat", "/data/password").strip()
    assert not [name for name in facts["Config"]["Env"] if password in name or "PASSWORD=" in name]


def test_the_first_start_compiles_nothing(composed: Composed) -> None:
    composed("up", "--detach", "--wait")
    assert "numba" not in composed("exec", "-T", "hitstream", "sh", "-c", "cat /proc/[0-9]*/maps")


def test_the_image_says_what_is_in_it() -> None:
    labels = json.loads(docker("inspect", "hitstream:0.1.0"))[0]["Config"]["Labels"]
    assert labels["org.opencontainers.image.title"] == "hitstream"
    shown = docker(
        "run", "--rm", "--network", "none", "--entrypoint", "cat", "hitstream:0.1.0", "/usr/share/hitstream.cdx.json"
    )
    parts = {part["name"]: part for part in json.loads(shown)["components"]}
    assert {"deltalake", "numpy", "hitstream", "libc6"} <= set(parts)
    assert all(part["version"] and part["purl"] for part in parts.values())


def test_the_image_is_small() -> None:
    ours, base = (int(docker("inspect", "--format", "{{.Size}}", name)) for name in ("hitstream:0.1.0", _base()))
    print(f"image: {ours / 1e6:.0f} MB, {(ours - base) / 1e6:.0f} of them hitstream's")
    assert (ours - base) / 1e6 <= IMAGE_MB - SLIM_MB


def _base() -> str:
    return os.environ.get("BASE_IMAGE", "debian:bookworm-20251020-slim")
