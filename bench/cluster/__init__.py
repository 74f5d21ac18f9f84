"""The cluster tier on real servers of this machine, part by part."""

from importlib import import_module

PARTS = ("extract", "stream", "serving")


def run() -> dict[str, object]:
    return {name: import_module(f"bench.cluster.{name}").run() for name in PARTS}
