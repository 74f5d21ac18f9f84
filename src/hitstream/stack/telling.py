"""The lines of a server's log that tell why it failed."""

import re
from pathlib import Path

_TROUBLE = re.compile(r"\b(ERROR|FATAL|SEVERE|Exception|Caused by|[A-Z]\w+(Error|Exception)|Could not|Unrecognized)\b")
_END = 1 << 16
_LINES = 5
_LONGEST = 300


def last_lines(paths: list[Path], count: int = _LINES) -> list[str]:
    """Return the last lines that speak of trouble in the ends of some files; the last lines of all where none does."""
    lines = [line[:_LONGEST] for path in paths for line in end(path).splitlines() if line.strip()]
    telling = [line for line in lines if _TROUBLE.search(line) and not line.lstrip().startswith("at ")]
    return (telling or lines)[-count:]


def end(path: Path, octets: int = _END) -> str:
    """Return the end of a file; nothing where it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - octets, 0))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
