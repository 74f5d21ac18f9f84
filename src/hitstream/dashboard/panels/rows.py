"""Table bodies that change row by row, so that nothing else on the page moves."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dash.development.base_component import Component

Row = TypeVar("Row")


def body(rows: Sequence[Row], before: Sequence[Row] | None, render: "Callable[[Row], Component]") -> Any:
    """Return the children of a table body: a patch of the rows that changed, or all where their number did."""
    from dash import Patch

    if before is None or len(before) != len(rows):
        return [render(row) for row in rows]
    patch = Patch()
    for place, (row, old) in enumerate(zip(rows, before, strict=True)):
        if row != old:
            patch[place] = render(row)
    return patch
