"""A connection to Cassandra: statements one by one or many at a time, and what its errors mean.

Every write names its whole key and all of its values, and lightweight transactions only ever go forward. So whatever
timed out is sent again: it may have happened, and once more changes nothing.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from hitstream.clock import SystemClock
from hitstream.errors import ConfigError
from hitstream.store.cassandra.driver import SECONDS, cluster, explained, is_busy

PORT = 9042
CONSISTENCIES = ("ONE", "LOCAL_ONE", "LOCAL_QUORUM", "QUORUM", "EACH_QUORUM", "ALL")
IN_FLIGHT = 32
"""Statements that are under way at the same time."""

_BUSY = 0.005
"""Seconds until what a full socket did not take is tried again."""
_BATCH_ROWS = 64
_BATCH_BYTES = 128 << 10
"""What is sent together, all of one partition: far below the half of a commit log's segment that Cassandra takes."""

Values = tuple[Any, ...]


@dataclass(frozen=True)
class CassandraConfig:
    """Where Cassandra is, what is asked of it, and how: the settings of these names."""

    cassandra: str
    keyspace: str
    consistency: str = "LOCAL_QUORUM"
    points: list[tuple[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        if not self.keyspace.isidentifier() or not self.keyspace.isascii() or self.keyspace != self.keyspace.lower():
            raise ConfigError(
                f"A keyspace cannot be named {self.keyspace!r}.", "Use a-z, digits and _ in --keyspace, a letter first."
            )
        if self.consistency not in CONSISTENCIES:
            raise ConfigError(
                f"There is no consistency {self.consistency!r}.", f"Consistencies: {', '.join(CONSISTENCIES)}."
            )
        object.__setattr__(self, "points", [_point(text) for text in self.cassandra.split(",")])


def _point(text: str) -> tuple[str, int]:
    host, _, port = text.strip().partition(":")
    if not host or not (port or str(PORT)).isdecimal():
        raise ConfigError(f"{text!r} is no address of Cassandra.", "Write --cassandra HOST:PORT[,HOST:PORT].")
    return host, int(port or PORT)


class Connection:
    """Statements on one keyspace, whose tables are named `@table`. May be shared by threads, not by processes."""

    def __init__(self, address: CassandraConfig) -> None:
        """Connect. Every method raises ConfigError where the keyspace has not what it asks for.

        Raises:
            ConfigError: it wants a password.
            Retryable: Cassandra does not answer.
        """
        self.address = address
        self._alone = threading.Lock()
        self._prepared: dict[str, Any] = {}
        self._cluster = cluster(address.points, address.consistency)
        try:
            with self._explained():
                self._session = self._cluster.connect()
        except BaseException:
            self._cluster.shutdown()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._cluster.shutdown()

    def read(self, cql: str, *values: object) -> list[Any]:
        """Return all rows of a query."""
        with self._explained():
            return list(self._session.execute(self._bound(cql, values)))

    def read_many(self, cql: str, asked: Iterable[Values], rows: int = 5000) -> list[list[Any]]:
        """Return the rows of a query for each tuple of values; `rows` come in one piece."""
        with self._explained():
            return [list(answer) for answer in self._answers(self._bound(cql, values, rows) for values in asked)]

    def write(self, cql: str, *values: object) -> None:
        """Run a statement."""
        self.write_each(cql, [values])

    def write_each(self, cql: str, rows: Iterable[Values]) -> None:
        """Run a statement for every tuple of values, many at a time; return when all have happened."""
        with self._explained():
            deque(self._answers(self._bound(cql, values) for values in rows), 0)

    def write_together(self, cql: str, partitions: Iterable[Sequence[Values]]) -> None:
        """Run a statement for every tuple of values, those of a partition together; return when all have happened.

        None leaves a column as it is, and so makes no tombstone.
        """
        with self._explained():
            deque(self._answers(self._batch(cql, lot) for rows in partitions for lot in _lots(rows)), 0)

    def decide(self, cql: str, *values: object) -> bool:
        """Run a lightweight transaction; return whether its condition held.

        After a time-out it is run again: it may then find that it has happened already.
        """
        with self._explained():
            return bool(self._session.execute(self._bound(cql, values)).was_applied)

    def make(self, cql: str) -> None:
        """Run a statement that changes the schema."""
        with self._explained():
            self._session.execute(self._named(cql), timeout=4 * SECONDS)

    def _named(self, cql: str) -> str:
        """Return a statement with the names of its tables in full: what is prepared belongs to no keyspace in use."""
        return cql.replace("@", f"{self.address.keyspace}.")

    def meta(self, key: str) -> str | None:
        """Return a value of the table `meta`, None where there is none."""
        rows = self.read("SELECT value FROM @meta WHERE key = ?", key)
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: object) -> None:
        """Keep a value, as text, in the table `meta`."""
        self.write("INSERT INTO @meta (key, value) VALUES (?, ?)", key, str(value))

    def _answers(self, statements: Iterable[Any]) -> Iterator[Any]:
        """Yield the answers to statements in their order, several being under way."""
        waiting: deque[tuple[Any, Any]] = deque()
        for statement in statements:
            waiting.append((statement, self._session.execute_async(statement)))
            if len(waiting) == IN_FLIGHT:
                yield self._answer(*waiting.popleft())
        while waiting:
            yield self._answer(*waiting.popleft())

    def _answer(self, statement: Any, sent: Any) -> Any:
        from cassandra.cluster import NoHostAvailable

        for _ in range(int(SECONDS / _BUSY)):
            try:
                return sent.result()
            except NoHostAvailable as problem:
                if not is_busy(problem):
                    raise
            SystemClock().sleep(_BUSY)
            sent = self._session.execute_async(statement)
        return sent.result()

    def _bound(self, cql: str, values: Sequence[object], rows: int | None = None) -> Any:
        statement = self._statement(cql).bind(values)
        if rows is not None:
            statement.fetch_size = rows
        return statement

    def _statement(self, cql: str) -> Any:
        with self._alone:
            if cql not in self._prepared:
                self._prepared[cql] = self._session.prepare(self._named(cql))
                self._prepared[cql].is_idempotent = True
            return self._prepared[cql]

    def _batch(self, cql: str, rows: Sequence[Values]) -> Any:
        from cassandra.query import UNSET_VALUE, BatchStatement, BatchType

        set_only = [tuple(UNSET_VALUE if value is None else value for value in values) for values in rows]
        if len(rows) == 1:
            return self._bound(cql, set_only[0])
        batch = BatchStatement(BatchType.UNLOGGED)
        batch.is_idempotent = True
        for values in set_only:
            batch.add(self._statement(cql), values)
        return batch

    def _explained(self) -> AbstractContextManager[None]:
        return explained(self.address.cassandra, self.address.keyspace)


def _lots(rows: Sequence[Values]) -> Iterator[list[Values]]:
    """Yield rows in lots that may be sent together."""
    lot: list[Values] = []
    weight = 0
    for row in rows:
        more = sum(len(value) for value in row if isinstance(value, bytes))
        if lot and (len(lot) == _BATCH_ROWS or weight + more > _BATCH_BYTES):
            yield lot
            lot, weight = [], 0
        lot.append(row)
        weight += more
    if lot:
        yield lot
