"""What others may rely on: a name that comes, goes or moves changes this list too."""

import importlib
from pathlib import Path

import pytest

import hitstream

PUBLIC = {
    "hitstream": "Data HeatMap Series Top open parse prepare_notebook show",
    "hitstream.api": "",
    "hitstream.commands": "",
    "hitstream.dashboard": "",
    "hitstream.dashboard.pages": "PAGES Page page_at page_named",
    "hitstream.dashboard.panels": "CHARTS KINDS Kind Panel",
    "hitstream.dashboard.access": "",
    "hitstream.dashboard.server": "",
    "hitstream.engine": "",
    "hitstream.engine.spark": "",
    "hitstream.extract": "",
    "hitstream.extract.nifi": "",
    "hitstream.jit": "Kernel cache_directory",
    "hitstream.parse": "FORMATS Program compile_format compile_formats detect parse parse_log refuse_if_all_bad",
    "hitstream.parse.configurations": "ConfiguredLog checked",
    "hitstream.parse.structured": "",
    "hitstream.pipeline": "asked audit_cluster chosen CLUSTER Cluster CLUSTER_SETTINGS Demo deploy "
    "explained_bad_lines Ingestion run Sending serve Serving Stores summary temporary",
    "hitstream.query": "Arrived BySecond CellReader Cross Filter Health HeatMapAnswer HitReader Place Query Row "
    "SeriesAnswer TopAnswer Totals Visitors open_query parse_filter parse_time",
    "hitstream.report": "Report check contents write",
    "hitstream.sources": "",
    "hitstream.sources.generate": "HURRICANE_ERIN Traffic",
    "hitstream.stack": "",
    "hitstream.stack.servers": "SERVERS",
    "hitstream.store": "",
    "hitstream.store.cassandra": "",
    "hitstream.testing": "",
    "hitstream.views": "Block Cells DERIVED Grain OTHER SECONDS VIEWS View derive estimate merge pack "
    "rollup standard_error unpack view",
}
"""The names that each package gives; compiled folders give none."""


def packages() -> set[str]:
    root = Path(hitstream.__file__).parent
    folders = (file.parent for file in root.rglob("__init__.py") if file.parent.name != "compiled")
    return {".".join(("hitstream", *folder.relative_to(root).parts)) for folder in folders}


def names(package: str) -> set[str]:
    """Return `__all__`, or what the package defines or imports by name, without its modules."""
    module = importlib.import_module(package)
    submodules = {name for name, value in vars(module).items() if type(value) is type(module)}
    found = vars(module).get("__all__", [name for name in vars(module) if name not in submodules])
    return {name for name in found if not name.startswith("_")}


def test_the_list_names_every_package() -> None:
    assert packages() == set(PUBLIC)


@pytest.mark.parametrize("package", PUBLIC)
def test_a_package_gives_these_names(package: str) -> None:
    assert names(package) == set(PUBLIC[package].split())


def test_the_version_can_be_read() -> None:
    assert hitstream.__version__.count(".") == 2
