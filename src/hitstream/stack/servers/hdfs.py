"""HDFS: a NameNode, which knows the files, and a DataNode, which holds them."""

import getpass
import secrets
import shutil
from collections.abc import Mapping
from urllib.parse import quote

from hitstream.errors import Retryable
from hitstream.stack.contract import Instance, Javas, Server, Size
from hitstream.stack.process import complete
from hitstream.stack.versions import version
from hitstream.stack.web import ask, ask_json

_NAMENODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
_DATANODE = "org.apache.hadoop.hdfs.server.datanode.DataNode"
_PROBE = ".ready"


def values(instance: Instance) -> Mapping[str, str]:
    """Say who runs HDFS, and what its files need bare of a port or a host."""
    host, _ = instance.address("datanode", "data")
    _, proxy = instance.address("datanode", "proxy")
    return {"user": getpass.getuser(), "datanode_host": host, "datanode_proxy_port": str(proxy)}


def prepare(instance: Instance) -> None:
    """Format the NameNode's directory where that was not done yet; a format that was cut off is done again."""
    done, made = instance.data / "name", instance.data / "name.new"
    if done.exists():
        return
    shutil.rmtree(made, ignore_errors=True)
    complete(instance, instance.jvm(_NAMENODE, "-D", f"dfs.namenode.name.dir=file://{made}", "-format"))
    made.rename(done)


def knows_files(instance: Instance) -> str:
    """Ask the NameNode for the root directory. It may still wait for the DataNode, which needs it to be there."""
    _asked(instance, "", "GETFILESTATUS")
    return version("hdfs")


def holds_files(instance: Instance) -> str:
    """Write a small file and read it back (WebHDFS: the NameNode says where, the DataNode takes and gives).

    Raises:
        Retryable: what came back is not what was written.
    """
    written = secrets.token_hex(8).encode()
    ask(_where(instance, "CREATE&overwrite=true", "PUT"), "PUT", written)
    if ask(_where(instance, "OPEN", "GET")) != written:
        raise Retryable("what was read is not what was written")
    return version("hdfs")


def _where(instance: Instance, operation: str, method: str) -> str:
    return str(_asked(instance, _PROBE, f"{operation}&noredirect=true", method)["Location"])


def _asked(instance: Instance, path: str, operation: str, method: str = "GET") -> Mapping[str, object]:
    question = f"/webhdfs/v1/{path}?user.name={quote(getpass.getuser())}&op={operation}"
    return ask_json(instance.address("namenode", "http"), question, method)


NAMENODE = Server(
    name="namenode",
    conf="hdfs",
    parts=("hdfs",),
    java=Javas(17, 25),
    ports={"rpc": 8020, "http": 9870},
    sizes={"small": Size(96), "normal": Size(256)},
    values=values,
    prepare=prepare,
    command=lambda instance: instance.jvm(_NAMENODE),
    ready=knows_files,
    addresses={"HITSTREAM_HDFS": "hdfs://${namenode_rpc}"},
)
DATANODE = Server(
    name="datanode",
    conf="hdfs",
    parts=("hdfs",),
    java=Javas(17, 25),
    ports={"data": 9866, "ipc": 9867, "http": 9864, "proxy": 9865},
    sizes={"small": Size(96), "normal": Size(256)},
    values=values,
    command=lambda instance: instance.jvm(_DATANODE),
    ready=holds_files,
    needs=("namenode",),
)
