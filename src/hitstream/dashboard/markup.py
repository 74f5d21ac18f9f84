"""Attributes that are no Python names."""

from typing import Any


def aria(**attributes: str) -> dict[str, Any]:
    """Return ARIA attributes: `aria(label="Range")` is `aria-label="Range"`."""
    return {f"aria-{name}": value for name, value in attributes.items()}


def data(**attributes: str) -> dict[str, Any]:
    """Return data attributes, for the style sheet to look at."""
    return {f"data-{name}": value for name, value in attributes.items()}
