"""Imports point one way, and heavy libraries wait until they are needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import hitstream

ROOT = Path(hitstream.__file__).parent
LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "errors clock text",
        "record settings telemetry ports download",
        "jit arrow vitals kafka",
        "sources",
        "parse",
        "views",
        "store",
        "engine",
        "extract",
        "query",
        "detect",
        "report",
        "dashboard",
        "stack",
        "pipeline",
        "api",
        "__init__",
        "doctor terminal lab",
        "commands",
        "cli",
        "__main__",
    )
)
"""The modules and folders of hitstream: each may import those of the rows above it."""

NEVER = {
    "query": {"engine", "extract"},
    "report": {"sources", "parse", "store", "engine", "extract"},
    "dashboard": {"sources", "parse", "store", "engine", "extract"},
}
"""What the rows would allow, but the design does not: readers know no writers, and pages ask `query` only."""

NUMBA = ("jit/blocks.py", "jit/compiler.py", "compiled/")
SERVER = ("dashboard/server/", "dashboard/access/login.py")
HEAVY: dict[str, tuple[str, ...]] = {
    "numba": NUMBA,
    "llvmlite": NUMBA,
    "pyarrow": ("arrow.py",),
    "typer": ("cli.py", "commands/"),
    "fastapi": SERVER,
    "starlette": SERVER,
    "prometheus_client": SERVER,
}
HEAVY |= dict.fromkeys(("cassandra", "confluent_kafka", "dash", "deltalake", "duckdb", "hdfs_native", "psutil"), ())
HEAVY |= dict.fromkeys(
    ("argon2", "itsdangerous", "plotly", "publicsuffixlist", "pyspark", "rich", "ua_parser", "uvicorn"), ()
)
"""Libraries that take long to import, and the places that may do so at module level: their adapters."""


class Import(NamedTuple):
    path: str
    line: int
    module: str
    at_module_level: bool


def names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno}: imports are absolute"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def walk(path: str, tree: ast.AST, at_module_level: bool = True) -> Iterator[Import]:
    """Yield the imports below a node; those for types only count as if they were in a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr):
            continue  # most of a tree, and no place for imports
        yield from (Import(path, node.lineno, name, at_module_level) for name in names(node))
        for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        deferred = for_types or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield from walk(path, node, at_module_level and not deferred)


IMPORTS = [
    found
    for file in sorted(ROOT.rglob("*.py"))
    for found in walk(file.relative_to(ROOT).as_posix(), ast.parse(file.read_bytes()))
]
OURS = [found for found in IMPORTS if found.module.startswith("hitstream.") and not found.path.startswith("testing/")]


def part(path: str) -> str:
    """Return the module or folder of hitstream that a path belongs to."""
    return Path(path).parts[0].removesuffix(".py")


def layer(name: str) -> int:
    found = [index for index, row in enumerate(LAYERS) if name in row]
    assert found, f"{name} has no place in LAYERS yet"
    return found[0]


def said(found: Import) -> str:
    return f"{found.path}:{found.line} imports {found.module}"


def parts(found: Import) -> tuple[str, str]:
    return part(found.path), found.module.split(".")[1]


def test_the_imports_of_functions_and_of_types_are_seen() -> None:
    source = """
import a
if TYPE_CHECKING:
    import b
try:
    import c
except ImportError:
    import d
class E:
    import e
    def f(self):
        with x:
            import f
"""
    found = [(row.module, row.at_module_level) for row in walk("x.py", ast.parse(source))]
    assert found == [("a", True), ("b", False), ("c", True), ("d", True), ("e", True), ("f", False)]


def test_every_module_has_a_layer() -> None:
    there = {part(path.relative_to(ROOT).as_posix()) for path in ROOT.rglob("*.py")} - {"__init__", "testing"}
    assert there <= frozenset().union(*LAYERS)


def test_imports_point_one_way() -> None:
    wrong = []
    for found in OURS:
        importer, imported = parts(found)
        if imported not in ("__version__", importer) and layer(imported) >= layer(importer):
            wrong.append(said(found))
    assert not wrong


@pytest.mark.parametrize("name", NEVER)
def test_readers_know_no_writers(name: str) -> None:
    assert not [said(found) for found in OURS if parts(found)[0] == name and parts(found)[1] in NEVER[name]]


def test_nothing_imports_compiled_modules_but_each_other() -> None:
    """They would bring the compiler along; a `Kernel` names them."""
    compiled = [found for found in IMPORTS if ".compiled" in found.module]
    assert compiled
    assert not [said(found) for found in compiled if "/compiled/" not in found.path]


def test_heavy_libraries_are_imported_where_they_are_needed() -> None:
    wrong = []
    for found in IMPORTS:
        library = found.module.split(".")[0]
        allowed = any(place in found.path for place in (*HEAVY.get(library, ("",)), "testing/"))
        if found.at_module_level and not allowed:
            wrong.append(said(found))
    assert not wrong


def test_numba_is_imported_to_compile_and_for_nothing_else() -> None:
    numba = [found for found in IMPORTS if found.module.split(".")[0] == "numba"]
    assert numba
    assert not [said(found) for found in numba if not any(place in found.path for place in NUMBA)]


def test_the_command_line_starts_without_what_single_commands_need() -> None:
    heavy = ["numpy", "pyarrow", "numba", "llvmlite", "duckdb", "deltalake", "dash", "plotly", "pyspark"]
    code = f"import sys, hitstream.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
