"""docs/stack.md says what the table of servers says."""

from pathlib import Path

import pytest

from hitstream.stack import java
from hitstream.stack.servers import SERVERS

TEXT = (Path(__file__).parents[3] / "docs" / "stack.md").read_text()


@pytest.mark.parametrize("server", SERVERS.values(), ids=lambda server: server.name)
def test_every_server_is_documented_as_it_is(server):
    needed = java.needed(server.java).removeprefix("Java ")
    (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| {server.name} | {needed} |")]
    assert all(str(number) in row for number in server.ports.values())
    assert f"| {server.sizes['small'].heap} / {server.sizes['normal'].heap} |" in row
