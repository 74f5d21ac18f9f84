"""What the benchmarks measure is the process that they measure."""

import sys

import numpy as np
import pytest
from bench.measure import process


def test_the_memory_of_a_process_is_not_that_of_who_started_it() -> None:
    large = np.ones(400 << 20, np.uint8)  # resident, so that this process has a peak to hand down
    found = process([sys.executable, "-c", "pass"])
    assert large[-1] == 1
    assert 1 < found.megabytes < 100
    assert found.seconds > 0


def test_a_process_that_fails_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        process([sys.executable, "-c", "raise SystemExit(3)"])
