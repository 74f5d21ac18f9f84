"""What `drawn.js` draws: rows, tiles and cells, of which there are too many for a Dash component each.

Every Dash component looks at every change of the page, so that a thousand of them make each change slow. A drawn part
is one attribute, `data-drawn`, with JSON in it: a list of nodes `[tag, attributes, child...]`, a child being a node or
a text. The browser makes elements of the tags and attributes it knows, and text nodes of texts: nothing in it is ever
read as HTML. Only what differs is touched, so that focus, selection and scroll survive.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hitstream.dashboard.panels.contract import Props

Node = list[Any]
"""`[tag, attributes, child...]`."""


def node(tag: str, *children: "Node | str", style: dict[str, str] | None = None, **attributes: str) -> Node:
    """Make a node. `klass` is its class; `_` in the name of an attribute stands for `-`; an empty one is left out."""
    named = {name.replace("klass", "class").replace("_", "-"): value for name, value in attributes.items() if value}
    return [tag, {**named, "style": style} if style else named, *children]


def same(key: str) -> Node:
    """Stand for the element that was drawn with this `data_key` before, as it is.

    A browser that has no such element has missed something, and asks for everything.
    """
    return ["", {"data-key": key}]


def drawn(component: str, nodes: Sequence[Node]) -> "Props":
    """Return the properties that draw nodes inside a component, in place of what was drawn before."""
    return {component: {"data-drawn": json.dumps(nodes, ensure_ascii=False, separators=(",", ":"))}}
