"""Writes every page of the reference anew."""

from reference.pages import DOCS, PAGES

(DOCS / "reference").mkdir(exist_ok=True)
for name, page in PAGES.items():
    (DOCS / name).write_text(page())
