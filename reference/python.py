"""The public names of `hitstream`, from their signatures and docstrings."""

import inspect
from collections.abc import Iterator

HEAD = """# Python

From the docstrings; [how to use it](../python.md).
"""


def page() -> str:
    """Return the page."""
    import hitstream
    from hitstream.api.answers import ResultTable
    from hitstream.parse import parse_log
    from hitstream.query import Totals, Visitors

    functions = {"open": hitstream.open, "parse": parse_log, "show": hitstream.show}
    said = HEAD + "".join(_entry("##", f"hitstream.{name}", function) for name, function in functions.items())
    for kind in (hitstream.Data, hitstream.Series, hitstream.Top, hitstream.HeatMap, ResultTable, Totals, Visitors):
        said += f"\n## {kind.__module__.removesuffix('.data')}.{kind.__name__}\n\n{_text(kind)}\n"
        said += "".join(_entry("###", f"{kind.__name__}.{name}", member) for name, member in _members(kind))
    return said


def _members(kind: type) -> Iterator[tuple[str, object]]:
    for name, member in vars(kind).items():
        if not name.startswith("_") and inspect.isfunction(member):
            yield name, member


def _entry(level: str, name: str, function: object) -> str:
    signature = str(inspect.signature(function)).replace("(self, ", "(").replace("(self)", "()")  # type: ignore[arg-type]
    return f"\n{level} {name}\n\n```text\n{name.rpartition('.')[2]}{_wrapped(signature)}\n```\n\n{_text(function)}\n"


def _wrapped(signature: str) -> str:
    signature = signature.replace("'", "")
    arguments, arrow, returned = signature.partition(" -> ")
    if len(signature) <= 100:
        return signature
    inner = arguments[1:-1]
    parts, depth, start = [], 0, 0
    for at, character in enumerate(inner):
        depth += (character in "[(") - (character in "])")
        if character == "," and not depth:
            parts.append(inner[start:at].strip())
            start = at + 1
    parts.append(inner[start:].strip())
    return "(\n    " + ",\n    ".join(parts) + f",\n){arrow}{returned}"


def _text(thing: object) -> str:
    """Return a docstring in Markdown: the sections of arguments and errors become lists."""
    lines = []
    for line in inspect.cleandoc(thing.__doc__ or "").splitlines():
        if line in ("Args:", "Raises:", "Returns:"):
            lines += [line, ""]
        elif line.startswith("    ") and not line.startswith("     "):
            name, colon, rest = line.strip().partition(": ")
            lines.append(f"* `{name}`{colon}{rest}" if colon else f"* {name}")
        else:
            lines.append(line.strip())
    return "\n".join(lines)
