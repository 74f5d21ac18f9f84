"""Prints what a CI run was: what failed stages said last, the slowest tests, a line a stage, how many tests passed.

The directory given holds `stages` (a line each: name, seconds, exit code), and of each stage its output and the JUnit
XML of its tests.
Exits with 1 where no test ran.
"""

import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

SLOWEST_TESTS = 25
LAST_LINES = 25


class Counts(NamedTuple):
    """How many tests of a stage ended in each way."""

    passed: int
    failed: int
    skipped: int


def tests_of(results: Path, stage: str) -> list[ElementTree.Element]:
    """Return the tests that a stage ran; none where it is no stage of tests."""
    path = results / f"{stage}.xml"
    return list(ElementTree.parse(path).iter("testcase")) if path.exists() else []  # noqa: S314 - pytest wrote it


def counts(tests: list[ElementTree.Element]) -> Counts:
    """Count how tests ended; an error in a fixture is a failure."""
    failed = sum(test.find("failure") is not None or test.find("error") is not None for test in tests)
    skipped = sum(test.find("skipped") is not None for test in tests)
    return Counts(len(tests) - failed - skipped, failed, skipped)


def main(results: Path) -> int:
    """Print all of it; return the exit code."""
    stages = [line.split() for line in (results / "stages").read_text().splitlines()]
    tests = {name: tests_of(results, name) for name, _, _ in stages}
    every = [test for found in tests.values() for test in found]
    for name, _, code in stages:
        if code != "0":
            last = (results / f"{name}.log").read_text(errors="replace").splitlines()[-LAST_LINES:]
            print(f"\n{name} failed. It said last:", *last, sep="\n")
    print(f"\nThe slowest {SLOWEST_TESTS} tests:")
    for test in sorted(every, key=lambda test: -float(test.get("time", 0)))[:SLOWEST_TESTS]:
        print(f"{float(test.get('time', 0)):8.1f} s  {test.get('classname')}::{test.get('name')}")
    print(f"\n{'stage':<14}{'seconds':>8}{'passed':>8}{'failed':>8}{'skipped':>8}  exit")
    for name, seconds, code in stages:
        print(f"{name:<14}{seconds:>8}" + "".join(f"{number:>8}" for number in counts(tests[name])) + f"  {code}")
    all_counts = counts(every)
    print(f"{'all':<14}{sum(int(seconds) for _, seconds, _ in stages):>8}")
    print(f"{all_counts.passed} passed, {all_counts.failed} failed, {all_counts.skipped} skipped")
    return 0 if every else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
