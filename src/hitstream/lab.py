"""JupyterLab with the notebooks of hitstream: on loopback unless told, behind a token, asking nobody outside."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from hitstream import ports
from hitstream.clock import SystemClock
from hitstream.errors import ConfigError, Retryable, explained

LOOPBACK = "127.0.0.1"
ANY = "0.0.0.0"  # noqa: S104 - only where it is asked for
"""Every address of this machine, or of this container."""
_CONFIG = Path(__file__).parent / "jupyter_config"
"""Jupyter's settings: it asks neither to build Dash's extension, which no notebook here uses, nor about its news."""
_POLL = 0.1
"""Seconds between two looks at whether it answers."""
_PATIENCE = 60.0
"""Seconds that it may take to answer."""
_FEW = 2000
"""Bytes of what it printed that an error quotes."""


def published() -> Path:
    """Return where the notebooks are that come with the package, or stand in the checkout."""
    packed = Path(str(files("hitstream"))) / "notebooks"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "notebooks"


def copy(folder: Path) -> list[str]:
    """Copy the notebooks that are not in a folder yet; return the names of the copied. A reader's own stay as they are.

    Raises:
        ConfigError: the folder cannot be written.
    """
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        new = [path for path in sorted(published().glob("*.ipynb")) if not (folder / path.name).exists()]
        for path in new:
            shutil.copyfile(path, folder / path.name)
    return [path.name for path in new]


def run(folder: Path, port: int, data: str | None, announce: Callable[[str], None], host: str = LOOPBACK) -> int:
    """Run JupyterLab in a folder until interrupted or terminated; tell `announce` its address, token included.

    Args:
        folder: what it shows.
        port: where it listens.
        data: what `hitstream.open()` opens in its notebooks; where None, what the settings say.
        announce: is told the address, once it answers.
        host: what it listens on; the token is asked for on every address.

    Returns:
        The exit code.

    Raises:
        ConfigError: JupyterLab is not installed, or does not start.
        Retryable: the port is in use, or it does not answer.
    """
    if not ports.is_free(port, LOOPBACK):
        raise Retryable(f"Port {port} is in use by {ports.holder(port) or 'another process'}.", "Take another: --port.")
    token = secrets.token_urlsafe(24)
    address = f"http://{LOOPBACK if host == ANY else host}:{port}"
    out = folder / ".jupyter.log"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with explained(out), out.open("wb") as log:
        environment = _environment(token, data)
        lab = subprocess.Popen(
            _command(host, port), cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _await(lab, address, out)
        announce(f"{address}/lab?token={token}")
        return lab.wait()
    finally:
        lab.terminate()
        lab.wait()


def _command(host: str, port: int) -> list[str]:
    options = {
        "ServerApp.ip": host,
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": os.geteuid() == 0,
        "KernelManager.transport": "ipc",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.news_url": None,
        "LabApp.extension_manager": "readonly",
    }
    return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]


def _environment(token: str, data: str | None) -> dict[str, str]:
    """Return the environment of the notebooks: the token is not on the command line, which others may read."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # so that `!hitstream` is this one
    opened = {} if data is None else {"HITSTREAM_DATA": data}
    configured = os.pathsep.join(filter(None, (str(_CONFIG), os.environ.get("JUPYTER_CONFIG_PATH"))))
    return {**os.environ, **opened, "PATH": path, "JUPYTER_TOKEN": token, "JUPYTER_CONFIG_PATH": configured}


def _await(lab: "subprocess.Popen[bytes]", address: str, out: Path) -> None:
    clock = SystemClock()
    until = clock.now() + _PATIENCE
    asker = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while lab.poll() is None and clock.now() < until:
        try:
            asker.open(f"{address}/api", timeout=_PATIENCE).close()
            return
        except OSError:
            clock.sleep(_POLL)
    said = out.read_text(errors="replace")[-_FEW:].strip()
    if "No module named jupyterlab" in said:
        raise ConfigError("JupyterLab is not installed.", "Install it: pip install 'hitstream[notebook]'.")
    if lab.poll() is None:
        raise Retryable(f"JupyterLab did not answer within {_PATIENCE:.0f} s.", f"What it says is in {out}.")
    raise ConfigError(f"JupyterLab ended while it started: {said}", f"All it said is in {out}.")
