"""Ranges of addresses, and which addresses are in them: `10.0.0.0/8`, `2001:db8::/32`."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Network = IPv4Network | IPv6Network
IN_NETWORK = "in_network"
"""The SQL function that tells whether a text is an address of a network, both as texts."""
_CACHED = 65_536


def network(text: str) -> Network:
    """Return a range of addresses; bits behind its length count for nothing.

    Raises:
        ValueError: it is none.
    """
    return ip_network(text, strict=False)


def in_network(texts: "pa.Array", wanted: Network) -> "pa.Array":
    """Return which texts are addresses of a network; one of version 4 in the form of version 6 is what it is."""
    import pyarrow as pa

    found = (_address(text) for text in texts.to_pylist())
    return pa.array([address is not None and address in wanted for address in found], pa.bool_())


def register(connection: "duckdb.DuckDBPyConnection") -> None:
    """Let a database know the SQL function."""

    def told(texts: Any, networks: Any) -> Any:  # DuckDB looks the names of types up
        wanted = networks[0].as_py() if len(networks) else "0.0.0.0/32"  # a parameter: the same in all rows
        return in_network(texts, network(wanted))

    connection.create_function(IN_NETWORK, told, ["VARCHAR", "VARCHAR"], "BOOLEAN", type="arrow")  # type: ignore[call-overload]


@lru_cache(_CACHED)
def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
