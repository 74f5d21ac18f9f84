"""What commands write to a terminal: tables, progress, errors. Texts of logs are shown inert."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from hitstream.text import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_NUMERIC = (int, float)
_GAP = 2  # blanks between columns
_LEAST = 8  # of a column of texts, however narrow the terminal is


def note(text: str) -> None:
    """Say something beside the output, on standard error."""
    sys.stderr.write(visible(text) + "\n")


def problem(message: str, hint: str) -> None:
    """Say what was wrong and what to do next, on standard error."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True)
    console.print(Text.assemble(("hitstream: ", "bold red"), _by_line(message)))
    if hint:
        console.print(Text(_by_line(hint)))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; numbers stand to the right, in groups of three. A terminal's width cuts texts, and texts alone."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [list(row) for row in rows]
    cells = [[Text(visible(column)) for column in columns], *([Text(_shown(value)) for value in row] for row in rows)]
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    numbers = [any(isinstance(row[at], _NUMERIC) for row in rows) for at in range(len(columns))]
    whole = sum(widths) + _GAP * len(widths)
    console = Console(width=None if sys.stdout.isatty() else max(whole, len(title)))
    kept = sum(width for width, number in zip(widths, numbers, strict=True) if number) + _GAP * (len(widths) - 1)
    texts = [width for width, number in zip(widths, numbers, strict=True) if not number]
    widest = _widest(texts, max(console.width - kept, _LEAST * len(texts)))
    console.width = max(console.width, kept + sum(min(width, widest) for width in texts))
    made = Table(title=Text(visible(title)), title_justify="left", box=None, pad_edge=False, header_style="bold")
    for head, width, number in zip(cells[0], widths, numbers, strict=True):
        justify: Literal["left", "right"] = "right" if number else "left"
        shown = width if number else min(width, widest)
        made.add_column(head, justify=justify, overflow="ellipsis", no_wrap=True, width=shown)
    for row in cells[1:]:
        made.add_row(*row)
    console.print(made)


def json_lines(_title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a JSON array of objects, an object a line; what is outside ASCII is escaped."""
    sys.stdout.write("[")
    for at, row in enumerate(rows):
        sys.stdout.write(("," if at else "") + "\n" + json.dumps(dict(zip(columns, row, strict=True)), default=str))
    sys.stdout.write("\n]\n")


def json_object(values: Mapping[str, Any]) -> None:
    """Print one JSON object; what is outside ASCII is escaped."""
    sys.stdout.write(json.dumps(values, default=str, indent=2) + "\n")


def csv_rows(_title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print CSV whose cells no spreadsheet evaluates."""
    from hitstream.report.as_csv import inert

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([inert(value) if isinstance(value, str) else value for value in row])


Printer = Callable[[str, Sequence[str], Iterable[Sequence[Any]]], None]
PRINTERS: dict[str, Printer] = {"table": table, "json": json_lines, "csv": csv_rows}
"""How rows are printed, by the name of the format."""


class Bar:
    """Progress of long work on a terminal: how much of the bytes, lines a second, time left."""

    def __init__(self, progress: "Progress", task: "TaskID") -> None:
        self._progress = progress
        self._task = task

    def show(self, done: int, total: int | None, lines: int | None = None) -> None:
        """Show so many of so many bytes, and the lines read so far where it is lines that are read."""
        elapsed = self._progress.tasks[self._task].elapsed or 1.0
        rate = "" if lines is None else f"{lines / max(elapsed, 0.1):,.0f} lines/s"
        self._progress.update(self._task, completed=done, total=total, rate=rate)


@contextmanager
def progress(what: str) -> Iterator[Bar | None]:
    """Show a progress bar on standard error while inside; None where that is no terminal."""
    if not _can_go_back():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as made:
        yield Bar(made, made.add_task(what, total=None, rate=""))


@contextmanager
def waiting(what: Callable[[], str]) -> Iterator[None]:
    """Show below the notes, while inside, what is being waited for; nothing where standard error is no terminal."""
    if not _can_go_back():
        yield
        return
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner

    spinner = Spinner("dots")

    def now() -> Spinner:
        spinner.update(text=visible(what()))
        return spinner

    with Live(get_renderable=now, console=Console(stderr=True), transient=True, refresh_per_second=8):
        yield


def _can_go_back() -> bool:
    """Tell whether standard error is a terminal that can write over a line; that of a notebook's `!` cannot."""
    return sys.stderr.isatty() and "JPY_PARENT_PID" not in os.environ


def _by_line(text: str) -> str:
    """Make each line inert: a message may quote the end of a file."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _widest(widths: Sequence[int], room: int) -> int:
    """Return how wide a column may be so that all fit: narrow ones stay whole, long ones share what is left."""
    tried = range(max(widths, default=1), 1, -1)
    return next((most for most in tried if sum(min(width, most) for width in widths) <= room), 1)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else visible(str(value))
