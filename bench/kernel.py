"""Bytes to columns on two threads: the parse kernel beside the regular expressions of DuckDB, Polars and Arrow."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.data import nasa
from bench.measure import seconds, turns

_PATTERN = r'^(\S*) \S+ (\S+) \[([^\]]+)\] "(\S+) (.*?)(?: (HTTP/\S+))?" (\d{3}) (\d+|-)$'
_NAMED = r'^(?P<host>\S*) \S+ (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<target>.*?)(?: (?P<protocol>HTTP/\S+))?" (?P<status>\d{3}) (?P<bytes>\d+|-)$'  # noqa: E501
_FIELDS = ["host", "user", "time", "method", "target", "protocol", "status", "bytes"]
_CHUNK = 8 << 20


def run() -> dict[str, Any]:
    """Return the medians in MB/s, and the kernel's ratio to the best of the others."""
    import pyarrow as pa

    data = nasa().read_bytes()
    lines = pa.array(data.splitlines()).cast(pa.string())
    size = len(data) / 1e6
    names = ["hitstream", "duckdb", "polars", "pyarrow"]
    times = turns(
        lambda: seconds(lambda: _kernel(data)),
        lambda: seconds(lambda: _duckdb(lines)),
        lambda: seconds(lambda: _polars(lines)),
        lambda: seconds(lambda: _pyarrow(lines)),
    )
    rates = {name: round(size / taken, 1) for name, taken in zip(names, times, strict=True)}
    return {"MB/s": rates, "ratio to the best": round(min(times[1:]) / times[0], 1)}


def _kernel(data: bytes) -> None:
    from hitstream.parse import compile_format, parse
    from hitstream.record import Chunk

    program, chunks, start = compile_format("common"), [], 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + _CHUNK) + 1
        chunks.append(Chunk("bench", start, memoryview(data)[start:end]))
        start = end
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda chunk: parse(chunk, program), chunks))


def _duckdb(lines: Any) -> None:
    import duckdb
    import pyarrow as pa

    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("lines", pa.table({"line": lines}))
        sql = f"SELECT unnest(regexp_extract(line, '{_PATTERN}', {_FIELDS})) FROM lines"
        connection.sql(sql).to_arrow_table()


def _polars(lines: Any) -> None:
    import polars as pl

    series = pl.Series("line", lines)
    half = len(series) // 2
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: part.str.extract_groups(_NAMED), (series[:half], series[half:])))


def _pyarrow(lines: Any) -> None:
    import pyarrow.compute as pc

    half = len(lines) // 2
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: pc.extract_regex(part, _NAMED), (lines[:half], lines[half:])))
