"""One stack of real servers for all tests of a worker; each test starts what it needs of it."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from hitstream.stack.contract import spoken
from hitstream.stack.fetch import cache
from hitstream.stack.lifecycle import Stack, Wishes
from hitstream.stack.servers import SERVERS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BLOCK_PORTS = 50
FIRST_PORT, LAST_PORT = 12_000, 32_000
"""Below what systems give out to clients, so that no connection takes the port of a server that is down."""


class SmallStack(Stack):
    """A stack of small servers: `stack.up(["kafka"])` costs nothing where Kafka runs."""

    small = Wishes(profile="small")

    def up(self, only=(), wishes=None):
        return super().up(only, wishes or self.small)

    def address(self, server: str, port: str) -> str:
        return "{}:{}".format(*self.instance(server).address(server, port))


@pytest.fixture(scope="session")
def small() -> Iterator[Callable[[], Wishes]]:
    """Return what makes wishes for a small stack on ports that no other stack of a test has, also while it is down."""
    with ExitStack() as held:

        def wishes() -> Wishes:
            first = next(first for first in range(FIRST_PORT, LAST_PORT, BLOCK_PORTS) if _hold(first, held))
            names = [spoken(server.name, name) for server in SERVERS.values() for name in server.ports]
            assert len(names) < BLOCK_PORTS
            return Wishes(profile="small", ports={name: first + 1 + place for place, name in enumerate(names)})

        yield wishes


def _hold(port: int, held: ExitStack) -> bool:
    """Claim a block by listening on its first port; tell whether nobody else does."""
    try:
        held.enter_context(socket.create_server(("127.0.0.1", port)))
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, small: Callable[[], Wishes]) -> Iterator[SmallStack]:
    made = SmallStack(tmp_path_factory.mktemp("stack"), cache(None, offline=True), said=print)
    made.small = small()
    try:
        yield made
    finally:
        made.down()


@pytest.fixture(scope="session")
def spark_driver(stack: SmallStack) -> "Iterator[SparkSession]":
    """Yield a session that takes half of the places of Spark's worker: its start takes longer than most tests."""
    from hitstream.engine.spark.session import open_session

    stack.up(["spark-worker"])
    os.environ |= stack.environment()
    made = open_session(f"spark://{stack.address('spark-master', 'rpc')}", "tests of the stream")
    yield made
    made.stop()


@pytest.fixture
def session(spark_driver: "SparkSession", stack: SmallStack) -> "SparkSession":
    """Return the session of a worker's tests, and the servers of a stream up."""
    from laboratory import SERVERS

    stack.up(SERVERS)
    return spark_driver


@pytest.fixture
def broker(stack: SmallStack) -> str:
    """Return the address of a broker that runs."""
    stack.up(["kafka"])
    return stack.address("kafka", "broker")
