"""Which of the addresses that a line has is the client: the peer that connected, or one that proxies passed on.

A rule is written before a format, `client=last: combined`; `client=behind(10.0.0.0/8,::1/128): combined` names the
networks whose addresses are trusted. So it is kept with the format of a log and travels with its lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from hitstream.errors import ConfigError
from hitstream.parse.clients import clients_in

PEER, FIRST, LAST, BEHIND = RULES = ("peer", "first", "last", "behind")
FORWARDED_NAMES = ("forwardedfor", "xforwardfor", "xforwarded", "xff", "realip", "trueclientip", "connectingip")
"""How the names end, without case and signs, of what proxies pass on."""
FORWARDED = "forwarded"
"""The column of what proxies passed on, where a rule looks at it; the client is chosen of it and of the host."""
_WRITTEN = re.compile(r"\s*client=(?P<which>\w+)(?:\((?P<trusted>[^)]*)\))?:(?:\s+|\Z)")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class ClientRule:
    """Which address is the client, as `set_real_ip_from` with `real_ip_recursive` of nginx has it for `behind`.

    * `peer`: the address that connected; what proxies passed on only where that is not known. Of a list, the first.
    * `first`, `last`: that of the list which proxies passed on (X-Forwarded-For); the peer where there is none.
    * `behind`: of that list and the peer after it, the right-most that is not in `trusted`. Where all are, the first.
      An address left of one that cannot be read is not believed.
    """

    which: str = PEER
    trusted: tuple[Network, ...] = ()

    @property
    def prefix(self) -> str:
        """What stands before a format to say this rule; nothing for `peer`."""
        if self.which == PEER:
            return ""
        networks = f"({','.join(map(str, self.trusted))})" if self.trusted else ""
        return f"client={self.which}{networks}: "

    def choose(self, peer: str | None, forwarded: str | None) -> str:
        """Return the client of a hit, given the texts of what `clients.read_client` found there, at least one."""
        peers, passed_on = ((clients_in(text) if text else ()) for text in (peer, forwarded))
        if self.which == BEHIND:
            return self._behind([*passed_on, *peers])
        known = [name for name in passed_on if name]
        if self.which == PEER or not known:
            known = [name for name in peers if name] or known
        return known[-1 if self.which == LAST else 0]

    def _behind(self, chain: Sequence[str | None]) -> str:
        client = ""
        for name in reversed(chain):
            if name is None and client:
                break
            client = name or client
            if name and not self._is_trusted(name):
                break
        return client

    def _is_trusted(self, name: str) -> bool:
        return _is_within(name, self.trusted)


BY_PEER = ClientRule()


def make_rule(which: str | None, trusted: str = "") -> ClientRule | None:
    """Return the rule that settings name; None where they name none. Networks alone mean `behind`.

    Raises:
        ConfigError: there is no such rule, or a network that is none; `behind` without networks, or the reverse.
    """
    networks = tuple(_network(word) for word in trusted.replace(",", " ").split())
    which = which or (BEHIND if networks else None)
    if which is None:
        return None
    if which not in RULES:
        raise ConfigError(f"client: there is no rule {which[:40]!r}.", f"Rules: {', '.join(RULES)}.")
    if which == BEHIND and not networks:
        raise ConfigError(
            "client=behind needs to know which proxies are trusted.",
            "Name their networks: --trusted-proxies 10.0.0.0/8,192.0.2.7.",
        )
    return ClientRule(which, networks if which == BEHIND else ())


def split_rule(text: str) -> tuple[ClientRule | None, str]:
    """Return the rule that a format names before its text, and that text.

    Raises:
        ConfigError: see `make_rule`.
    """
    found = _WRITTEN.match(text)
    if not found:
        return None, text
    return make_rule(found["which"], found["trusted"] or ""), text[found.end() :]


def with_rule(log_format: str | None, which: str | None, trusted: str) -> str | None:
    """Return a format that is given, or the empty one where it is to be detected, behind the rule that settings name.

    Raises:
        ConfigError: see `make_rule`.
    """
    rule = make_rule(which, trusted)
    if rule is None:
        return log_format
    return (rule.prefix or f"client={PEER}: ") + split_rule(log_format or "")[1]


def has_format(log_format: str | None) -> bool:
    """Tell whether a format is given, not only a rule of clients."""
    return bool(split_rule(log_format or "")[1])


@lru_cache(maxsize=1 << 16)
def _is_within(name: str, networks: tuple[Network, ...]) -> bool:
    try:
        address: IPv4Address | IPv6Address = ip_address(name)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _network(word: str) -> Network:
    try:
        return ip_network(word, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"trusted_proxies: {word[:60]!r} is no network.", "Write addresses or networks: 10.0.0.0/8, 2001:db8::/32."
        ) from error
