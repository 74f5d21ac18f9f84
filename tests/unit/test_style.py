"""What a linter does not hold."""

import re
from collections import Counter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
FILES = [
    file for folder in ("src", "tests", "bench", "reference") for file in sorted((CHECKOUT / folder).rglob("*.py"))
]


def test_no_file_is_longer_than_500_lines() -> None:
    lines = {file.relative_to(CHECKOUT).as_posix(): len(file.read_text().splitlines()) for file in FILES}
    assert lines
    assert not {file: count for file, count in lines.items() if count > 500}


@pytest.mark.parametrize("name", ["utils", "common", "core", "helpers", "misc"])
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    assert not [file for file in FILES if name in (file.stem, file.parent.name)]


def test_every_package_is_typed() -> None:
    assert (CHECKOUT / "src" / "hitstream" / "py.typed").exists()


def test_no_two_files_of_tests_have_one_name() -> None:
    names = Counter(file.name for file in (CHECKOUT / "tests").rglob("test_*.py"))
    assert [name for name, files in names.items() if files > 1] == [], "pytest imports them as modules of that name"


def test_the_name_of_a_class_means_one_thing() -> None:
    source = (CHECKOUT / "src").rglob("*.py")
    names = Counter(name for file in source for name in re.findall(r"^ *class (\w+)", file.read_text(), re.MULTILINE))
    assert [name for name, classes in names.items() if classes > 1] == []
