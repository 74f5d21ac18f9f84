"""What commands show of long work while it goes on."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING

from hitstream import terminal

if TYPE_CHECKING:
    from hitstream.stack.lifecycle import Stack


class Fetching:
    """A progress bar that is there from the first byte to the last, and not at all where nothing is fetched."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._shown = False
        self._bar: terminal.Bar | None = None

    def __enter__(self) -> Callable[[int, int], None]:
        return self._show

    def _show(self, done: int, total: int) -> None:
        if not self._shown:
            self._shown = True
            self._bar = self._opened.enter_context(terminal.progress("fetch"))
        if self._bar:
            self._bar.show(done, total)
        if done == total:
            self._opened.close()

    def __exit__(self, *_: object) -> None:
        self._opened.close()


class Waiting:
    """Says what a stack says, and from the first word on what it waits for."""

    def __init__(self) -> None:
        self.stack: Stack | None = None
        self._opened = ExitStack()
        self._alone = Lock()
        self._shown = False

    def __enter__(self) -> "Waiting":
        return self

    def __call__(self, text: str) -> None:
        """Say it."""
        with self._alone:
            if not self._shown:
                self._shown = True
                self._opened.enter_context(terminal.waiting(self._what))
            terminal.note(text)

    def _what(self) -> str:
        begun = sorted(self.stack.waiting.copy().items()) if self.stack else []
        return "waiting for " + ", ".join(f"{name} ({time.monotonic() - since:.0f} s)" for name, since in begun)

    def __exit__(self, *_: object) -> None:
        self._opened.close()
