"""SQLite as a store of blocks."""

from pathlib import Path

import pytest

from hitstream.errors import ConfigError, Fatal
from hitstream.store.contract import Total
from hitstream.store.database import Database
from hitstream.store.sqlite import SqliteCells
from hitstream.testing.cell_store_contract import CellStoreContract, block


@pytest.fixture
def path(tmp_path):
    return tmp_path / "hitstream.sqlite"


@pytest.fixture
def store(path):
    database = Database(path, write=True)
    yield SqliteCells(database)
    database.close()


class TestSqliteCells(CellStoreContract):
    pass


def test_readers_see_whole_transactions_while_one_process_writes(store, path):
    reader = SqliteCells(Database(path, write=False))
    with store.database.transaction():
        store.write(1, [block(0, 1)])
        store.publish(1)
        assert reader.cut().published == 0
        assert reader.totals("traffic", "hour", 0, 1) == []
    assert reader.totals("traffic", "hour", 0, 1) == [Total(0, 1, 10, 0)]
    with reader.database.snapshot():
        assert reader.cut().published == 1
        store.write(2, [block(0, 1)])
        store.publish(2)
        assert reader.cut().published == 1
    assert reader.cut().published == 2
    reader.database.close()


def test_an_error_inside_a_transaction_leaves_nothing_of_it(store):
    with pytest.raises(KeyError), store.database.transaction():
        store.write(1, [block(0, 1)])
        store.publish(1)
        raise KeyError
    assert store.cut().published == 0
    assert store.crowds(1) == []


def test_there_is_nothing_to_read_where_nothing_was_ingested(path):
    with pytest.raises(ConfigError, match=r"hitstream\.sqlite"):
        Database(path, write=False)


def test_a_damaged_database_is_named(path):
    path.write_bytes(b"not a database, but long enough to look like one" * 100)
    for write in (False, True):
        with pytest.raises(Fatal, match=r"hitstream\.sqlite is damaged"):
            Database(path, write=write)
    open_files = {Path(link).resolve() for link in Path("/proc/self/fd").glob("*")}
    assert path not in open_files


def test_a_newer_schema_is_refused(store, path):
    store.database.write("PRAGMA user_version = 99")
    with pytest.raises(Fatal, match="schema 99"):
        Database(path, write=True)
