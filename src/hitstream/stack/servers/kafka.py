"""Apache Kafka: one process that is broker and controller (KRaft, no ZooKeeper)."""

import base64
import socket
import struct
from uuid import uuid4

from hitstream.errors import Retryable
from hitstream.stack.contract import Command, Instance, Javas, Server, Size
from hitstream.stack.process import complete
from hitstream.stack.versions import version

_SECONDS = 3.0
_METADATA, _VERSION, _CORRELATION = 3, 1, 1
_NO_TOPICS = 0
_LARGEST = 1 << 20


def prepare(instance: Instance) -> None:
    """Format the data directory where that was not done yet."""
    if (instance.data / "meta.properties").exists():
        return
    identity = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
    words = f"--cluster-id={identity}", f"--config={instance.conf / 'server.properties'}"  # it may begin with a dash
    complete(instance, instance.jvm("kafka.tools.StorageTool", "format", *words))


def command(instance: Instance) -> Command:
    """Run broker and controller in one JVM."""
    return instance.jvm("kafka.Kafka", str(instance.conf / "server.properties"))


def ready(instance: Instance) -> str:
    """Ask for metadata (https://kafka.apache.org/protocol#The_Messages_Metadata): ready is who knows a broker."""
    client = b"hitstream"
    body = struct.pack(">hhih", _METADATA, _VERSION, _CORRELATION, len(client)) + client + struct.pack(">i", _NO_TOPICS)
    with socket.create_connection(instance.address("kafka", "broker"), _SECONDS) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        with connection.makefile("rb") as answers:
            (size,) = struct.unpack(">i", answers.read(4).ljust(4, b"\0"))
            answer = answers.read(min(size, _LARGEST))
    if len(answer) < 8 or struct.unpack_from(">i", answer, 4)[0] < 1:
        raise Retryable("no broker has registered yet")
    return version("kafka")


KAFKA = Server(
    name="kafka",
    parts=("kafka",),
    java=Javas(17, 25),
    ports={"broker": 9092, "controller": 9093},
    sizes={"small": Size(256), "normal": Size(512)},
    prepare=prepare,
    command=command,
    ready=ready,
    addresses={"HITSTREAM_KAFKA": "${kafka_broker}"},
)
