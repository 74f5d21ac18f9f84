"""The flow that publishes a directory's logs.

    List recent ──┐
                  ├──▶ Publish ──▶ (more, failure: again)
    List all ─────┘

A listed file is a notice, not content: the processor reads it from disk, from where it was the last time. So nothing
large goes through NiFi, a file that grew or was renamed is just a notice more, and a notice too many does nothing.
"""

import re

from hitstream import __version__
from hitstream.extract.nifi.graph import Graph, Link, Node, in_python, standard
from hitstream.sources.discover import LOG_NAMES, OTHER_NAMES

PROCESSOR = in_python("PublishLines", __version__)
"""Our processor, in deploy/nifi/extensions; its version is that of hitstream."""

PARAMETERS = {
    "directory": "The directory whose logs are published.",
    "brokers": "Kafka's brokers; comma-separated.",
    "topic": "The topic that lines travel through.",
    "format": "The format of the logs, where it is said to who reads the topic.",
    "compression": "What records are compressed with.",
}


def log_names() -> str:
    """Return the regular expression (Java's) of the names that are read in a directory."""
    wanted, left_out = ("|".join(map(_regex, names)) for names in (LOG_NAMES, OTHER_NAMES))
    return rf"(?i)(?!\.)(?!(?:{left_out})$)(?:{wanted})"


def flow(name: str) -> Graph:
    """Return the flow, under the name that its process group gets."""
    publish = Node(
        "Publish",
        PROCESSOR,
        {"Brokers": "#{brokers}", "Topic": "#{topic}", "Format": "#{format}", "Compression": "#{compression}"},
        ended=("success", "original", "unreadable"),
        retried=("failure",),
        place=(0.0, 300.0),
    )
    recent = Node(
        "List recent", standard("ListFile"), _listing() | {"Maximum File Age": "1 min"}, "250 ms", place=(-300.0, 0.0)
    )
    every = Node("List all", standard("ListFile"), _listing(), "30 sec", place=(300.0, 0.0))
    links = [
        Link(recent.name, "success", publish.name),
        Link(every.name, "success", publish.name),
        Link(publish.name, "more", publish.name),
        Link(publish.name, "failure", publish.name),
    ]
    return Graph(name, (recent, every, publish), links, PARAMETERS)


def _listing() -> dict[str, str]:
    return {
        "Input Directory": "#{directory}",
        "listing-strategy": "none",
        "Recurse Subdirectories": "false",
        "Include File Attributes": "false",
        "File Filter": log_names(),
    }


def _regex(pattern: str) -> str:
    """Return the regular expression of a pattern that has `*` and classes alone."""
    parts = re.split(r"(\*|\[[^\]]+\])", pattern)
    return "".join(".*" if part == "*" else part if part.startswith("[") else re.escape(part) for part in parts)
