"""What `drawn.js` puts onto the page past Dash: rows, tiles and cells, and the texts and attributes of plain elements.

Every Dash component looks at every property that is set, so that a page of five hundred which is sent a hundred of
them is at work for half a second. So all that a message changes of plain elements is one property of one component
(`DRAWING`), as JSON; and parts of which there are many are no components at all but nodes, `[tag, attributes,
child...]`, a child being a node or a text. The browser makes elements of the tags and attributes it knows, and text
nodes of texts: nothing in it is ever read as HTML. Only what differs is touched, so that focus, selection and scroll
survive.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from hitstream.dashboard.panels.contract import Props

Node = list[Any]
"""`[tag, attributes, child...]`."""

DRAWING = "drawing"
"""The component that is told what to draw."""
_NAMES = {
    "children": "text",
    "className": "class",
    "style": "style",
    "title": "title",
    "href": "href",
    "drawn": "drawn",
}
"""Properties that are drawn, besides `data-...` and `aria-...` → what `drawn.js` calls them."""
_PREFIXES = ("data-", "aria-")


class Nodes(list[Node]):
    """Nodes inside a component."""

    @cached_property
    def written(self) -> str:
        """Their JSON, made once for all pages that are sent them."""
        return written(self)


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
    return {component: {"drawn": Nodes(nodes)}}


def handed(props: "Props") -> "Props":
    """Return properties as they are handed to Dash: those that are drawn as one, after all others."""
    plain: Props = {}
    others: Props = {}
    for component, values in props.items():
        for name, value in values.items():
            called = _called(name, value)
            (plain if called else others).setdefault(component, {})[called or name] = value
    if plain:  # never the same twice: Dash would not tell the browser
        parts = ",".join(f"{written(component)}:{_object(values)}" for component, values in plain.items())
        others[DRAWING] = {"data-drawing": f'["{uuid4().hex}",{{{parts}}}]'}
    return others


def nodes(content: "Component | str | Sequence[Component | str] | None") -> "list[Node | str] | None":
    """Return plain elements as nodes that draw them; None where some are more than elements."""
    from dash import html

    if content is None:
        return []
    if isinstance(content, str):
        return [content]
    if isinstance(content, Sequence):
        parts = [nodes(each) for each in content]
        return None if None in parts else [each for part in parts for each in part or ()]
    tag, below = type(content).__name__, nodes(getattr(content, "children", None))
    if below is None or getattr(html, tag, None) is not type(content):
        return None
    return [[tag.lower(), _attributes(content), *below]]


def written(value: Any) -> str:
    """Return what is drawn as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _object(values: dict[str, Any]) -> str:
    parts = (
        f"{written(name)}:{value.written if isinstance(value, Nodes) else written(value)}"
        for name, value in values.items()
    )
    return f"{{{','.join(parts)}}}"


def _called(name: str, value: Any) -> str | None:
    """Return what `drawn.js` calls a property; None for one that Dash has to know of, components among them."""
    if name.startswith(_PREFIXES):
        return name
    return _NAMES.get(name) if name != "children" or isinstance(value, str) else None


def _attributes(component: "Component") -> dict[str, Any]:
    given = component.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    return {_called(name, value) or name.lower(): value for name, value in given.items() if name != "children"}
