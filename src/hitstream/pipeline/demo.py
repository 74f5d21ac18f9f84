"""The demo: generated traffic, which the embedded tier follows."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hitstream.clock import SystemClock

if TYPE_CHECKING:
    from hitstream.sources.generate import Traffic

_DAYS = 3.0
_RATE = 6.0
"""Lines a second, in the mean, of the traffic that the demo begins with."""


def _last_days(seed: int) -> "Traffic":
    """Return the traffic of the last days up to now."""
    from hitstream.sources.generate import Traffic

    start = datetime.now().astimezone() - timedelta(days=_DAYS)
    return Traffic(seed=seed, start=start, days=_DAYS, rate=_RATE, format="combined")


def write_demo(log: Path, seed: int, rate: float, stop: threading.Event) -> None:
    """Write generated traffic to a log: the last days at once, then new lines as time goes on."""
    from hitstream.sources.generate import Traffic

    with log.open("ab", buffering=0) as file:
        for block in _last_days(seed).blocks():
            file.write(block)
        live = Traffic(seed=seed + 1, start=datetime.now().astimezone(), format="combined")
        for block in live.live(SystemClock(), rate):
            if stop.is_set():
                return
            file.write(block)
