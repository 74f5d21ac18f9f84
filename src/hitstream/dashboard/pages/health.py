"""How the pipeline stands: of the whole data directory, whatever time and filters are chosen elsewhere."""

from typing import TYPE_CHECKING

from hitstream.dashboard.panels.contract import Page, Panel

if TYPE_CHECKING:
    from dash.development.base_component import Component


def _head() -> "list[Component]":
    from dash import html

    said = "Of all that was ever read: the time and the filters of other pages do not count here."
    return [html.P(said, className="note whole")]


PAGE = Page(
    "health",
    "/health",
    "Health",
    "health",
    (
        Panel("standing", "How it stands", "", "vitals", 12),
        Panel("advice", "What to do next", "", "advice", 12, empty="Nothing: all stages are well."),
        Panel("stages", "Stages of the pipeline", "", "stages", 12),
        Panel("sources", "Sources", "", "sources", 7, empty="No ingest has told of its sources yet."),
        Panel("bad_reasons", "Bad lines by reason", "", "bad_reasons", 5, empty="No bad lines: everything parsed."),
        Panel("formats", "Formats of the sources", "", "formats", 12, rows=50, empty="Nothing was read yet."),
        Panel("bad_lines", "Bad lines", "", "bad_lines", 12, rows=20, empty="No bad lines: everything parsed."),
    ),
    head=_head,
    whole=True,
    every=2,
)
