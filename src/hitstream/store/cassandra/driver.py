"""The driver of Cassandra: how it is set up, and what its errors mean."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hitstream.errors import ConfigError, Fatal, HitstreamError, Retryable

SECONDS = 30.0
"""How long an answer may take."""

_TRIES = 4
_PROTOCOL = 5
_RECONNECTED_AFTER = 0.5, 8.0
"""Seconds until a node that was away is tried again, at first and at the most."""


def cluster(points: Sequence[tuple[str, int]], consistency: str) -> Any:
    """Return what connects to a cluster, of which nothing has been asked yet.

    Raises:
        ConfigError: the driver is not installed.
    """
    try:
        import cassandra  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"Cassandra's client is not installed: {error}.", "Install it: pip install 'hitstream[cluster]'."
        ) from error
    from cassandra import ConsistencyLevel
    from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
    from cassandra.policies import DCAwareRoundRobinPolicy, ExponentialReconnectionPolicy, TokenAwarePolicy
    from cassandra.query import tuple_factory

    profile = ExecutionProfile(
        TokenAwarePolicy(DCAwareRoundRobinPolicy()),
        consistency_level=ConsistencyLevel.name_to_value[consistency],
        serial_consistency_level=ConsistencyLevel.SERIAL,
        retry_policy=retry_policy(),
        row_factory=tuple_factory,
        request_timeout=SECONDS,
    )
    return Cluster(
        points,
        protocol_version=_PROTOCOL,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        connect_timeout=SECONDS,  # the driver's own, 5 and 2 seconds, are too few for a node that is busy
        control_connection_timeout=SECONDS,
        reconnection_policy=ExponentialReconnectionPolicy(*_RECONNECTED_AFTER),
    )


def retry_policy() -> Any:
    """Return the policy that asks again, since everything that is sent may be sent twice."""
    from cassandra.policies import RetryPolicy

    class IdempotentRetryPolicy(RetryPolicy):  # type: ignore[misc]
        def on_read_timeout(self, _query: Any, consistency: int, *, retry_num: int, **_: Any) -> tuple[int, int | None]:
            return (self.RETRY, consistency) if retry_num < _TRIES else (self.RETHROW, None)

        def on_unavailable(self, _query: Any, consistency: int, *, retry_num: int, **_: Any) -> tuple[int, int | None]:
            return (self.RETRY_NEXT_HOST, consistency) if retry_num < _TRIES else (self.RETHROW, None)

        on_write_timeout = on_read_timeout
        on_request_error = on_unavailable

    return IdempotentRetryPolicy()


@contextmanager
def explained(hosts: str, keyspace: str) -> Iterator[None]:
    """Turn the driver's errors into ours."""
    from cassandra import DriverException
    from cassandra.cluster import NoHostAvailable
    from cassandra.protocol import ErrorMessage

    try:
        yield
    except (DriverException, NoHostAvailable, ErrorMessage, OSError) as problem:
        raise _explain(hosts, keyspace, problem) from problem


def is_busy(problem: Exception) -> bool:
    """Tell whether the driver gave a statement back because the socket does not take it yet."""
    from cassandra.connection import ConnectionBusy

    return any(isinstance(reason, ConnectionBusy) for reason in _reasons(problem))


def _reasons(problem: Exception) -> list[Exception]:
    """Return why each host could not be asked."""
    errors = getattr(problem, "errors", None)
    return list(errors.values()) if isinstance(errors, dict) else []


def _explain(hosts: str, keyspace: str, problem: Exception) -> HitstreamError:
    from cassandra import AuthenticationFailed, InvalidRequest, OperationTimedOut, RequestExecutionException
    from cassandra.cluster import NoHostAvailable
    from cassandra.protocol import ErrorMessage

    where = f"Cassandra at {hosts}"
    for reason in (problem, *_reasons(problem)):
        if isinstance(reason, InvalidRequest) and ("does not exist" in str(reason) or "unconfigured" in str(reason)):
            return ConfigError(
                f"{where} has no data of hitstream in the keyspace {keyspace} ({_said(reason)}).",
                "Run `hitstream schema apply`, or name another with --keyspace.",
            )
        if isinstance(reason, AuthenticationFailed):
            return ConfigError(
                f"{where} lets nobody in without a name ({_said(reason)}).", "hitstream has none to give."
            )
    if isinstance(problem, (NoHostAvailable, OperationTimedOut, RequestExecutionException, ErrorMessage, OSError)):
        return Retryable(
            f"{where} does not answer ({_said(problem)}).",
            "Look whether it runs and whether --cassandra names it: `hitstream stack status`.",
        )
    return Fatal(f"{where}: {_said(problem)}.", "Look into its log; then run the same command again.")


def _said(problem: Exception) -> str:
    return f"{type(problem).__name__}: {' '.join(str(problem).split())[:300]}"
