"""What all tests share: no deadlines on busy machines, and no silent skip of what CI must have."""

import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

BROWSER = ("chromium", "chromedriver")


def pytest_collection_modifyitems(items):
    """Leave out the browser's tests where there is none; with REQUIRE_SERVERS=1 they run, and fail."""
    missing = [name for name in BROWSER if not shutil.which(name)]
    if missing and not os.environ.get("REQUIRE_SERVERS"):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=f"{' and '.join(missing)} not installed"))
