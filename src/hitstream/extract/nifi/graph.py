"""A graph of processors as NiFi imports and exports it. The same graph gives the same bytes each time it is made."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

NIFI_VERSION = "2.3.0"
"""The NiFi whose own processors a graph names; a newer NiFi takes its own."""

_RETRIES = 1000


class ProcessorType(NamedTuple):
    """What a processor is: its type, and the bundle that has it."""

    type: str
    artifact: str
    version: str


def standard(name: str) -> ProcessorType:
    """Return one of NiFi's own processors."""
    return ProcessorType(f"org.apache.nifi.processors.standard.{name}", "nifi-standard-nar", NIFI_VERSION)


def in_python(name: str, version: str) -> ProcessorType:
    """Return a processor written in Python; the version is that of its `ProcessorDetails`."""
    return ProcessorType(name, "python-extensions", version)


class Node(NamedTuple):
    """A processor of a graph."""

    name: str
    kind: ProcessorType
    settings: Mapping[str, str]
    """Its properties, by NiFi's names."""
    period: str = "0 sec"
    """How long it rests between two runs."""
    ended: Sequence[str] = ()
    """The relations whose FlowFiles end here."""
    retried: Sequence[str] = ()
    """The relations whose FlowFiles it gets again, after waiting twice as long each time, up to half a minute."""
    place: tuple[float, float] = (0.0, 0.0)


class Link(NamedTuple):
    """A connection of the flow: relation of a node → another."""

    source: str
    relation: str
    target: str


class Graph(NamedTuple):
    """Processors and what leads from one to another; `parameters` are what the settings may name as `#{name}`."""

    name: str
    """The name of its process group and of its parameter context."""
    nodes: Sequence[Node]
    links: Sequence[Link]
    parameters: Mapping[str, str] = {}
    """Name → what it is."""

    def definition(self, values: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the graph as NiFi exports and imports it, with these values of its parameters."""
        group = _id(self.name)
        nodes = {node.name: _node(group, node) for node in self.nodes}
        contents = {
            "identifier": group, "name": self.name, "componentType": "PROCESS_GROUP", "position": {"x": 0.0, "y": 0.0},
            "comments": "Made by hitstream.", "parameterContextName": self.name,
            "processors": list(nodes.values()), "connections": [_link(group, link, nodes) for link in self.links],
            "processGroups": [], "inputPorts": [], "outputPorts": [], "labels": [], "funnels": [],
            "controllerServices": [], "remoteProcessGroups": [],
        }  # fmt: skip
        parameters = list(_parameters(self.parameters, values or {}))
        context = {"name": self.name, "parameters": parameters, "inheritedParameterContexts": []}
        return {
            "flowContents": contents, "flowEncodingVersion": "1.0", "parameterContexts": {self.name: context},
        }  # fmt: skip


def _parameters(said: Mapping[str, str], values: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    for name, what in said.items():
        yield {
            "name": name, "description": what, "sensitive": False, "provided": False, "value": values.get(name, ""),
        }  # fmt: skip


def _id(*parts: str) -> str:
    """Return the same identifier for the same parts, so that an update finds what is there."""
    return str(uuid5(NAMESPACE_URL, "/".join(("hitstream", *parts))))


def _node(group: str, node: Node) -> dict[str, Any]:
    return {
        "identifier": _id(group, node.name), "groupIdentifier": group, "name": node.name, "type": node.kind.type,
        "componentType": "PROCESSOR", "position": dict(zip("xy", node.place, strict=True)),
        "bundle": {"group": "org.apache.nifi", "artifact": node.kind.artifact, "version": node.kind.version},
        "properties": dict(node.settings), "propertyDescriptors": {}, "style": {},
        "autoTerminatedRelationships": list(node.ended), "retriedRelationships": list(node.retried),
        "retryCount": _RETRIES, "backoffMechanism": "PENALIZE_FLOWFILE", "maxBackoffPeriod": "30 sec",
        "schedulingStrategy": "TIMER_DRIVEN", "schedulingPeriod": node.period, "executionNode": "ALL",
        "concurrentlySchedulableTaskCount": 1, "runDurationMillis": 0, "penaltyDuration": "1 sec",
        "yieldDuration": "1 sec", "bulletinLevel": "WARN", "scheduledState": "ENABLED",
    }  # fmt: skip


def _link(group: str, link: Link, nodes: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    ends = {
        end: {"id": nodes[name]["identifier"], "type": "PROCESSOR", "groupId": group, "name": name}
        for end, name in (("source", link.source), ("destination", link.target))
    }
    return {
        "identifier": _id(group, *link), "groupIdentifier": group, "name": "", "componentType": "CONNECTION", **ends,
        "selectedRelationships": [link.relation], "backPressureObjectThreshold": 200,
        "backPressureDataSizeThreshold": "1 MB", "flowFileExpiration": "0 sec", "bends": [], "prioritizers": [],
        "labelIndex": 0, "zIndex": 0, "loadBalanceStrategy": "DO_NOT_LOAD_BALANCE", "partitioningAttribute": "",
        "loadBalanceCompression": "DO_NOT_COMPRESS",
    }  # fmt: skip
