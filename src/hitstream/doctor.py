"""What this installation can do, and what is missing for which command."""

import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from hitstream import __version__
from hitstream.errors import HitstreamError
from hitstream.text import account


class Check(NamedTuple):
    """One thing looked at; `state` is ok, missing (a command will fail) or absent (an extra was not installed)."""

    what: str
    state: str
    detail: str


_EXTRAS = {"dashboard": ("dash", "plotly"), "cluster": ("pyspark", "confluent-kafka"), "notebook": ("jupyterlab",)}
_REQUIRED = ("numpy", "pyarrow", "numba", "llvmlite", "deltalake", "duckdb")
_MEBIBYTE = 1 << 20
_LITTLE_SPACE = 1 << 30


def checks(data: Path) -> list[Check]:
    """Look at the installation and at a data directory."""
    found = [
        Check("hitstream", "ok", __version__),
        Check("python", "ok", sys.version.split()[0]),
        *(_package(name, "missing", "Install hitstream again.") for name in _REQUIRED),
    ]
    for extra, names in _EXTRAS.items():
        hint = f"for `hitstream[{extra}]`: pip install 'hitstream[{extra}]'"
        found += [_package(name, "absent", hint) for name in names]
    return [*found, _attempt("kernels", _kernels), _attempt("disk", lambda: _disk(data)), _data(data)]


def _package(name: str, state: str, hint: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, state, hint)


def _attempt(what: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except (HitstreamError, OSError) as error:
        return Check(what, "missing", str(error))


def _kernels() -> Check:
    from hitstream.jit import cache_directory
    from hitstream.parse import compile_format, parse
    from hitstream.record import Chunk

    line = b'kernels.example - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 1\n'
    hits = parse(Chunk("doctor", 0, line), compile_format("common")).hits
    state = "ok" if len(hits) == 1 else "missing"
    return Check("kernels", state, f"compiled code is kept in {cache_directory()}")


def _disk(data: Path) -> Check:
    place = next(path for path in (data.absolute(), *data.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    return Check("disk", "ok" if free > _LITTLE_SPACE else "missing", f"{free // _MEBIBYTE:,} MiB free at {place}")


def _data(data: Path) -> Check:
    from hitstream.query import open_query

    if not data.exists():
        return Check("data", "absent", f"{data} is not there yet; `hitstream ingest` makes it")
    try:
        with open_query(data) as query:
            counts = query.counts()
    except HitstreamError as error:
        return Check("data", "missing", str(error))
    return Check("data", "ok", f"{data}: {account(counts.lines, counts.hits, counts.bad)}")
