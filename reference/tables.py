"""Tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; what would end a cell is escaped."""
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def code(text: object) -> str:
    """Return a text as code, nothing where there is none."""
    return f"`{text}`" if text not in (None, "", ()) else ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
