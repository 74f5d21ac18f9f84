"""What the stack must know of a server: a row of the table `SERVERS`, and the instance of it that runs.

A row is made of data and of four functions of an instance: what to do before a start, the command, whether it
answers, and what else its configuration files need. Everything else (Java, jars, ports, files, processes) is the
same for all servers, and is done for them.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

LOOPBACK = "127.0.0.1"
Profile = Literal["small", "normal"]
QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Options of a JVM that shall start soon and stay small: the simple collector, the quick compiler alone."""


class Command(NamedTuple):
    """A program with its arguments, and the environment that it gets besides the caller's."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = {}


class Size(NamedTuple):
    """How large a server is in one profile: its heap in MiB, and the JVM options that go with it."""

    heap: int
    options: tuple[str, ...] = QUICK
    values: Mapping[str, str] = {}
    """What else the configuration files say by size, by the name of the placeholder."""


class Javas(NamedTuple):
    """The major versions of Java that a server runs on."""

    least: int
    most: int


def spoken(server: str, port: str) -> str:
    """Return the name of a server's port in placeholders and options: SERVER_NAME, a hyphen written as underscore."""
    return f"{server.replace('-', '_')}_{port}"


def nothing(_: "Instance") -> None:
    """Prepare nothing."""


def no_values(_: "Instance") -> Mapping[str, str]:
    """Add no placeholders."""
    return {}


@dataclass(frozen=True)
class Server:
    """One kind of server."""

    name: str
    parts: tuple[str, ...]
    """Groups of jars in versions.toml that must be there; those of the first are its class path."""
    java: Javas
    ports: Mapping[str, int]
    """Name → default. Files and other servers call one `${SERVER_NAME}`, which is `host:port`."""
    sizes: Mapping[Profile, Size]
    command: Callable[["Instance"], Command]
    ready: Callable[["Instance"], str]
    """Ask the server in its own protocol and return its version; raise Retryable, or OSError, while it does not answer.
    Must return within a few seconds, and be cheap: it is asked again and again."""
    needs: tuple[str, ...] = ()
    """Servers that must be ready before this one starts."""
    conf: str = ""
    """Folder of deploy/conf whose files are its configuration; its name where empty."""
    prepare: Callable[["Instance"], None] = nothing
    """What must be done before a start, such as formatting; called before each, so it looks first."""
    values: Callable[["Instance"], Mapping[str, str]] = no_values
    """Placeholders that its files need besides those of `Instance.placeholders`."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """What `hitstream stack env` exports: variable → text with placeholders."""
    grace: float = 20.0
    """Seconds from SIGTERM to SIGKILL; enough to save everything."""
    patience: float = 240.0
    """Seconds after a start in which it must be ready; generous, for a slow and busy machine."""


@dataclass(frozen=True)
class Instance:
    """A server of one stack: where it lives, what it listens on, with which Java and jars it runs."""

    server: Server
    home: Path
    """Its own directory, absolute: conf/, data/, logs/ and tmp/ stand in it."""
    profile: Profile
    java: Path
    """Home of the JDK chosen for it."""
    jars: Callable[[str], tuple[Path, ...]]
    """Part of versions.toml → the jars of it, in the order of the lock."""
    ports: Mapping[str, Mapping[str, int]]
    """Server → name of the port → number, for all servers of the stack."""
    listen: str = LOOPBACK
    """The address that it binds to."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Server → where others reach it; loopback where not named."""
    foreground: bool = False
    """Whether it runs in the foreground, as in a container: then it logs to the console instead of a file."""

    @property
    def conf(self) -> Path:
        """Its configuration files, written anew before each start."""
        return self.home / "conf"

    @property
    def data(self) -> Path:
        """What it must not lose."""
        return self.home / "data"

    @property
    def logs(self) -> Path:
        """What it writes about itself."""
        return self.home / "logs"

    @property
    def log(self) -> Path:
        """The file that its logging configuration must write, and turn over by size."""
        return self.logs / f"{self.server.name}.log"

    @property
    def tmp(self) -> Path:
        """What it may lose with its process; emptied before each start."""
        return self.home / "tmp"

    @property
    def size(self) -> Size:
        """Its size in the profile of the stack."""
        return self.server.sizes[self.profile]

    def port(self, name: str) -> int:
        """Return the number of one of its own ports."""
        return self.ports[self.server.name][name]

    def address(self, server: str, port: str) -> tuple[str, int]:
        """Return host and number of any server's port, as a socket takes them."""
        return self.hosts.get(server, LOOPBACK), self.ports[server][port]

    def placeholders(self) -> dict[str, str]:
        """Return what `${...}` means in its configuration files.

        `name`, `listen`, `host` (where others reach it), `conf`, `data`, `logs`, `log`, `tmp`, `heap` (MiB), `appender`
        (`file` or `console`: where it logs to), `port_NAME` for its own ports, `SERVER_NAME` (host:port) for every port
        of the stack, the values of its size, and those of the row.
        """
        found = {"name": self.server.name, "listen": self.listen, "host": self.hosts.get(self.server.name, LOOPBACK)}
        found |= {"heap": str(self.size.heap), "appender": "console" if self.foreground else "file"}
        found |= {name: str(getattr(self, name)) for name in ("conf", "data", "logs", "log", "tmp")}
        found |= {f"port_{name}": str(number) for name, number in self.ports[self.server.name].items()}
        for server, ports in self.ports.items():
            found |= {spoken(server, name): "{}:{}".format(*self.address(server, name)) for name in ports}
        return {**found, **self.size.values, **self.server.values(self)}

    def jvm(self, main: str, *arguments: str, options: tuple[str, ...] = (), heap: int | None = None) -> Command:
        """Return the command that runs a class of its jars, with its heap unless another is given (MiB)."""
        heap = heap or self.size.heap
        line = (
            str(self.java / "bin" / "java"),
            f"-Xmx{heap}m",
            *self.size.options,
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "-Djava.net.preferIPv4Stack=true",
            f"-Djava.io.tmpdir={self.tmp}",
            f"-XX:ErrorFile={self.logs}/hs_err_%p.log",
            *options,
            main,
            *arguments,
        )
        jars = os.pathsep.join(str(path) for path in (self.conf, *self.jars(self.server.parts[0])))
        return Command(line, {"CLASSPATH": jars, "JAVA_HOME": str(self.java)})
