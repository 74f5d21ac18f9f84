"""The pages of the reference, by where they stand in docs/."""

from pathlib import Path

from reference import cli, formats, http, metrics, python, schemas, settings

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {
    "settings.md": settings.page,
    "metrics.md": metrics.page,
    "reference/cli.md": cli.page,
    "reference/formats.md": formats.page,
    "reference/python.md": python.page,
    "reference/http.md": http.page,
    "reference/schemas.md": schemas.page,
}
