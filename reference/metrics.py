"""Every metric and stage, at the end of the page about them."""

from pathlib import Path

from hitstream.telemetry import document

PAGE = Path(__file__).parents[1] / "docs" / "metrics.md"


def page() -> str:
    """Return docs/metrics.md with its tables made anew."""
    told, _, _ = PAGE.read_text().partition("| metric |")
    return told + document()
