"""One stack of real servers for all tests of a session; each test starts what it needs of it."""

from collections.abc import Iterator

import pytest

from hitstream.stack.fetch import cache
from hitstream.stack.lifecycle import Stack, Wishes

SMALL = Wishes(profile="small")


class SmallStack(Stack):
    """A stack of small servers: `stack.up(["kafka"])` costs nothing where Kafka runs."""

    def up(self, only=(), wishes=SMALL):
        return super().up(only, wishes)

    def address(self, server: str, port: str) -> str:
        return "{}:{}".format(*self.instance(server).address(server, port))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    made = SmallStack(tmp_path_factory.mktemp("stack"), cache(None, offline=True), said=print)
    try:
        yield made
    finally:
        made.down()


@pytest.fixture
def broker(stack: SmallStack) -> str:
    """Return the address of a broker that runs."""
    stack.up(["kafka"])
    return stack.address("kafka", "broker")
