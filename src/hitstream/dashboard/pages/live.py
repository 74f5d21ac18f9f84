"""What comes in now: the requests as they are written, and the last minute second by second."""

from typing import TYPE_CHECKING, Any

from hitstream import text
from hitstream.dashboard.panels.contract import Page, Panel

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.state import PageState


def _head() -> "list[Component]":
    from dash import html

    said = "What comes in now: filters count here, the time chosen on other pages does not."
    return [html.P(said, className="note of-now")]


def _summary(answers: dict[str, Any], _state: "PageState") -> str:
    by_class = [sum(column) for column in zip(*answers["rate"].seconds, strict=True)] or [0] * 5
    errors = by_class[2] + by_class[3]
    return f"{text.count(sum(by_class))} requests in the last minute, {text.count(errors)} of them errors"


PAGE = Page(
    "live",
    "/live",
    "Live",
    "live",
    (
        Panel(
            "rate",
            "The last 60 seconds",
            "",
            "rate",
            12,
            empty="No request in the last 60 seconds. Health says whether lines still come in; filters hide others.",
        ),
        Panel(
            "tail",
            "Requests",
            "",
            "tail",
            12,
            rows=50,
            empty="No request of the last day passes these filters. Remove one, or look further back in Explore.",
        ),
    ),
    slow=True,
    now=True,
    every=1,
    head=_head,
    news=True,
    summary=_summary,
)
