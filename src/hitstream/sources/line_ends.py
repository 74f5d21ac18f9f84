"""Lines that a carriage return alone ends, as some servers write them: the return is read as a newline."""

import numpy as np

START_BYTES = 64 << 10
"""How much of a log's beginning is looked at."""
_FEWEST = 2
_RETURN, _NEWLINE = ord("\r"), ord("\n")


def ended_by_returns(start: bytes) -> bool:
    """Tell whether a log, by its beginning, has lines that carriage returns end and none that a newline ends."""
    return start.count(b"\r") >= _FEWEST and b"\n" not in start


def returns_as_newlines(view: memoryview) -> None:
    """Write newlines over carriage returns."""
    data = np.frombuffer(view, np.uint8)
    data[data == _RETURN] = _NEWLINE
