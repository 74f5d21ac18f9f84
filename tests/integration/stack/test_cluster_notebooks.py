"""The notebooks of the cluster run on real servers, and their numbers are those of the embedded tier."""

import subprocess
import sys
from pathlib import Path

import pytest
from laboratory import SERVERS

sys.path.append(str(Path(__file__).parents[1]))
from executed import FOLDER, charts, run, text

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.filterwarnings("default")]
FOUND = {"5": "views are equal, to the last key", "6": "equal, day by day"}
MOST_SECONDS = 1800


@pytest.mark.parametrize("number", FOUND)
def test_a_notebook_of_the_cluster_runs_on_real_servers(number, stack, tmp_path, monkeypatch):
    stack.up(SERVERS)
    (path,) = FOLDER.glob(f"{number}-*.ipynb")
    try:
        notebook, seconds = run(path, tmp_path, monkeypatch, **stack.environment())
    finally:
        for stream in tmp_path.glob("made/*/stream"):
            command = [sys.executable, "-m", "hitstream", "cluster", "stop", "--data", str(stream)]
            subprocess.run(command, capture_output=True, check=False)
    assert FOUND[number] in text(notebook)
    assert charts(notebook)
    assert seconds < MOST_SECONDS
