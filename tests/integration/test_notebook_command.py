"""`hitstream notebook`: on loopback, behind a token, connected."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress

import psutil
import pytest

from waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.slow
HITSTREAM = [sys.executable, "-m", "hitstream"]


def free_port():
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


def ask(address, path, token=None, method="GET"):
    headers = {"Authorization": f"token {token}"} if token else {}
    request = urllib.request.Request(
        f"{address}/api/{path}", headers=headers, method=method, data=b"" if method != "GET" else None
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return json.load(answer)


def has_ended(process):
    try:
        return process.status() == psutil.STATUS_ZOMBIE  # it may wait for init
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def lab(tmp_path):
    port = free_port()
    (tmp_path / "data").mkdir()
    command = [*HITSTREAM, "notebook", "--data", "data", "--port", str(port), "--folder", "mine"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    said = ""
    while "Ctrl-C" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    yield process, f"http://127.0.0.1:{port}", re.search(r"token=([\w-]+)", said)[1]
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    process.wait()
    process.stderr.close()
    until(lambda: all(map(has_ended, family)))


def test_it_shows_the_notebooks_to_who_has_the_token_and_asks_the_data(lab, tmp_path):
    process, address, token = lab
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(address, "contents")
    refused.value.close()
    assert refused.value.code == 403
    config = page_config(address, token)
    assert not config.get("buildCheck") and not config.get("buildAvailable")
    assert "@jupyterlab/apputils-extension:announcements" in config["disabledExtensions"]
    names = {row["name"] for row in ask(address, "contents", token)["content"]}
    assert {"1-first-look.ipynb", "4-visitors-and-sketches.ipynb"} <= names
    ask(address, "kernels", token, "POST")
    below = list(seen(psutil.Process(process.pid).children(recursive=True)))
    assert str(tmp_path / "data") in [environment.get("HITSTREAM_DATA") for environment, _, _ in below]
    assert not [word for _, line, _ in below for word in line if token in word]  # others may read command lines
    listening = [row.laddr.ip for _, _, rows in below for row in rows if row.status == psutil.CONN_LISTEN]
    assert set(listening) == {"127.0.0.1"}


def page_config(address, token):
    """Return what the first page tells JupyterLab: whether it asks to build, and which of its parts stay away."""
    with urllib.request.urlopen(f"{address}/lab?token={token}", timeout=PATIENCE_SECONDS) as answer:
        page = answer.read().decode()
    return json.loads(
        re.search(r'id="jupyter-config-data" type="application/json">\s*(.*?)\s*</script>', page, re.S)[1]
    )


def seen(processes):
    """Yield environment, command line and connections of those that run: some of Jupyter's end right away."""
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            yield each.environ(), each.cmdline(), each.net_connections()


def test_a_notebook_that_the_reader_changed_stays(tmp_path):
    from hitstream import lab

    assert len(lab.copy(tmp_path)) >= 4
    changed = tmp_path / "1-first-look.ipynb"
    changed.write_text("mine")
    (tmp_path / "2-the-parser.ipynb").unlink()
    assert lab.copy(tmp_path) == ["2-the-parser.ipynb"]
    assert changed.read_text() == "mine"


def test_a_port_in_use_is_said_at_once(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [*HITSTREAM, "notebook", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "is in use" in done.stderr


def test_data_and_cluster_together_are_refused(tmp_path):
    done = subprocess.run(
        [*HITSTREAM, "notebook", "--data", "d", "--cluster"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
