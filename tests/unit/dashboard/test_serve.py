import os
import socket
from pathlib import Path

import pytest
from fake_query import FakeQuery, StoppedClock
from serving import served

from hitstream.dashboard.address import ServerAddress
from hitstream.dashboard.app import Settings, build
from hitstream.dashboard.serve import serve
from hitstream.errors import ConfigError, Retryable
from hitstream.ports import holder


def test_it_serves_on_a_free_port_and_answers_nobody_once_it_has_stopped() -> None:
    with served(FakeQuery()) as site:
        assert site.get("/healthz").status == 200
    with pytest.raises(ConnectionRefusedError):
        site.get("/healthz")


def test_the_first_page_asked_for_comes_with_its_scripts_whichever_it_is() -> None:
    with served(FakeQuery()) as site:
        page = site.get("/errors").text
    assert "/dash_mantine_components." in page
    assert "/assets/drawn.js" in page
    assert "/dash_ag_grid" not in page  # a megabyte that one page loads by itself


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])
def test_it_does_not_listen_to_others_and_says_how_to_reach_it(host: str) -> None:
    with pytest.raises(ConfigError, match=r"ssh -L 8050:127\.0\.0\.1:8050"):
        serve(build(FakeQuery().open, StoppedClock(), Settings()), ServerAddress(host))


def test_a_port_in_use_is_named_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Retryable) as raised:
            serve(build(FakeQuery().open, StoppedClock(), Settings()), ServerAddress(port=port))
    assert f"Port {port} of 127.0.0.1 is in use by" in raised.value.message
    assert f"(process {os.getpid()})" in raised.value.message
    assert "--port" in raised.value.hint


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="99999"):
        serve(build(FakeQuery().open, StoppedClock(), Settings()), ServerAddress(port=99999))


def test_a_holder_that_cannot_be_told_is_not_made_up(tmp_path: Path) -> None:
    assert holder(80, tmp_path) is None
