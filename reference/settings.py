"""Every setting, in the page that says where they are looked for."""

import re
from pathlib import Path

from hitstream.settings import SETTINGS
from reference.tables import code, table

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
_TABLE = re.compile(r"^\| flag \|.*?(?=^$)", re.DOTALL | re.MULTILINE)


def page() -> str:
    """Return docs/settings.md with its table made anew."""
    rows = [(code(row.flag), code(row.variable), code(row.name), code(row.default), row.help) for row in SETTINGS]
    made = table(("flag", "environment", "in the file", "default", "what it is"), rows)
    return _TABLE.sub(lambda _: made, PAGE.read_text(), count=1)
