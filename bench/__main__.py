"""Runs the benchmarks named as arguments, all of them without any; keeps the results by date."""

import json
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

NAMES = (
    *("kernel", "formats", "goaccess", "start", "queries", "browser", "viewers"),
    *("cluster.extract", "cluster.latency", "cluster.stream", "cluster.serving"),
)
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Print each benchmark's figures and write them to results/DATE.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept["machine"] = f"{platform.machine()}, Python {platform.python_version()}"
    for name in sys.argv[1:] or NAMES:
        kept[name] = import_module(f"bench.{name}").run()
        print(name, json.dumps(kept[name], indent=2), flush=True)
        path.write_text(json.dumps(kept, indent=2) + "\n")


main()
