"""Ingest processes killed at random instants and at each step of a commit, then finished: as if never killed."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from hitstream.engine.audit import audit
from hitstream.store.directory import open_reader
from hitstream.testing.contents import contents
from hitstream.testing.crash import STEPS
from waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.slow

KILLS = 10
# Batches have some 918 hits: about half of them are staged in the database, half in files.
SETTINGS = {"workers": 2, "batch_bytes": 80_000, "archive_rows": 800, "direct_rows": 918}


def lines(random_, first, count, *, junk=0.05):
    """Return so many lines, each different, over three days in no strict order; some of them bad."""
    made = []
    for number in range(first, first + count):
        if random_.random() < junk:
            made.append(f"junk {number}")
            continue
        day, hour = 1 + number // 8_000 % 3, random_.choice((9, 10, 11, 12))
        when = f"{day:02}/Jul/1995:{hour:02}:{random_.randrange(60):02}:00 -0400"
        host = f"host{int(random_.paretovariate(1)) % 500}.example.org"
        made.append(f'{host} - - [{when}] "GET /{number}.html HTTP/1.0" {random_.choice((200, 404))} {number % 9999}')
    return "\n".join(made).encode() + b"\n"


class Server:
    """Runs one ingest at a time in a process of its own."""

    def __init__(self):
        script = Path(__file__).with_name("ingest_server.py")
        self._process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, directory, paths, **options):
        asked = {"directory": str(directory), "paths": [str(path) for path in paths], "settings": SETTINGS}
        self._process.stdin.write(json.dumps(asked | options) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self):
        """Return the exit code of the ingest, negative where a signal ended it."""
        return int(self._process.stdout.readline())

    def run(self, directory, paths, **options):
        self.start(directory, paths, **options)
        return self.wait()

    def close(self):
        self._process.stdin.close()
        self._process.wait(PATIENCE_SECONDS)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def server():
    running = Server()
    yield running
    running.close()


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "access.log"
    path.write_bytes(lines(random.Random(1), 0, 24_000))
    return path


@pytest.fixture(scope="module")
def clean(server, log, tmp_path_factory):
    directory = tmp_path_factory.mktemp("clean")
    assert server.run(directory, [log]) == 0
    return contents(directory)


@pytest.mark.repeated(20)
def test_killed_at_random_instants(server, log, clean, tmp_path, seed):
    """A machine may be quick enough to finish between the kills: then the same input is begun again elsewhere."""
    instants = random.Random(seed)
    kills = finished = 0
    while kills < KILLS or not finished:
        directory = tmp_path / str(finished)
        process = server.start(directory, [log], pace=0.01 if kills < KILLS else 0.0)
        killer = threading.Timer(instants.uniform(0.02, 0.3), _kill, [process])
        if kills < KILLS:
            killer.start()
        code = server.wait()
        killer.cancel()
        if code == 0:
            _assert_is(directory, clean)
            finished += 1
        else:
            assert code == -signal.SIGKILL
            kills += 1
    if code:
        assert server.run(directory, [log]) == 0
        _assert_is(directory, clean)


def _assert_is(directory, clean):
    assert contents(directory) == clean
    assert audit(directory).ok


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(server, log, clean, tmp_path, step):
    assert server.run(tmp_path, [log], step=step, nth=1 if step.startswith("compact") else 2) == -signal.SIGKILL
    assert server.run(tmp_path, [log]) == 0
    _assert_is(tmp_path, clean)


def _kill(process):
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


class Writer:
    """Writes numbered lines to a log, and rotates it."""

    def __init__(self, path):
        self.path = path
        self.random = random.Random(3)
        self.written = 0

    def write(self, count):
        with self.path.open("ab") as file:
            for _ in range(count):
                file.write(lines(self.random, self.written, 1, junk=0))
                file.flush()
                self.written += 1

    def rename_and_create(self, name):
        self.path.rename(self.path.with_name(name))
        self.path.touch()

    def copy_and_truncate(self, name):
        self.path.with_name(name).write_bytes(self.path.read_bytes())
        os.truncate(self.path, 0)

    def truncate_and_rewrite(self):
        os.truncate(self.path, 0)

    def delete_and_create(self):
        """The new file gets the inode of the old one where the file system reuses it."""
        self.path.unlink()
        self.path.touch()


@pytest.mark.repeated(10)
def test_rotated_in_all_ways_while_killed_and_restarted(server, tmp_path, seed):
    directory, log = tmp_path / "data", tmp_path / "logs" / "access.log"
    log.parent.mkdir()
    writer, instants = Writer(log), random.Random(seed)
    writer.write(10)
    assert server.run(directory, [log]) == 0  # rotated siblings are read of a log that is known
    for turn in range(12):
        process = server.start(directory, [log], follow=True, pace=0.0)
        writer.write(120)
        killer = threading.Timer(instants.uniform(0.0, 0.2), _kill, [process])
        killer.start()
        if turn % 4 == 0:
            writer.rename_and_create(f"access.log.{turn + 1}")
            writer.write(80)
        elif turn % 4 == 1:
            writer.copy_and_truncate(f"access.log.{turn + 1}")
            writer.write(80)
        killer.join()
        assert server.wait() == -signal.SIGKILL
        writer.write(50)
        if turn % 4 >= 2:  # no copy stays of what was not read: it must have been
            process = server.start(directory, [log], follow=True)
            until(lambda: _hits(directory) == writer.written)
            if turn % 4 == 2:
                writer.truncate_and_rewrite()
                writer.write(70)
                until(lambda: _hits(directory) == writer.written)
            _kill(process)
            assert server.wait() == -signal.SIGKILL
            if turn % 4 == 3:
                writer.delete_and_create()
    assert server.run(directory, [log]) == 0
    held = contents(directory)
    numbers = sorted(int(target[1:-5]) for target in held.hits["target"].to_pylist())
    assert numbers == list(range(writer.written))
    assert held.bad_lines == []
    found = audit(directory)
    assert found.ok, found.differences


def _hits(directory):
    with open_reader(directory) as data:
        return data.ledger.counts().hits
