"""What NiFi has written down of a flow, which is what it knows after a stop or a kill."""

import gzip
import json
import time
import zlib
from contextlib import suppress

QUIET = 1.5
"""Seconds: three times what NiFi waits before it writes a change of its flow down."""


def is_settled(stack, name):
    """Tell whether NiFi wrote down that a flow runs, and is not about to write again.

    It writes half a second after a change. A kill before that would forget the change; a stop between two writes
    makes the last one tell of processors that the stop itself has ended.
    """
    return set(states(stack, name)) == {"RUNNING"} and time.time() - _file(stack).stat().st_mtime > QUIET


def states(stack, name):
    """Return the states of a flow's processors in what NiFi loads at a start."""
    with suppress(EOFError, zlib.error, ValueError):  # it is being written
        groups = json.loads(gzip.decompress(_file(stack).read_bytes()))["rootGroup"]["processGroups"]
        return [node["scheduledState"] for each in groups if each["name"] == name for node in each["processors"]]
    return []


def _file(stack):
    return stack.home("nifi") / "data" / "flow.json.gz"
