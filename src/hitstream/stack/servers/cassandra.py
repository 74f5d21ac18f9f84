"""Apache Cassandra: one node."""

import socket
import struct

from hitstream.errors import Retryable
from hitstream.stack.contract import QUICK, Command, Instance, Javas, Server, Size
from hitstream.stack.versions import version

_SECONDS = 3.0
_PROTOCOL, _ANSWER = 4, 0x84
_OPTIONS, _SUPPORTED = 5, 6
_HEADER = struct.Struct(">BBHBI")
"""A frame's version, flags, stream, opcode, length of the body."""


def command(instance: Instance) -> Command:
    """Run the daemon; its options stand in jvm.options, as Cassandra's own do."""
    agent = next(path for path in instance.jars("cassandra") if path.name.startswith("jamm-"))
    options = (
        f"-Xms{instance.size.heap // 2}m",
        f"@{instance.conf}/jvm.options",
        f"-javaagent:{agent}",
        f"-Dcassandra.config=file://{instance.conf}/cassandra.yaml",
        f"-Dlogback.configurationFile={instance.conf}/logback.xml",
        f"-Dcassandra.storagedir={instance.data}",
        f"-Dcassandra.logdir={instance.logs}",
        f"-Djna.tmpdir={instance.tmp}",
        "-Dcassandra-foreground=yes",
        "-Dcassandra.ring_delay_ms=1",  # nobody else is in the ring
        "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    )
    return instance.jvm("org.apache.cassandra.service.CassandraDaemon", options=options)


def ready(instance: Instance) -> str:
    """Ask which options the server has (native_protocol_v4.spec, 4.1.3: OPTIONS), as a driver does first."""
    with socket.create_connection(instance.address("cassandra", "cql"), _SECONDS) as connection:
        connection.sendall(_HEADER.pack(_PROTOCOL, 0, 0, _OPTIONS, 0))
        with connection.makefile("rb") as answers:
            answer = answers.read(_HEADER.size)
    if len(answer) < _HEADER.size:
        raise Retryable("it closed the connection")
    kind, _, _, opcode, _ = _HEADER.unpack(answer)
    if (kind, opcode) != (_ANSWER, _SUPPORTED):
        raise Retryable(f"it answered with opcode {opcode}")
    return version("cassandra")


CASSANDRA = Server(
    name="cassandra",
    parts=("cassandra",),
    java=Javas(17, 17),
    ports={"cql": 9042, "storage": 7000},
    sizes={
        "small": Size(384, QUICK, {"memtable": "48"}),
        "normal": Size(768, QUICK, {"memtable": "128"}),
    },
    command=command,
    ready=ready,
    addresses={"HITSTREAM_CASSANDRA": "${cassandra_cql}"},
    grace=60.0,
)
