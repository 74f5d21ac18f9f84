"""Attributes that are no Python names, and icons."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dash.development.base_component import Component


def aria(**attributes: str) -> dict[str, Any]:
    """Return ARIA attributes: `aria(label="Range")` is `aria-label="Range"`."""
    return {f"aria-{name}": value for name, value in attributes.items()}


def data(**attributes: str) -> dict[str, Any]:
    """Return data attributes, for the style sheet to look at."""
    return {f"data-{name}": value for name, value in attributes.items()}


def icon(name: str) -> "Component":
    """Make an icon: `icon-NAME` of the style sheet, in the colour of the text around it."""
    from dash import html

    return html.I(className=f"icon icon-{name}", **aria(hidden="true"))
