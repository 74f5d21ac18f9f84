"""Runs a command until it is stopped: when it ends by itself it is started again, ever later while it keeps ending."""

import subprocess
import threading
import time
from collections.abc import Callable, Sequence

from hitstream.errors import ConfigError, DataError, Fatal

LASTING = (ConfigError.exit_code, DataError.exit_code, Fatal.exit_code)
"""Exit codes that starting again would not change."""
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_WELL_SECONDS = 120.0
"""A command that ran so long was well: the next wait is a short one again."""
_LOOK = 0.1


def supervise(
    arguments: Sequence[str],
    stop: threading.Event,
    say: Callable[[str], None],
    *,
    first: Sequence[str] = (),
    grace: float | None = None,
    longest_wait: float = _LONGEST_WAIT,
) -> int:
    """Keep a command running until `stop` is set or it has a lasting error; return the exit code, 0 after a stop.

    The first time it gets the arguments `first` too.

    At a stop the command gets SIGTERM, and as long as it wants to end what it does; where `grace` is given, SIGKILL
    after so many seconds.
    """
    wait = min(_FIRST_WAIT, longest_wait)
    while not stop.is_set():
        began = time.monotonic()
        child = subprocess.Popen([*arguments, *first])
        first = ()
        while child.poll() is None and not stop.wait(_LOOK):
            pass
        if child.poll() is None:
            _end(child, grace)
            return 0
        if child.returncode in LASTING:
            return child.returncode
        if time.monotonic() - began > _WELL_SECONDS:
            wait = min(_FIRST_WAIT, longest_wait)
        if stop.is_set():
            break
        say(f"{' '.join(arguments[2:5])} ended with {child.returncode}; it starts again in {wait:g} s.")
        stop.wait(wait)
        wait = min(2 * wait, longest_wait)
    return 0


def _end(child: "subprocess.Popen[bytes]", grace: float | None) -> None:
    child.terminate()
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
