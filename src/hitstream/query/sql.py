"""Read-only SQL over the hits, in a DuckDB of its own that can reach nothing but them.

What holds it: one statement, and that a SELECT; no files but those of the archive, no network, no extensions, no
variables of this process; settings that cannot be changed back; a limit on memory, rows and time. What is written
inside is gone with the database, which lives in memory for one question.
"""

# ruff: noqa: S608 - what becomes SQL is ours: rows of VIEWS and quoted paths

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from hitstream.errors import ConfigError
from hitstream.query.hits import SUMS, connect, key_sql, verbatim
from hitstream.query.readers import HitFiles
from hitstream.views.table import View

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROWS = 1_000_000
"""The most rows of an answer whose limit is left open."""
SECONDS = 60.0
"""How long a statement may take."""

_TYPES = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "uint64": "UBIGINT",
    "decimal128(38, 0)": "HUGEINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "date32[day]": "DATE",
    "binary": "BLOB",
}
_BATCH = 65_536
_LOOK = 0.05
"""Seconds between two looks at whether a statement is to end."""
_PLAN = "EXPLAIN "
_LOCKS = (
    "SET errors_as_json = true",
    "SET enable_external_access = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET python_enable_replacements = false",
    "SET lock_configuration = true",
)


def schema(views: tuple[View, ...]) -> dict[str, dict[str, str]]:
    """Return what can be asked: table → column → the type that SQL has for it."""
    from hitstream.arrow import HIT_SCHEMA

    cells = dict.fromkeys(("hits", "bytes", "errors", "visitors"), "BIGINT")
    hits = {field.name: type_name(field.type) for field in HIT_SCHEMA}
    return {"hits": hits} | {view.name: {"hour": "TIMESTAMPTZ", "key": "VARCHAR", **cells} for view in views}


def type_name(kind: "pa.DataType") -> str:
    """Return what SQL calls the type of a column."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return type_name(kind.value_type)
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ" if kind.tz else "TIMESTAMP"
    return _TYPES.get(str(kind), str(kind).upper())


def run(
    hits: HitFiles,
    views: tuple[View, ...],
    text: str,
    limit: int | None,
    seconds: float = SECONDS,
    stop: threading.Event | None = None,
) -> "pa.Table":
    """Return the rows of a SELECT over the table `hits` and a view of each row of VIEWS, the first `limit` if given.

    Another thread may `stop` it.

    Raises:
        ConfigError: it is no single SELECT, it fails, takes too long, is stopped, or has more than ROWS rows and no
            `limit`.
    """
    import duckdb
    import pyarrow as pa

    with _locked(hits, views) as connection:
        try:
            statements = connection.extract_statements(text)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise ConfigError("Only one SELECT can be asked.", "Ask for rows, as in SELECT count(*) FROM hits.")
            with _interrupted_after(connection, seconds, stop):
                reader = connection.sql(text).to_arrow_reader(_BATCH)
                batches = list(_up_to(ROWS + 1 if limit is None else limit, reader))
        except duckdb.InterruptException:
            if stop is not None and stop.is_set():
                raise ConfigError("The statement was stopped.") from None
            raise ConfigError(f"The statement took longer than {seconds:g} s.", "Ask for a shorter time.") from None
        except duckdb.Error as problem:
            raise _explained(problem, connection, text) from problem
    table = pa.Table.from_batches(batches, reader.schema)
    if limit is None and table.num_rows > ROWS:
        raise ConfigError(f"The answer has more than {ROWS:,} rows.", "Count or group them, or set a limit.")
    return table


@contextmanager
def _locked(hits: HitFiles, views: tuple[View, ...]) -> "Iterator[duckdb.DuckDBPyConnection]":
    """Give a database that has the hits and can reach nothing else."""
    with connect(hits.folder) as connection:
        connection.register("stage", hits.stage)
        connection.execute(f"SET allowed_paths = [{_list(sorted({*hits.files, *map(verbatim, hits.files)}))}]")
        connection.execute("CREATE VIEW hits AS " + " UNION ALL ".join(_parts(hits.files)))
        for view in views:
            connection.execute(f'CREATE VIEW "{view.name}" AS {_by_hour(view)}')
        for lock in _LOCKS:
            connection.execute(lock)
        yield connection


def _explained(problem: "duckdb.Error", connection: "duckdb.DuckDBPyConnection", text: str) -> ConfigError:
    """Return an error that says what is wrong, and at which line and column of the statement where that is known."""
    import duckdb

    words, at = _told(problem)
    if at is None:  # a relation forgets where it failed; to plan it once more tells
        try:
            connection.execute(_PLAN + text)
        except duckdb.Error as again:
            words, at = _told(again)
            at = None if at is None else at - len(_PLAN)
    place = "" if at is None else ", line {}, column {}".format(*_place(text, at))
    return ConfigError(f"SQL{place}: {words}", "`hits` has the columns of a hit; see docs/query.md.")


def _told(problem: "duckdb.Error") -> tuple[str, int | None]:
    """Return what an error says, and the byte of the statement that it is about."""
    kind, _, told = str(problem).partition(": ")
    try:
        said = json.loads(told)
        return f"{kind}: {said['exception_message']}", int(said["position"]) if "position" in said else None
    except (ValueError, TypeError, KeyError):
        return str(problem), None


def _place(text: str, at: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a byte of a text."""
    before = text.encode()[:at].decode(errors="replace")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _list(texts: Iterable[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)


def _parts(files: list[str]) -> Iterator[str]:
    if files:
        yield f"SELECT * FROM read_parquet([{_list(map(verbatim, files))}], hive_partitioning = false)"
    yield "SELECT * FROM stage"


def _by_hour(view: View) -> str:
    """Return the SQL of a view's cells by hour."""
    key, member = key_sql(view)
    hour = "to_timestamp(epoch_us(time) // 3600000000 * 3600)"
    return (
        f"SELECT {hour} AS hour, {key} AS key, {SUMS}, count(DISTINCT (host, agent)) AS visitors"
        f" FROM hits WHERE {member} GROUP BY 1, 2"
    )


@contextmanager
def _interrupted_after(
    connection: "duckdb.DuckDBPyConnection", seconds: float, stop: threading.Event | None
) -> Iterator[None]:
    done = threading.Event()

    def watch() -> None:
        end = monotonic() + seconds
        while not done.wait(_LOOK):
            if monotonic() >= end or (stop is not None and stop.is_set()):
                connection.interrupt()  # and again: between two steps of a statement it is not heard

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()


def _up_to(rows: int, reader: "pa.RecordBatchReader") -> "Iterator[pa.RecordBatch]":
    """Yield so many rows, and read no more."""
    for batch in reader:
        yield batch.slice(0, rows)
        rows -= batch.num_rows
        if rows <= 0:
            return
