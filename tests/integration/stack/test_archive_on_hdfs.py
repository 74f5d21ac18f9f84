"""The archive on HDFS: the same promises, and other engines read it."""

import signal
import subprocess
import sys
import uuid

import duckdb
import pytest
from deltalake import DeltaTable

from hitstream.errors import Retryable
from hitstream.store.delta import DeltaArchive
from hitstream.store.folder import folder
from hitstream.testing.archive_contract import ArchiveContract, hits_at, positions
from waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture
def archive(stack):
    stack.up(["datanode"])
    return DeltaArchive(folder(f"hdfs://{stack.address('namenode', 'rpc')}/{uuid.uuid4().hex}"), "an application")


class TestDeltaArchiveOnHdfs(ArchiveContract):
    pass


def test_duckdb_and_delta_rs_read_it_without_spark(archive):
    archive.append(archive.write(hits_at([0, 10, 20], [1, 1.5, 2])), 1)
    read = DeltaTable(archive.folder.address).to_pyarrow_table(columns=["offset", "day"])
    assert sorted(read["offset"].to_pylist()) == [0, 10, 20]
    connection = duckdb.connect()
    connection.register_filesystem(archive.folder.file_system())
    asked = "SELECT \"offset\" FROM read_parquet(?) WHERE host = 'a.example' ORDER BY 1"
    assert connection.execute(asked, [archive.files()]).fetchall() == [(0,), (10,), (20,)]


def test_a_server_that_is_away_is_a_matter_of_time(stack, archive):
    archive.append(archive.write(hits_at([0], [1])), 1)
    stack.kill("namenode")
    with pytest.raises(Retryable, match="HDFS"):
        archive.write(hits_at([10], [1]))
    with pytest.raises(Retryable, match="HDFS"):
        archive.last_batch()
    stack.up(["datanode"])
    assert archive.append(archive.write(hits_at([10], [1])), 2)
    assert positions(archive) == [("s", 0), ("s", 10)]


WRITE_AND_DIE = """
import os, signal, sys
from hitstream.store.folder import folder
size = folder(sys.argv[1]).create("file", lambda out: out.write(bytes(range(256)) * 4096))
print(size, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_file_that_was_made_is_whole_though_who_made_it_died_at_once(archive):
    for _ in range(5):
        place = f"{archive.folder.address}/{uuid.uuid4().hex}"
        command = [sys.executable, "-c", WRITE_AND_DIE, place]
        said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        assert (said.returncode, said.stdout) == (-signal.SIGKILL, f"{1 << 20}\n"), said.stderr
        with folder(place).open("file") as file:
            assert file.read() == bytes(range(256)) * 4096
