"""HDFS as it is run: what was closed, or synced, outlives a SIGKILL of either daemon."""

import uuid

import pytest
from hdfs_native import Client, WriteOptions

from waiting import until

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture
def client(stack):
    stack.up(["datanode"])
    return Client(f"hdfs://{stack.address('namenode', 'rpc')}", {"dfs.replication": "1"})


@pytest.fixture
def directory(client):
    name = f"/{uuid.uuid4().hex}"
    client.mkdirs(name)
    return name


def write(client, path, content):
    with client.create(path, WriteOptions()) as file:
        file.write(content)


def read(client, path):
    with client.read(path) as file:
        return bytes(file.read())


def contents(client, directory):
    return {status.path: read(client, status.path) for status in client.list_status(directory)}


def files(directory, number=20):
    return {f"{directory}/{index:02}": f"{index}".encode() * 10_000 * index for index in range(number)}


def test_what_is_written_is_listed_and_read_back(client, directory):
    for path, content in files(directory).items():
        write(client, path, content)
    assert contents(client, directory) == files(directory)


@pytest.mark.parametrize("victim", ["datanode", "namenode"])
def test_every_closed_file_is_there_after_a_kill(stack, client, directory, victim):
    for path, content in files(directory).items():
        write(client, path, content)
    stack.kill(victim)
    assert stack.process(victim) is None
    stack.up(["datanode"])
    assert contents(client, directory) == files(directory)
    write(client, f"{directory}/after", b"and it goes on")
    assert read(client, f"{directory}/after") == b"and it goes on"


@pytest.mark.parametrize("victim", ["datanode", "namenode"])
def test_what_was_synced_of_an_open_file_is_there_after_a_kill(stack, client, directory, victim):
    path, synced = f"{directory}/open", b"kept" * 1000
    file = client.create(path, WriteOptions())
    file.write(synced)
    file.hsync()
    stack.kill(victim)
    stack.up(["datanode"])
    until(lambda: client.recover_lease(path), "the lease was not recovered")
    assert read(client, path).startswith(synced)


def test_the_space_of_replaced_files_is_given_back(stack, client, directory):
    blocks = stack.home("datanode") / "data" / "blocks"

    def held():
        return sum(path.stat().st_size for path in blocks.rglob("blk_*") if path.exists())

    write(client, f"{directory}/large", b"x" * (8 << 20))
    before = held()
    client.delete(f"{directory}/large", False)
    until(lambda: held() <= before - (8 << 20), "the block is still there")
