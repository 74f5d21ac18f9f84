"""The notebooks: committed without outputs, and each runs from its first cell to its last."""

from threading import Event

import nbformat
import pytest
from executed import NOTEBOOKS, charts, outputs, run, text
from nbconvert import HTMLExporter

from hitstream.engine.settings import IngestSettings
from hitstream.pipeline import Ingestion
from hitstream.sources.decompress import Limits
from hitstream.sources.generate import Traffic

MOST_SECONDS = 600
FOUND = {"1": " hits + ", "2": "alyssa.p", "3": "1 day 13:44:14", "4": "counted one by one"}
"""What each notebook is about, as its outputs say it; those that need no servers."""
EMBEDDED = [path for path in NOTEBOOKS if path.name[0] in FOUND]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs_and_tells_a_story(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count is None and not cell.outputs for cell in code)
    assert notebook.cells[0].source.startswith(f"# {path.name[0]} · ")
    assert not [line for cell in code for line in cell.source.splitlines() if len(line) > 120]


@pytest.mark.slow
@pytest.mark.parametrize("path", EMBEDDED, ids=lambda path: path.stem)
def test_a_notebook_runs_in_a_minute_and_draws(path, tmp_path, monkeypatch):
    monkeypatch.delenv("HITSTREAM_DATA", raising=False)
    notebook, seconds = run(path, tmp_path, monkeypatch)
    assert charts(notebook)
    exported, _ = HTMLExporter().from_notebook_node(notebook)
    assert exported.count("Plotly.newPlot(") == len(charts(notebook))
    assert FOUND[path.name[0]] in text(notebook)
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]
    assert seconds < MOST_SECONDS


@pytest.mark.slow
def test_a_notebook_that_is_connected_asks_the_readers_own_data(tmp_path, monkeypatch):
    log, data = tmp_path / "own.log", tmp_path / "data"
    log.write_bytes(b"".join(Traffic(lines=3_000, days=2, malformed=0.01, format="combined").blocks()))
    Ingestion([str(log)], data, IngestSettings(), Limits()).run(Event())
    notebook, _ = run(EMBEDDED[0], tmp_path, monkeypatch, HITSTREAM_DATA=str(data))
    assert f"hitstream.open('{data}'): 3,000 lines" in text(notebook)
    assert not (tmp_path / "made").exists()
