"""Real-time web-log analytics: one pipeline, one definition of every number, two tiers.

`open` something to ask it, `parse` a log, `show` a table. Nothing is loaded before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hitstream.api.answers import HeatMap, Series, Top
    from hitstream.api.data import Data, open
    from hitstream.api.notebook import prepare_notebook
    from hitstream.api.shown import show
    from hitstream.parse.whole import parse_log as parse

__version__ = "0.1.0"
__all__ = ["Data", "HeatMap", "Series", "Top", "open", "parse", "prepare_notebook", "show"]

_HOME = {
    "Data": "hitstream.api.data",
    "HeatMap": "hitstream.api.answers",
    "Series": "hitstream.api.answers",
    "Top": "hitstream.api.answers",
    "open": "hitstream.api.data",
    "prepare_notebook": "hitstream.api.notebook",
    "show": "hitstream.api.shown",
}


def __getattr__(name: str) -> object:
    """Load what a name stands for; `parse` is the package itself, which can be called."""
    if name == "parse":
        return import_module("hitstream.parse")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
