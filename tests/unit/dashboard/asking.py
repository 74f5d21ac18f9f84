"""Panels asked and shown outside of any server."""

import json
from typing import Any

from dash._utils import to_json
from fake_query import NOON, FakeQuery

from hitstream.dashboard.panels import KINDS, Panel
from hitstream.dashboard.panels.contract import Props, Question
from hitstream.dashboard.state import PageState

A_DAY = PageState.parse("/", "?range=24h")
EVERYTHING = PageState.parse("/", "?range=all")


def ask(panel: Panel, query: FakeQuery, state: PageState = A_DAY, now: float = NOON) -> Any:
    return KINDS[panel.kind].ask(panel, Question(query, state, now))  # type: ignore[arg-type]


def show(panel: Panel, answer: Any, before: Any = None, state: PageState = A_DAY) -> Props:
    return KINDS[panel.kind].show(panel, answer, before, state)


def plain(value: Any) -> Any:
    return json.loads(to_json(value) or "")


def drawn(props: Props, component: str) -> list[Any]:
    """Return the nodes that are drawn inside a component."""
    nodes: list[Any] = plain(props[component]["drawn"])
    return nodes


def words(node: Any) -> str:
    """Return the text of a node and of all below it."""
    return node if isinstance(node, str) else "".join(words(child) for child in node[2:])


def links(node: Any) -> list[dict[str, str]]:
    """Return the attributes of the links among a node and all below it."""
    if isinstance(node, str):
        return []
    return ([node[1]] if node[0] == "a" else []) + [found for child in node[2:] for found in links(child)]


def elements(nodes: list[Any]) -> list[Any]:
    """Return nodes and all below them, without texts."""
    return [found for made in nodes if not isinstance(made, str) for found in (made, *elements(made[2:]))]


def ids(component: Any) -> set[str]:
    """Return the ids of a component and of all below it, drawn ones among them."""
    if isinstance(component, list):
        return set().union(*map(ids, component))
    if not isinstance(component, dict):
        return set()
    props = component.get("props", {})
    found = {props["id"]} if "id" in props else set()
    found |= {made[1]["id"] for made in elements(json.loads(props.get("data-drawn", "[]"))) if "id" in made[1]}
    return found.union(*(ids(value) for value in props.values() if isinstance(value, (dict, list))))
