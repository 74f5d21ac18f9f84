"""The first page: what happened, at a glance."""

from hitstream.dashboard.panels.contract import Page, Panel

PAGE = Page(
    "overview",
    "/",
    "Overview",
    "overview",
    (
        Panel("totals", "Totals", "traffic", "figures", width=12),
        Panel("traffic", "Traffic", "traffic", "chart", width=9),
        Panel("status", "Status", "status", "mix", width=3, rows=7),
        Panel("targets", "Top targets", "target", "ranking", width=4, columns=("hits", "bytes"), unit="targets"),
        Panel("hosts", "Top hosts", "host", "ranking", width=4, columns=("hits", "bytes"), unit="hosts"),
        Panel(
            "not_found",
            "Not found (404)",
            "not_found",
            "ranking",
            width=4,
            columns=("hits",),
            unit="targets",
            empty="No 404 in this time.",
        ),
    ),
)
