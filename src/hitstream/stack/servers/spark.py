"""Spark's standalone cluster: a master, which gives out places, and a worker, which runs executors in them.

Spark itself is the Python package pyspark, which has no scripts that start daemons: their classes are run as they are.
"""

import os
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from hitstream.errors import ConfigError, Retryable
from hitstream.stack.contract import Command, Instance, Javas, Profile, Server, Size
from hitstream.stack.versions import version
from hitstream.stack.web import ask_json

_SCALA = "2.13"
"""Of the connectors in versions.toml. Named, because a worker that is not told looks for a source tree of Spark."""
_PLACES = 4
"""Cores that the worker offers, whatever the machine has: two applications of two at a time."""


def spark_home() -> Path:
    """Return the directory of the package pyspark.

    Raises:
        ConfigError: it is not installed, or is another version than its connectors are made for.
    """
    wanted = version("spark")
    try:
        found = distribution("pyspark")
    except PackageNotFoundError:
        raise ConfigError("Spark is not installed.", "Install it: pip install 'hitstream[cluster]'.") from None
    if found.version != wanted:
        message = f"pyspark {found.version} is installed, and the connectors are for {wanted}."
        raise ConfigError(message, f"Install that: pip install pyspark=={wanted}.")
    return Path(str(found.locate_file("pyspark")))


def values(instance: Instance) -> Mapping[str, str]:
    """Name the jars of jobs where they are, as files that every machine has in the same place; and what runs jobs."""
    jars = ",".join(f"local:{path}" for path in instance.jars("spark"))
    return {"spark_jars": jars, "java": str(instance.java), "python": sys.executable}


def master(instance: Instance) -> Command:
    """Run the master; its page is on the port `http`."""
    return _daemon(instance, "master.Master", "--host", instance.address("spark-master", "rpc")[0])


def worker(instance: Instance) -> Command:
    """Run a worker. Its executors' files stand in its directory for data, where their logs can be read."""
    host, _ = instance.address("spark-worker", "rpc")
    size = ("--cores", str(_PLACES), "--memory", f"{instance.size.values['worker_memory']}m")
    home = ("--work-dir", str(instance.data), "spark://{}:{}".format(*instance.address("spark-master", "rpc")))
    return _daemon(instance, "worker.Worker", "--host", host, *size, *home)


def _daemon(instance: Instance, name: str, *arguments: str) -> Command:
    home = spark_home()
    ports = ("--port", str(instance.port("rpc")), "--webui-port", str(instance.port("http")))
    log = f"-Dlog4j2.configurationFile={instance.conf}/log4j2-daemon.properties"  # the other one is that of jobs
    command = instance.jvm(f"org.apache.spark.deploy.{name}", *ports, *arguments, options=(log,))
    return Command(
        command.arguments,
        {
            **command.environment,
            "CLASSPATH": os.pathsep.join((str(instance.conf), str(home / "jars" / "*"))),
            "SPARK_HOME": str(home),
            "SPARK_CONF_DIR": str(instance.conf),
            "SPARK_SCALA_VERSION": _SCALA,
            "SPARK_LOCAL_IP": instance.address(instance.server.name, "rpc")[0],
            "SPARK_LOCAL_DIRS": str(instance.tmp),
            "PYSPARK_PYTHON": sys.executable,
        },
    )


def gives_places(instance: Instance) -> str:
    """Ask the master whether it is past recovering.

    Raises:
        Retryable: not yet.
    """
    _state(instance)
    return version("spark")


def runs_executors(instance: Instance) -> str:
    """Ask the master whether this worker has registered.

    Raises:
        Retryable: not yet.
    """
    here = "{}:{}".format(*instance.address("spark-worker", "rpc"))
    known = {f"{worker['host']}:{worker['port']}": worker["state"] for worker in _state(instance)["workers"]}
    if known.get(here) != "ALIVE":
        raise Retryable("the worker has not registered yet")
    return version("spark")


def _state(instance: Instance) -> Mapping[str, list[Mapping[str, object]]]:
    found = ask_json(instance.address("spark-master", "http"), "/json/")
    if found["status"] != "ALIVE":
        raise Retryable(f"the master is {found['status']}")
    return found


_SIZES: Mapping[Profile, Size] = {
    "small": Size(
        128,
        values={
            "executor_heap": "512",
            "driver_heap": "512",
            "worker_memory": "2048",
            # Its jobs are short: they end before the full compiler has paid for itself.
            "executor_compiler": "-XX:TieredStopAtLevel=1",
        },
    ),
    "normal": Size(
        256,
        values={
            "executor_heap": "1024",
            "driver_heap": "1024",
            "worker_memory": "4096",
            "executor_compiler": "-XX:TieredStopAtLevel=4",
        },
    ),
}

MASTER = Server(
    name="spark-master",
    conf="spark",
    parts=("spark",),
    java=Javas(17, 21),
    ports={"rpc": 7077, "http": 8090},
    sizes=_SIZES,
    values=values,
    command=master,
    ready=gives_places,
    addresses={
        "HITSTREAM_SPARK": "spark://${spark_master_rpc}",
        "SPARK_CONF_DIR": "${conf}",
        "PYSPARK_PYTHON": "${python}",
    },
)
WORKER = Server(
    name="spark-worker",
    conf="spark",
    parts=("spark",),
    java=Javas(17, 21),
    ports={"rpc": 7078, "http": 8091},
    sizes=_SIZES,
    values=values,
    command=worker,
    ready=runs_executors,
    needs=("spark-master",),
)
