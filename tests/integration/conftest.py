"""One browser for all tests of a worker; each has a window of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from waiting import until

if TYPE_CHECKING:
    from browsing import Page, Pipeline


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Yield the driver of a browser; starting one takes longer than most tests."""
    from browsing import started

    with started(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def page(browser: Any) -> "Iterator[Page]":
    from browsing import window

    with window(browser) as page:
        yield page


@pytest.fixture
def pipeline(tmp_path: Path) -> "Iterator[Pipeline]":
    from browsing import Pipeline, hit

    made = Pipeline(tmp_path)
    made.write(*(hit(f"/page-{n % 7}", host=f"host-{n % 5}.example") for n in range(100)), hit("/lost", 404))
    with made.ingesting():
        until((tmp_path / "data" / "hitstream.sqlite").exists)
        yield made
