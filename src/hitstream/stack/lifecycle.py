"""Brings the servers of a stack up and down."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import get_args

from hitstream.errors import ConfigError, Fatal, HitstreamError, Retryable, raise_all
from hitstream.stack import conf, java, order, process, state
from hitstream.stack.allocate import allocate
from hitstream.stack.contract import Instance, Profile, Server
from hitstream.stack.fetch import Cache, cache, fetch
from hitstream.stack.process import Start
from hitstream.stack.servers import SERVERS
from hitstream.stack.state import StackState
from hitstream.stack.telling import last_lines

_LOOK = 0.1


@dataclass(frozen=True)
class Wishes:
    """What the user asks of a stack besides what it remembers."""

    profile: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    """SERVER_NAME → number."""
    listen: str | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Server → where others reach it."""


class Stack:
    """The servers whose data and state stand in one directory."""

    def __init__(
        self,
        directory: Path,
        jars: Cache | None = None,
        templates: Path | None = None,
        servers: Mapping[str, Server] = SERVERS,
        said: Callable[[str], None] = lambda _: None,
        fetched: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        if not find_spec("psutil"):
            raise ConfigError("The packages for servers are not installed.", "pip install 'hitstream[cluster]'")
        self.directory = directory.absolute()
        self.jars = jars or cache(None)
        self.servers = servers
        self._templates = templates
        self._said = said
        self._fetched = fetched
        self._needs = {name: server.needs for name, server in servers.items()}
        self.waiting: dict[str, float] = {}
        """Servers that are waited for, and since when (time.monotonic)."""
        self.stopped = threading.Event()
        """Set to give up waiting."""

    def up(self, only: Collection[str] = (), wishes: Wishes = Wishes()) -> tuple[str, ...]:
        """Start what does not run, of some servers and those they need, and wait until all answer; return their names.

        Raises:
            ConfigError: no such server, no fitting Java, a wrong wish.
            Retryable: a port is in use, jars cannot be fetched, a server does not answer.
            Fatal: a server ended, or could not be prepared.
        """
        names = self._with_needs(only)
        with state.alone(self.directory):
            down = [name for name in names if not self.process(name)]
            jdks = self._javas(down)
            self._end_leftovers(down)
            remembered = self._allocate(wishes, down)
            self._fetch(down)

            def bring_up(name: str) -> None:
                instance = self.instance(name, remembered)
                if name in jdks:
                    self._start(replace(instance, java=jdks[name]))
                self.waiting[name] = time.monotonic()
                try:
                    self._wait(instance, started=name in jdks)
                finally:
                    del self.waiting[name]

            try:
                raise_all(order.side_by_side(names, self._needs, bring_up))
            except KeyboardInterrupt:
                self.stopped.set()
                raise
        return names

    def fetch(self, only: Collection[str] = ()) -> int:
        """Bring the jars of some servers and those they need, start nothing; return how many came."""
        return self._fetch(self._with_needs(only))

    def down(self, only: Collection[str] = ()) -> None:
        """Stop servers, those first that need others; nothing happens to those that do not run."""
        names = self._known(only or self.servers)
        with state.alone(self.directory):
            raise_all(order.side_by_side(names, order.turned(self._needs), self._stop))

    def kill(self, name: str) -> None:
        """End a server by SIGKILL, to try a fault."""
        (name,) = self._known([name])
        if not process.kill(self.home(name)):
            raise ConfigError(f"{name} does not run.", "See `hitstream stack status`.")

    def restart(self, name: str) -> None:
        """Stop a server and start it again."""
        self.down([name])
        self.up([name])

    def run(self, name: str, wishes: Wishes) -> None:
        """Turn this process into a server that logs to the console, as a container wants it; does not return.

        It does not wait for what the server needs, and others' ports are what is remembered or their defaults.
        """
        (name,) = self._known([name])
        with state.alone(self.directory):
            if self.process(name):
                raise Retryable(f"{name} runs already in {self.directory}.", "Stop it with `hitstream stack down`.")
            jdk = self._javas([name])[name]
            self._end_leftovers([name])
            remembered = self._allocate(wishes, [name], fixed=list(self.servers))
            self._fetch([name])
            instance = replace(self.instance(name, remembered), java=jdk, foreground=True)
            self._prepare(instance)
            process.become(instance, instance.server.command(instance))

    def client(self, wishes: Wishes) -> dict[str, str]:
        """Write the files that clients of servers elsewhere read (those of `wishes.hosts`); return their environment.

        Raises:
            ConfigError: no such server, no fitting Java.
        """
        names = self._known(wishes.hosts)
        with state.alone(self.directory):
            jdks = self._javas(names)
            remembered = self._allocate(wishes, [], fixed=list(self.servers))
            for name in names:
                instance = replace(self.instance(name, remembered), java=jdks[name])
                conf.write(instance, conf.templates(self._templates))
        return self.environment()

    def home(self, name: str) -> Path:
        """Return the directory of a server."""
        return self.directory / name

    def remembered(self) -> StackState:
        """Return what the stack remembers.

        Raises:
            ConfigError: there is no stack in the directory.
        """
        if (found := state.load(self.directory)) is None:
            raise ConfigError(
                f"There is no stack in {self.directory}.", "Run `hitstream stack up` first, or name --data."
            )
        return found

    def instance(self, name: str, remembered: StackState | None = None) -> Instance:
        """Return a server of this stack as it was last started.

        Raises:
            ConfigError: there is no stack in the directory, or no such server.
        """
        (name,) = self._known([name])
        now = remembered or self.remembered()
        begun = process.last_start(self.home(name))
        return Instance(
            self.servers[name],
            self.home(name),
            begun.profile if begun else now.profile,
            Path(begun.java if begun else ""),
            self.jars.paths,
            now.ports,
            now.listen,
            now.hosts,
        )

    def environment(self) -> dict[str, str]:
        """Return where clients find the servers, by variable, as `hitstream stack env` prints it."""
        found: dict[str, str] = {}
        for name, server in self.servers.items():
            values = self.instance(name).placeholders() if server.addresses else {}
            found |= {variable: Template(text).substitute(values) for variable, text in server.addresses.items()}
        return found

    def process(self, name: str) -> Start | None:
        """Return the start of a server that runs; None where it does not."""
        begun = process.last_start(self.home(name))
        return begun if process.main(begun) else None

    def _with_needs(self, only: Collection[str]) -> tuple[str, ...]:
        return order.with_needs(self._known(only or self.servers), self._needs)

    def _known(self, names: Collection[str]) -> tuple[str, ...]:
        for name in names:
            if name not in self.servers:
                raise ConfigError(f"There is no server {name!r}.", f"Servers: {', '.join(self.servers)}.")
        return tuple(names)

    def _javas(self, names: Collection[str]) -> dict[str, Path]:
        jdks = java.found() if names else []
        return {name: java.choose(self.servers[name], jdks).home for name in names}

    def _end_leftovers(self, names: Collection[str]) -> None:
        """End what servers that do not run any more left behind: it may hold their ports."""
        for name in names:
            process.stop(self.home(name), 0)

    def _fetch(self, names: Collection[str]) -> int:
        parts = dict.fromkeys(part for name in names for part in self.servers[name].parts)
        return fetch(self.jars, parts, self._fetched)

    def _allocate(self, wishes: Wishes, starting: Collection[str], fixed: Collection[str] = ()) -> StackState:
        """Settle profile and ports, and remember them."""
        now = state.load(self.directory) or StackState()
        if wishes.profile and wishes.profile not in get_args(Profile):
            raise ConfigError(f"There is no profile {wishes.profile!r}.", f"Profiles: {', '.join(get_args(Profile))}.")
        kept = set(fixed) | {name for name in self.servers if self.home(name).is_dir()}
        ports = allocate(self.servers.values(), now.ports, wishes.ports, kept, starting)
        for name in self.servers:
            if ports[name] != now.ports.get(name) and self.process(name):
                raise ConfigError(
                    f"{name} runs, and on other ports than asked for or known.",
                    "Stop it first: `hitstream stack down`.",
                )
        now.ports = ports
        now.profile = wishes.profile or now.profile  # type: ignore[assignment]
        now.listen = wishes.listen or now.listen
        now.hosts |= wishes.hosts
        now.save(self.directory)
        return now

    def _start(self, instance: Instance) -> None:
        self._prepare(instance)
        process.start(instance, instance.server.command(instance))
        self._said(f"{instance.server.name} starts.")

    def _prepare(self, instance: Instance) -> None:
        conf.write(instance, conf.templates(self._templates))
        instance.server.prepare(instance)

    def _wait(self, instance: Instance, started: bool) -> None:
        """Wait until a server answers."""
        name, began = instance.server.name, time.monotonic()
        while not self.stopped.is_set():
            version, why = answer(instance)
            if not self.process(name):
                raise Fatal(f"{name} ended while it started.{_told(instance)}", "Mend what it says, then `up` again.")
            if version:
                after = f" after {time.monotonic() - began:.1f} s" if started else ""
                self._said(f"{name} {version} is up{after}.")
                return
            if time.monotonic() - began > instance.server.patience:
                raise Retryable(
                    f"{name} does not answer after {instance.server.patience:.0f} s: {why}.{_told(instance)}"
                )
            self.stopped.wait(_LOOK)
        raise Retryable(f"Gave up waiting for {name}; it goes on starting.", "See `hitstream stack status`.")

    def _stop(self, name: str) -> None:
        if not self.process(name):
            process.stop(self.home(name), 0)
            return
        began = time.monotonic()
        obeyed = process.stop(self.home(name), self.servers[name].grace)
        how = "is down" if obeyed else "did not end by itself and was killed"
        self._said(f"{name} {how} after {time.monotonic() - began:.1f} s.")


def answer(instance: Instance) -> tuple[str | None, str]:
    """Ask a server for its version; return that, or None and why there was no answer."""
    try:
        return instance.server.ready(instance), ""
    except (HitstreamError, OSError) as error:
        return None, str(error)


def _told(instance: Instance) -> str:
    lines = last_lines([process.output(instance), instance.log])
    return f" {instance.log} and {process.output(instance).name} end with:\n" + "\n".join(lines) + "\n"
