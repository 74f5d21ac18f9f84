"""Which ports the servers of a stack listen on: asked for, remembered, the default, or the next free one."""

from collections.abc import Collection, Iterable, Mapping

from hitstream import ports
from hitstream.errors import ConfigError, Retryable
from hitstream.stack.contract import Server, spoken

Ports = dict[str, dict[str, int]]
"""Server → name of the port → number."""
_LAST = 65535


def allocate(
    servers: Iterable[Server],
    remembered: Ports,
    asked: Mapping[str, int],
    fixed: Collection[str],
    starting: Collection[str],
) -> Ports:
    """Return a port for each name of each server.

    Those of servers in `fixed` stay as remembered (else as the default): others wrote them down. `asked` is given as
    SERVER_NAME → number. Ports of servers in `starting` must be free.

    Raises:
        ConfigError: a port is asked for that no server has.
        Retryable: a port that cannot be another is in use; the message says by whom.
    """
    servers = tuple(servers)
    names = {spoken(server.name, name) for server in servers for name in server.ports}
    if unknown := sorted(set(asked) - names):
        raise ConfigError(f"There is no port {unknown[0]!r}.", f"Ports: {', '.join(sorted(names))}.")
    given = _given(servers, remembered, asked, fixed)
    for server in servers:
        for name in server.ports if server.name in starting else ():
            if (number := given.get(spoken(server.name, name))) is not None:
                _check(server.name, name, number)
    taken = set(given.values()) | {number for server in servers for number in server.ports.values()}
    found: Ports = {}
    for server in servers:
        for name, default in server.ports.items():
            number = given.get(spoken(server.name, name)) or _next(default, taken)
            taken.add(number)
            found.setdefault(server.name, {})[name] = number
    return found


def _given(
    servers: Iterable[Server], remembered: Ports, asked: Mapping[str, int], fixed: Collection[str]
) -> dict[str, int]:
    given = {}
    for server in servers:
        known = remembered.get(server.name, {})
        for name, default in server.ports.items():
            key = spoken(server.name, name)
            if key in asked:
                given[key] = asked[key]
            elif server.name in fixed:
                given[key] = known.get(name, default)
    return given


def _check(server: str, name: str, number: int) -> None:
    if not ports.is_free(number):
        by = ports.holder(number)
        raise Retryable(
            f"Port {number}, which {server} needs, is in use{f' by {by}' if by else ''}.",
            f"End that, or choose another with --port {spoken(server, name)}=NUMBER.",
        )


def _next(default: int, taken: Collection[int]) -> int:
    """Return the default where it is free, else the next port that is free and no server's default."""
    if ports.is_free(default):
        return default
    return next(port for port in range(default + 1, _LAST) if port not in taken and ports.is_free(port))
