"""A compose project of the tests' own, on images that are there already, and who asks its page."""

import http.cookiejar
import json
import os
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hitstream.sources.generate import Traffic
from waiting import PATIENCE_SECONDS, until

FILES = Path(__file__).parents[2] / "deploy" / "compose"


class Composed:
    """`docker compose` on some of the files, in a project that no one else has."""

    def __init__(self, files: list[Path], project: str, environment: dict[str, str]) -> None:
        self._command = ["docker", "compose", "--project-name", project]
        for file in files:
            self._command += ["--file", str(file)]
        self._environment = {**os.environ, **environment}

    def __call__(self, *arguments: str, check: bool = True, timeout: float = PATIENCE_SECONDS) -> str:
        """Return what a command prints; one that fails is told with all that it said."""
        done = subprocess.run(
            [*self._command, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{arguments}: {done.stdout}{done.stderr}{self._logs(arguments)}"
        return done.stdout

    def _logs(self, failed: tuple[str, ...]) -> str:
        return "" if failed[0] == "logs" else self("logs", "--tail", "30", check=False)

    def inside(self, service: str, *arguments: str, check: bool = True) -> str:
        return self("exec", "-T", service, *arguments, check=check)

    def seconds_of_work(self) -> float:
        """Return the CPU seconds of all processes in the containers that run, their ended children included."""
        services = self("ps", "--services").split()
        stats = "".join(self.inside(service, "sh", "-c", "cat /proc/[0-9]*/stat", check=False) for service in services)
        ticks = sum(sum(map(int, stat.rpartition(")")[2].split()[11:15])) for stat in stats.splitlines())
        return ticks / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lines(seed: int, count: int) -> bytes:
    """Return lines of generated traffic; equal seeds make equal lines."""
    return b"".join(Traffic(seed, datetime(2026, 3, 1, tzinfo=UTC), count).blocks())


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


class Page:
    """Who logs in at a dashboard and asks its API."""

    def __init__(self, port: int, password: str) -> None:
        self._root = f"http://127.0.0.1:{port}"
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        form = urllib.parse.urlencode({"password": password, "next": "/healthz"}).encode()
        self._read("/login", form)
        assert len(jar), "the password was not taken"

    def text(self, path: str) -> str:
        return self._read(path).decode()

    def answer(self, path: str) -> Any:
        return json.loads(self.text("/api/v1" + path))

    def _read(self, path: str, form: bytes | None = None) -> bytes:
        try:
            with self._opener.open(self._root + path, form, timeout=PATIENCE_SECONDS) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:  # it is an answer too, and open
            error.close()
            raise


def answered(what: Callable[[], Any]) -> Any:
    """Wait for the first answer that says something, and return it; errors meanwhile count as none."""
    last: list[Exception] = []

    def tried() -> Any:
        try:
            return what()
        except (OSError, AssertionError) as error:
            last[:] = [error]
            return None

    return until(tried, lambda: last)
