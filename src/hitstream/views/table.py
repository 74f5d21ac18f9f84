"""`VIEWS`: every number that hitstream keeps, a row a view.

From a row follow its rollup, its blocks, its answers, its panel and its part of every report. To add a view, add a
row; where its key is not a column yet, add that column to `hitstream.views.columns.DERIVED`.
"""

from typing import Literal, NamedTuple

Grain = Literal["minute", "hour", "day"]

SECONDS: dict[Grain, int] = {"minute": 60, "hour": 3600, "day": 86400}
"""The grains, finest first, with the length of a bucket in seconds. Buckets start at whole multiples, in UTC."""

ALL: tuple[Grain, ...] = ("minute", "hour", "day")
COARSE: tuple[Grain, ...] = ("hour", "day")


class View(NamedTuple):
    """What is counted, by what, and how finely."""

    name: str
    title: str
    """What a person reads above its panel."""
    key: tuple[str, ...] = ()
    """Columns (of the line, or derived) that make the key; none for totals. Hits that lack one are not in the view."""
    grains: tuple[Grain, ...] = COARSE
    visitors: tuple[Grain, ...] = ("day",)
    """The grains whose cells hold a sketch of visitors; a subset of `grains`, empty for none."""
    status: int = 0
    """Where not 0: only hits with this status."""
    sketch: int = 1024
    """K: visitors are exact below it, and estimated with a standard error of 1 / sqrt(K - 2) from it on."""
    bound: int = 50_000
    """Keys a block holds at the most; the rest fold into `(other)`."""


VIEWS: tuple[View, ...] = (
    View("traffic", "Traffic", grains=ALL, visitors=ALL, sketch=16_384),
    View("status", "Status codes", ("status",), grains=ALL),
    View("method", "Methods", ("method",)),
    View("protocol", "Protocols", ("protocol",)),
    View("target", "Requested targets", ("path",)),
    View("not_found", "Not found (404)", ("path",), status=404),
    View("static", "Static files", ("extension",)),
    View("host", "Client hosts", ("host",)),
    View("domain", "Domains", ("domain",)),
    View("country", "Countries", ("country",)),
    View("referrer", "Referrers", ("referrer",)),
    View("site", "Referring sites", ("site",)),
    View("browser", "Browsers", ("browser",)),
    View("os", "Operating systems", ("os",)),
    View("device", "Devices", ("device",)),
    View("bot", "Bots", ("bot",)),
    View("vhost", "Virtual hosts", ("vhost",)),
)


def view(name: str, views: tuple[View, ...] = VIEWS) -> View:
    """Return the view of that name.

    Raises:
        ConfigError: there is none; the message lists those there are.
    """
    from hitstream.errors import ConfigError

    for row in views:
        if row.name == name:
            return row
    raise ConfigError(f"There is no view named {name!r}.", "Views: " + ", ".join(row.name for row in views) + ".")
