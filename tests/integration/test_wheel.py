"""The wheel works by itself: in an empty environment of each Python there is, away from the checkout."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from hitstream.sources.generate import Traffic
from waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
UV = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
PYTHONS = ("3.11", "3.12", "3.13")
LINES = 2_000


def python(version: str) -> str | None:
    """Return a Python of that version that runs, wherever the machine keeps one."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for each in (shutil.which(f"python{version}"), sys.executable, *map(str, kept)):
        told = each and subprocess.run([each, "--version"], capture_output=True, text=True, check=False)
        if told and told.returncode == 0 and told.stdout.startswith(f"Python {version}."):
            return each
    return None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if UV is None:
        pytest.skip("no uv: pip install uv")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(params=PYTHONS)
def hitstream(request: pytest.FixtureRequest, wheel: Path, tmp_path: Path) -> list[str]:
    """Return the command of an environment that has the wheel, and what the page and notebooks need."""
    found = python(request.param)
    if found is None:
        pytest.skip(f"no Python {request.param}")
    assert UV
    environment = tmp_path / "environment"
    locked = ["--constraint", str(ROOT / "requirements.lock")]
    subprocess.run([UV, "venv", "--quiet", "--python", found, environment], check=True)
    target = ["--python", str(environment), f"{wheel}[dashboard,notebook]"]
    subprocess.run([UV, "pip", "install", "--quiet", *locked, *target], check=True)
    return [str(environment / "bin" / "hitstream")]


def address(process: "subprocess.Popen[str]") -> str:
    """Return the address that a command says it is at."""
    assert process.stderr
    said = ""
    while "Ctrl-C" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return next(word for word in said.split() if word.startswith("http://"))


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def get(url: str) -> str:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=PATIENCE_SECONDS) as answer:
        return str(answer.read().decode())


def ended(process: "subprocess.Popen[str]") -> None:
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    process.communicate()
    left = [found for found in psutil.process_iter(["status"]) if found in family]
    assert all(found.info["status"] == psutil.STATUS_ZOMBIE for found in left), "ended ones may wait for init"


def test_the_commands_do_their_jobs(hitstream: list[str], tmp_path: Path) -> None:
    away = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    options = {"cwd": tmp_path, "env": away, "text": True}
    log = tmp_path / "access.log"
    log.write_bytes(b"".join(Traffic(lines=LINES, days=1, format="combined").blocks()))

    def started(*words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen([*hitstream, *words], stderr=subprocess.PIPE, **options)  # type: ignore[call-overload,no-any-return]

    subprocess.run([*hitstream, "report", log, "-o", "report.html"], check=True, **options)  # type: ignore[call-overload]
    assert "plotly" in (tmp_path / "report.html").read_text()

    following = started("run", str(log), "--data", "data", "--port", "0")
    page = address(following)
    until(lambda: json.loads(get(f"{page}api/v1/totals"))["hits"] == LINES)
    assert "hitstream" in get(page)
    ended(following)

    demo = started("demo", "--port", "0")
    page = address(demo)
    until(lambda: json.loads(get(f"{page}api/v1/totals?range=1h"))["hits"] > 0)
    ended(demo)

    lab = started("notebook", "--data", "data", "--port", str(free_port()))
    assert "JupyterLab" in get(address(lab))
    assert (tmp_path / "hitstream-notebooks" / "1-first-look.ipynb").exists()
    ended(lab)
