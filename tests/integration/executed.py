"""Runs notebooks from their first cell to their last."""

import os
import resource
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from waiting import PATIENCE_SECONDS

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CHART = "application/vnd.plotly.v1+json"


def run(path, folder, monkeypatch, **environment):
    """Run a notebook in a folder; return it with its outputs, and the CPU seconds that it and its commands took."""
    scripts = str(Path(sys.executable).parent)
    others = [each for each in os.environ["PATH"].split(os.pathsep) if each != scripts]  # any Jupyter may run them
    monkeypatch.setenv("PATH", os.pathsep.join(others))
    monkeypatch.delenv("PLOTLY_RENDERER", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    notebook = nbformat.read(path, 4)
    NotebookClient(notebook, timeout=PATIENCE_SECONDS, resources={"metadata": {"path": str(folder)}}).execute()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return notebook, sum(after[:2]) - sum(before[:2])


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def charts(notebook):
    return [output for output in outputs(notebook) if CHART in output.get("data", {})]


def text(notebook):
    said = (output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs(notebook))
    return "\n".join(said)
