"""`PANELS`: the page, a row a panel, and `KINDS`: the ways to show one.

From a row follow the panel's place, its question to `query/` and its updates. To add a panel, add a row; a new
way to show a view is a module of three functions here, and a row in `KINDS`.
"""

from hitstream.dashboard.panels import chart, figures, mix, ranking
from hitstream.dashboard.panels.contract import Kind, Panel

KINDS: dict[str, Kind] = {
    "figures": figures.KIND,
    "chart": chart.KIND,
    "mix": mix.KIND,
    "ranking": ranking.KIND,
}

PANELS: tuple[Panel, ...] = (
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
        empty="No 404 in this range.",
    ),
)
