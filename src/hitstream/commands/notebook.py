"""`hitstream notebook`: JupyterLab, connected."""

from pathlib import Path
from typing import Annotated

import typer

from hitstream import terminal
from hitstream.errors import ConfigError
from hitstream.pipeline import CLUSTER
from hitstream.settings import looked_up


def notebook(
    data: Annotated[
        Path | None, typer.Option(help="The data directory that the notebooks open; the setting `data` if it is there.")
    ] = None,
    cluster: Annotated[bool, typer.Option("--cluster", help="Let them open the cluster.")] = False,
    folder: Annotated[
        Path, typer.Option(help="Where the notebooks are; those that are missing are copied there.")
    ] = Path("hitstream-notebooks"),
    host: Annotated[str, typer.Option(help="Address that it listens on; the token is asked for on any.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port.")] = 8888,
) -> None:
    """Start JupyterLab with the notebooks, behind a token. Without data they generate their own."""
    from hitstream import lab

    if data and cluster:
        raise ConfigError("A data directory and the cluster cannot both be opened.", "Give --data or --cluster.")
    copied = lab.copy(folder)
    if copied:
        terminal.note(f"{folder}: {len(copied)} notebooks.")
    raise typer.Exit(lab.run(folder, port, CLUSTER if cluster else _directory(data), _said, host))


def _directory(data: Path | None) -> str | None:
    """Return the data directory that is meant, as notebooks find it wherever they are; None where there is none."""
    meant = data or Path(looked_up("data"))
    if data is None and not meant.exists():
        return None
    return str(meant.absolute())


def _said(address: str) -> None:
    terminal.note(f"JupyterLab is at {address} — Ctrl-C ends it.")
