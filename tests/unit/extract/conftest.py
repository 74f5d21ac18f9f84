"""NiFi's processor as NiFi loads it: its modules stand alone."""

import sys
from pathlib import Path

import pytest

EXTENSION = Path(__file__).parents[3] / "deploy" / "nifi" / "extensions" / "hitstream_lines"


@pytest.fixture(scope="session", autouse=True)
def extension():
    sys.path.insert(0, str(EXTENSION))
    yield EXTENSION
    sys.path.remove(str(EXTENSION))
