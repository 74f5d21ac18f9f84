"""`PAGES`: the dashboard, a row a page. The navigation, the addresses and what is asked follow from it."""

from hitstream.dashboard.pages import errors, explore, health, live, overview, sql
from hitstream.dashboard.panels.contract import Page

PAGES: tuple[Page, ...] = (overview.PAGE, explore.PAGE, live.PAGE, errors.PAGE, sql.PAGE, health.PAGE)


def page_at(path: str) -> Page | None:
    """Return the page of a path, None where there is none."""
    plain = path.rstrip("/") or "/"
    return next((page for page in PAGES if page.path == plain), None)


def page_named(name: str) -> Page:
    """Return the page of that name."""
    return next(page for page in PAGES if page.name == name)
