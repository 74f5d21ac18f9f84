"""`KINDS`: the ways to show a view.

A panel is a row of its page's table. A new way to show one is a module of four functions here, and a row in `KINDS`.
"""

from hitstream.dashboard.panels import chart, figures, mix, ranking, week, world
from hitstream.dashboard.panels.contract import Kind, Panel

__all__ = ["KINDS", "Kind", "Panel"]

KINDS: dict[str, Kind] = {
    "figures": figures.KIND,
    "chart": chart.KIND,
    "mix": mix.KIND,
    "ranking": ranking.KIND,
    "week": week.KIND,
    "world": world.KIND,
}
