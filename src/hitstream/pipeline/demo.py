"""The demo: generated traffic, which the embedded tier follows."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from hitstream.clock import SystemClock

_DAYS = 3.0
_RATE = 6.0
"""Lines a second, in the mean, of the days before the demo began."""


class Demo:
    """Logs of generated traffic: one of the last days, written as fast as it goes, and one that goes on from now.

    They are two so that what happens now is on the page at once, and what was before fills in beside it.
    """

    def __init__(self, folder: Path, seed: int, rate: float) -> None:
        self.logs = (folder / "access.log.1", folder / "access.log")
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=each)
            for each in zip(self.logs, (_last_days(seed), _from_now(seed + 1, rate)), strict=True)
        ]

    def __enter__(self) -> "Demo":
        for log in self.logs:
            log.touch()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, log: Path, blocks: Iterator[bytes]) -> None:
        with log.open("ab", buffering=0) as file:
            for block in blocks:
                if self._stop.is_set():
                    return
                file.write(block)


def _last_days(seed: int) -> Iterator[bytes]:
    """Yield the traffic of the last days up to now."""
    from hitstream.sources.generate import Traffic

    start = datetime.now().astimezone() - timedelta(days=_DAYS)
    return Traffic(seed=seed, start=start, days=_DAYS, rate=_RATE, format="combined").blocks()


def _from_now(seed: int, rate: float) -> Iterator[bytes]:
    """Yield so many lines a second as time goes on, for ever."""
    from hitstream.sources.generate import Traffic

    return Traffic(seed=seed, start=datetime.now().astimezone(), format="combined").live(SystemClock(), rate)
