"""What a contributor is told exists: targets, tools and files."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
GUIDE = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))
FOLDERS = ("", "src/hitstream", "tests/unit")


@pytest.mark.parametrize("file", ["CONTRIBUTING.md", "README.md", ".github/workflows/ci.yml"])
def test_targets_of_make_that_are_named_exist(file: str) -> None:
    named = re.findall(r"(?:`|run: )make ([a-z-]+)", (CHECKOUT / file).read_text(encoding="utf-8"))
    assert named and set(named) <= TARGETS


def test_every_target_says_in_the_help_what_it_does() -> None:
    said = set(re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, re.MULTILINE))
    assert said | {"image-embedded", "image-cluster"} == TARGETS


def test_files_and_folders_that_the_guide_names_exist() -> None:
    paths = {
        path for path in re.findall(r"`([\w./-]+)`", GUIDE) if "/" in path and not path.startswith((".venv", "make"))
    }
    missing = [path for path in paths if not any((CHECKOUT / folder / path).exists() for folder in FOLDERS)]
    assert len(paths) > 10 and not missing


def test_hooks_before_a_commit_run_what_the_lock_has() -> None:
    hooks = re.findall(
        r"entry: \.venv/bin/([a-z]+)", (CHECKOUT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    )
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
    assert hooks and all(re.search(rf"^{hook}(-bin|-py)?==", lock, re.MULTILINE) for hook in hooks)
