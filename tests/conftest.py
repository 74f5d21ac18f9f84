"""What all tests share: no deadlines on busy machines, and no silent skip of what CI must have."""

import os
import shutil
import subprocess
from functools import cache

import pytest
from hypothesis import settings

settings.register_profile("full", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)  # `make check`: a fifth, see drawing.py
settings.load_profile("full")

BROWSER = ("chromium", "chromedriver")
LEFT_OUT = pytest.StashKey[dict[str, str]]()


@cache
def no_browser():
    missing = [name for name in BROWSER if not shutil.which(name)]
    return f"{' and '.join(missing)} not installed" if missing else ""


@cache
def no_servers():
    """Say why no real servers can be started; a server's test must not be the first to fetch its jars."""
    from hitstream.errors import ConfigError
    from hitstream.stack import java
    from hitstream.stack.fetch import cache as jars
    from hitstream.stack.servers import SERVERS

    try:
        for server in SERVERS.values():
            java.choose(server, java.found())
    except ConfigError as error:
        return error.message
    missing = jars(None).missing({part for server in SERVERS.values() for part in server.parts})
    return f"{len(missing)} jars are not in the cache: run `hitstream stack fetch`" if missing else ""


@cache
def no_compose():
    return _refused("docker", "compose", "version")


@cache
def no_docker():
    return _refused("docker", "info")


def _refused(*command):
    """Say why a command that asks whether something is there fails; nothing where it is."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    said = (done.stderr.strip() or "it failed").splitlines()[-1]
    return f"`{' '.join(command)}`: {said}" if done.returncode else ""


NEEDS = {"browser": no_browser, "servers": no_servers, "compose": no_compose, "docker": no_docker}
"""Marker → why its tests cannot run here; nothing where they can."""


def pytest_collection_modifyitems(config, items):
    """Leave out tests of what is not there; with REQUIRE_SERVERS=1 they run, and fail."""
    left_out = config.stash.setdefault(LEFT_OUT, {})
    for marker, reason in NEEDS.items() if not os.environ.get("REQUIRE_SERVERS") else ():
        marked = [item for item in items if item.get_closest_marker(marker)]
        if marked and (why := reason()):
            left_out[marker] = f"{len(marked)} tests of the {marker}: {why}"
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=why))


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash.get(LEFT_OUT, {}).values():
        terminalreporter.write_line(f"left out: {line}", yellow=True)
