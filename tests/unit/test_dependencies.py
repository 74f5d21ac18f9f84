"""What the product imports is declared, so that no other package's change takes it away."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import hitstream

SOURCE = Path(hitstream.__file__).parent
PROJECT = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PRIVATE = {
    "numba": "jit/compiler.py replaces three of its functions while a kernel is compiled, and makes no callable",
    "dash": "dashboard/app.py sets its server up before the first request comes",
    "dash-ag-grid": "dashboard/pages/sql.py lets its script be loaded on demand",
}
"""Libraries of which parts are used that any release may change, and for what."""


def declared() -> dict[str, str]:
    """Return the name of each declared library, and its versions."""
    every = [*PROJECT["dependencies"], *(one for extra in PROJECT["optional-dependencies"].values() for one in extra)]
    parts = (re.fullmatch(r"([\w.-]+)(?:\[.*\])?(.*)", one) for one in every)
    return {canonical(found[1]): found[2] for found in parts if found}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_every_library_that_is_imported_is_declared() -> None:
    modules = {name for path in SOURCE.rglob("*.py") for name in imported(path)}
    others = modules - set(sys.stdlib_module_names) - {"hitstream"}
    owners, known = packages_distributions(), set(declared())
    undeclared = {name for name in others if not known & {canonical(owner) for owner in owners.get(name, [])}}
    assert len(others) > 20 and not undeclared


@pytest.mark.parametrize("name", PRIVATE)
def test_a_library_of_which_private_parts_are_used_comes_in_known_releases_only(name: str) -> None:
    assert "<" in declared()[name], PRIVATE[name]
