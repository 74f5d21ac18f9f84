"""`KINDS`: the ways to show a view.

A panel is a row of its page's table. A new way to show one is a module of four functions here, and a row in `KINDS`.
"""

from hitstream.dashboard.panels import (
    chart,
    figures,
    mix,
    ranked,
    ranking,
    rate,
    rows,
    sheet,
    split,
    stacked,
    stages,
    tail,
    vitals,
    week,
    world,
)
from hitstream.dashboard.panels.contract import Panel, PanelType

__all__ = ["CHARTS", "KINDS", "Kind", "Panel"]

KINDS: dict[str, PanelType] = {
    "figures": figures.KIND,
    "chart": chart.KIND,
    "stacked": stacked.KIND,
    "mix": mix.KIND,
    "ranking": ranking.KIND,
    "ranked": ranked.KIND,
    "split": split.KIND,
    "rows": rows.KIND,
    "rate": rate.KIND,
    "tail": tail.KIND,
    "week": week.KIND,
    "world": world.KIND,
    "vitals": vitals.KIND,
    "advice": sheet.kind(stages.ADVICE_SHEET),
    "stages": sheet.kind(stages.STAGE_SHEET),
    "sources": sheet.kind(stages.SOURCE_SHEET),
    "formats": sheet.kind(stages.SECTION_SHEET),
    "bad_reasons": sheet.kind(stages.REASON_SHEET),
    "bad_lines": sheet.kind(stages.EXAMPLE_SHEET),
}

CHARTS = frozenset({"chart", "stacked"})
"""Kinds that draw a figure over time: it is dragged over, clicked, and saved as an image."""
