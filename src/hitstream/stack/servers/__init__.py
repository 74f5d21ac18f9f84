"""The table of servers, in the order in which people speak of them."""

from hitstream.stack.contract import Server
from hitstream.stack.servers.cassandra import CASSANDRA
from hitstream.stack.servers.hdfs import DATANODE, NAMENODE
from hitstream.stack.servers.kafka import KAFKA
from hitstream.stack.servers.nifi import NIFI
from hitstream.stack.servers.spark import MASTER, WORKER

_TABLE = (KAFKA, CASSANDRA, NAMENODE, DATANODE, NIFI, MASTER, WORKER)
SERVERS: dict[str, Server] = {server.name: server for server in _TABLE}

__all__ = ["SERVERS"]
