"""What the product imports is declared, so that no other package's change takes it away."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import hitstream

SOURCE = Path(hitstream.__file__).parent
PROJECT = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def declared() -> set[str]:
    wanted = [
        *PROJECT["dependencies"],
        *(each for extra in PROJECT["optional-dependencies"].values() for each in extra),
    ]
    return {canonical(re.split(r"[^\w.-]", each)[0]) for each in wanted}


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
    owners, known = packages_distributions(), declared()
    undeclared = {name for name in others if not known & {canonical(owner) for owner in owners.get(name, [])}}
    assert len(others) > 20 and not undeclared
