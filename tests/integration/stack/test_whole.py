"""All servers together, as `hitstream stack up` runs them."""

import pytest

from hitstream.stack.status import statuses

pytestmark = [pytest.mark.servers, pytest.mark.slow]
SMALL_MEBIBYTES = 4500


def test_everything_comes_back_after_everything_was_killed(stack):
    names = stack.up()
    assert {row.name: row.state for row in statuses(stack)} == dict.fromkeys(names, "up")
    assert sum(row.memory for row in statuses(stack)) < SMALL_MEBIBYTES
    for name in names:
        stack.kill(name)
    assert {row.state for row in statuses(stack)} == {"died"}
    stack.up()
    assert {row.name: row.state for row in statuses(stack)} == dict.fromkeys(names, "up")
