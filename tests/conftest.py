"""What all tests share: no deadlines on busy machines, and no silent skip of what CI must have."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from waiting import PATIENCE_SECONDS

# Each run draws examples of its own, so that many short runs see what a long one does; drawing.py says of what share.
settings.register_profile("quick", deadline=None, max_examples=20)  # `make check`
settings.register_profile("ordinary", deadline=None, max_examples=30)
settings.register_profile("long", deadline=None, max_examples=1000)  # `make test-long`
settings.load_profile("ordinary")

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
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    said = (done.stderr.strip() or "it failed").splitlines()[-1]
    return f"`{' '.join(command)}`: {said}" if done.returncode else ""


NEEDS = {"browser": no_browser, "servers": no_servers, "compose": no_compose, "docker": no_docker}
"""Marker → why its tests cannot run here; nothing where they can."""


SAME_SERVERS = {
    "nifi": ("test_nifi", "test_publishing_through_nifi", "test_producing", "test_kafka", "test_whole"),
    "spark": ("test_any_producer", "test_spark", "test_stream", "test_stream_faults", "test_cluster_commands"),
    "stores": (
        "test_archive_on_hdfs",
        "test_cassandra",
        "test_cassandra_store",
        "test_cluster_audit",
        "test_cluster_query",
        "test_hdfs",
    ),
    "notebooks": ("test_cluster_notebooks",),
}
"""Files whose tests one worker runs, so that their servers start once; the groups take about as long."""


def pytest_xdist_make_scheduler(config, log):
    """Give out groups of `SAME_SERVERS`, the largest first, and all other tests one by one, with `--dist loadgroup`."""
    from xdist.scheduler import LoadGroupScheduling

    group_of = {f"{file}.py": group for group, files in SAME_SERVERS.items() for file in files}

    class ByServers(LoadGroupScheduling):
        def _split_scope(self, nodeid):
            return group_of.get(Path(nodeid.partition("::")[0]).name, nodeid)

    return ByServers(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run every repetition of tests that are marked `repeated`")


def pytest_generate_tests(metafunc):
    """Give tests marked `repeated(n)` a seed: each of n with --long, else one that the run's random seed chooses."""
    if marker := metafunc.definition.get_closest_marker("repeated"):
        seeds = range(marker.args[0])
        chosen = metafunc.config.getoption("randomly_seed", 0)
        metafunc.parametrize("seed", seeds if metafunc.config.getoption("long") else [chosen % len(seeds)])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Leave out tests of what is not there; with REQUIRE_SERVERS=1 they run, and fail."""
    _mark_properties(items)
    left_out = config.stash.setdefault(LEFT_OUT, {})
    for marker, reason in NEEDS.items() if not os.environ.get("REQUIRE_SERVERS") else ():
        marked = [item for item in items if item.get_closest_marker(marker)]
        if marked and (why := reason()):
            left_out[marker] = f"{len(marked)} tests of the {marker}: {why}"
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=why))


def _mark_properties(items):
    """Mark the tests that draw examples, which `make test-long` runs with many more."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash.get(LEFT_OUT, {}).values():
        terminalreporter.write_line(f"left out: {line}", yellow=True)
