"""The table of servers, in the order in which people speak of them."""

from hitstream.stack.contract import Server
from hitstream.stack.servers.cassandra import CASSANDRA
from hitstream.stack.servers.kafka import KAFKA

SERVERS: dict[str, Server] = {server.name: server for server in (KAFKA, CASSANDRA)}

__all__ = ["SERVERS"]
