"""`hitstream fetch`: logs that others publish."""

from pathlib import Path
from typing import Annotated

import typer

from hitstream import terminal
from hitstream.commands.progress import Fetching
from hitstream.settings import cache_directory

app = typer.Typer(name="fetch", help="Download logs that others publish.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass  # one verb alone would take the place of the group


@app.command()
def nasa(
    to: Annotated[
        Path | None, typer.Option(help="The directory; `nasa` in the cache directory where not given.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option("--from", help="Where the files are published, if not at the Internet Traffic Archive."),
    ] = None,
) -> None:
    """Download the logs of NASA Kennedy Space Center of July and August 1995: 37 MB, two gzip files.

    They are checked by the bytes and lines that they unpack to; a cut download goes on where it ended.
    """
    from hitstream.sources.nasa import LOGS, PUBLISHED_AT, fetch

    directory = to or cache_directory() / "nasa"
    for log in LOGS:
        with Fetching() as shown:
            fetch(log, directory, address or PUBLISHED_AT, shown)
    terminal.note(f"The logs are in {directory}. To read them: hitstream ingest {directory} --data nasa-data")
