"""What `hitstream ingest` says when it cannot go on, and that nothing is half-written then."""

import gzip
import os
import random
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from hitstream.engine.audit import audit
from hitstream.store.directory import ARCHIVE, DATABASE
from hitstream.testing.contents import contents
from waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow

LINE = 'host%d.example.org - - [%02d/Jul/1995:%02d:00:00 -0400] "GET /%d HTTP/1.0" 200 %d\n'
CONFIG, DATA, RETRY, FATAL = 2, 3, 4, 5

HOLD = """
mount -t tmpfs -o "$1" tmpfs "$2" || exit
echo mounted
read -r never
umount --lazy "$2"
"""
"""Holds a disk until its standard input ends."""


def lines(count):
    draw = random.Random(5).randrange
    return "".join(LINE % (draw(500), 1 + draw(2), draw(24), draw(20_000), draw(10**6)) for _ in range(count)).encode()


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "access.log"
    path.write_bytes(lines(60_000))
    return path


def command(directory, log, *options):
    return [sys.executable, "-m", "hitstream", "ingest", str(log), "--data", str(directory), *options]


def ingest(directory, log, *options, **started):
    return subprocess.run(command(directory, log, *options), capture_output=True, text=True, check=False, **started)


def expect(done, code, *words):
    """Hold an error to its exit code, to one paragraph, and to naming what is wrong."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 4
    for word in words:
        assert word.lower() in done.stderr.lower()


@contextmanager
def disk_of(kilobytes, directory):
    """Mount a small disk, where that is allowed. It goes with this process, also where this is killed."""
    directory.mkdir()
    command = ["sh", "-c", HOLD, "sh", f"size={kilobytes}k", str(directory)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, start_new_session=True, **pipes) as holder:
        if not holder.stdout.readline():
            pytest.skip(f"no file system can be mounted here: {holder.stderr.read().strip()}")
        yield
    assert not directory.is_mount()


@pytest.mark.parametrize("kilobytes", [600, 1800])
def test_a_full_disk(tmp_path, log, kilobytes):
    disk = tmp_path / "disk"
    with disk_of(kilobytes, disk):
        expect(ingest(disk / "data", log), FATAL, "disk full", "free space")
        if (disk / "data" / DATABASE).exists():
            assert audit(disk / "data").ok
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        assert ingest(disk / "data", log).returncode == 0
        assert contents(disk / "data").counts.lines == 60_000
        assert audit(disk / "data").ok


def test_a_limit_on_the_size_of_files(tmp_path, log):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    expect(ingest(tmp_path / "data", log, preexec_fn=limited), FATAL, "disk full")
    assert ingest(tmp_path / "data", log).returncode == 0
    assert audit(tmp_path / "data").ok


def test_a_directory_that_cannot_be_written(tmp_path, log):
    disk = tmp_path / "disk"
    with disk_of(50_000, disk):
        assert ingest(disk / "data", log).returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        expect(ingest(disk / "data", log), CONFIG, "cannot be written", "--data")
        expect(ingest(disk / "other", log), CONFIG, "cannot be written", "--data")
        assert contents(disk / "data").counts.lines == 60_000  # reading needs no writing
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


def test_a_truncated_gzip(tmp_path):
    whole = gzip.compress(lines(60_000))
    path = tmp_path / "access.log.gz"
    path.write_bytes(whole[: len(whole) // 2])
    expect(ingest(tmp_path / "data", path), DATA, "access.log.gz")
    held = contents(tmp_path / "data")
    assert 0 < held.counts.lines == held.counts.hits < 60_000
    path.write_bytes(whole)
    assert ingest(tmp_path / "data", path).returncode == 0
    assert contents(tmp_path / "data").counts.hits == 60_000
    assert audit(tmp_path / "data").ok


def test_a_damaged_database(tmp_path, log):
    assert ingest(tmp_path, log).returncode == 0
    path = tmp_path / DATABASE
    whole = path.read_bytes()
    for damaged in (b"\0" * 5000, whole[:100] + random.Random(6).randbytes(20_000) + whole[20_100:]):
        path.write_bytes(damaged)
        expect(ingest(tmp_path, log), FATAL, DATABASE, "damaged")
    path.write_bytes(whole)
    assert audit(tmp_path).ok


def test_a_lost_archive_or_database(tmp_path, log):
    assert ingest(tmp_path, log).returncode == 0
    (tmp_path / ARCHIVE).rename(tmp_path / "away")
    expect(ingest(tmp_path, log), FATAL, "archive")
    (tmp_path / "away").rename(tmp_path / ARCHIVE)
    assert audit(tmp_path).ok
    (tmp_path / DATABASE).unlink()
    expect(ingest(tmp_path, log), FATAL, "archive", "another database")


def test_a_second_ingester_and_a_clean_stop(tmp_path, log):
    first = subprocess.Popen(command(tmp_path, log, "--follow"), stderr=subprocess.PIPE, text=True)
    try:
        while not (tmp_path / DATABASE).exists() and first.poll() is None:
            os.sched_yield()
        expect(ingest(tmp_path, log), RETRY, f"process {first.pid}")
        first.send_signal(signal.SIGTERM)
        _, said = first.communicate(timeout=PATIENCE_SECONDS)
        assert first.returncode == 0, said
    finally:
        first.kill()
        first.communicate()
    assert audit(tmp_path).ok
    assert ingest(tmp_path, log).returncode == 0
    assert contents(tmp_path).counts.lines == 60_000
