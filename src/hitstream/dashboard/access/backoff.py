"""How long who gave wrong passwords has to wait: longer each time, and all together a little."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

EVERYBODY = ""
"""Stands for all clients together."""
FORGET = 3600.0
"""Seconds after which a client's failures are forgotten."""
CLIENTS = 10_000
"""Clients that are remembered."""


class BackoffPolicy(NamedTuple):
    """So many failures cost nothing; the next ones 1, 2, 4 … seconds, at most `longest`."""

    free: int
    longest: float


ONE = BackoffPolicy(5, 900.0)
ALL = BackoffPolicy(50, 5.0)
"""Many clients may try together, so all of them wait; but never so long that the owner is locked out."""


@dataclass
class _Failures:
    count: int
    last: float


class Backoff:
    """Remembers failures. Times are seconds, of any clock."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, client: str, now: float) -> float:
        """Return the seconds until a client may try again; 0 if it may now."""
        return max(self._wait(EVERYBODY, ALL, now), self._wait(network(client), ONE, now))

    def failed(self, client: str, now: float) -> None:
        """Note a wrong password."""
        for key in (EVERYBODY, network(client)):
            known = self._failures.get(key)
            if known is None or now - known.last > FORGET:
                known = self._failures[key] = _Failures(0, now)
            known.count, known.last = known.count + 1, now
            self._failures.move_to_end(key)
        self._failures.move_to_end(EVERYBODY)
        while len(self._failures) > CLIENTS:
            self._failures.popitem(last=False)

    def succeeded(self, client: str) -> None:
        """Forget a client's failures."""
        self._failures.pop(network(client), None)

    def _wait(self, key: str, policy: BackoffPolicy, now: float) -> float:
        known = self._failures.get(key)
        if known is None or known.count < policy.free or now - known.last > FORGET:
            return 0.0
        due: float = min(2.0 ** min(known.count - policy.free, 20), policy.longest)
        return max(0.0, known.last + due - now)


def network(client: str) -> str:
    """Return whom an address stands for: itself, or the /64 that one subscriber of IPv6 has."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return client
