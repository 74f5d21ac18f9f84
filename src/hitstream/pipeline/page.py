"""Both tiers: the dashboard of what is asked; for the embedded one also beside the ingest that feeds it."""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hitstream.clock import SystemClock
from hitstream.errors import ConfigError, HitstreamError
from hitstream.pipeline.asking import asked
from hitstream.pipeline.stores import Stores

if TYPE_CHECKING:
    from hitstream.dashboard.access.credentials import CredentialsFile
    from hitstream.dashboard.address import ServerAddress

_POLL = 0.05
"""Seconds between two looks at whether another process is ready."""


@dataclass
class Serving:
    """Where the dashboard is served, and who may ask: the settings of these names."""

    host: str
    port: int
    allowed_hosts: str = ""
    behind_proxy: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    access_file: Path | None = None
    session_hours: float = 24.0
    password_file: Path | None = None
    title: str = ""
    """What the data is called on the page; empty for its directory."""

    def credentials(self, data: Path) -> "CredentialsFile":
        """Return where the password and tokens of a data directory are kept."""
        from hitstream.dashboard.access.credentials import FILE, CredentialsFile

        return CredentialsFile(self.access_file or data / FILE)

    def address(self) -> "ServerAddress":
        """Return where to listen, and by which names it may be asked for."""
        from hitstream.dashboard.address import ServerAddress

        asked = self.allowed_hosts, self.behind_proxy, self.tls_cert, self.tls_key
        return ServerAddress.of(self.host, self.port, *asked)


def serve(
    data: Path,
    serving: Serving,
    announce: Callable[[str], None],
    stop: threading.Event | None = None,
    cluster: Stores | None = None,
) -> None:
    """Show a data directory, or the cluster, until interrupted or `stop`; tell `announce` the page's address.

    Raises:
        ConfigError: the dashboard is not installed, what is shown cannot be read, or others than this machine could
            ask and no password is set.
        Retryable: the port is in use.
    """
    try:
        import dash  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"The dashboard is not installed: {error}.", "Install it: pip install 'hitstream[dashboard]'."
        ) from error
    from hitstream.dashboard.access.access import Access
    from hitstream.dashboard.app import Settings, build
    from hitstream.dashboard.serve import serve as serve_page

    where = cluster or data
    with asked(where):
        pass  # an error here is said at once, and not on the page
    clock, address = SystemClock(), serving.address()
    credentials = serving.credentials(data)
    if serving.password_file:
        credentials.take_password(serving.password_file)
    access = Access(credentials, clock, serving.session_hours)
    app = build(lambda: asked(where), clock, Settings(str(where), address, access, serving.title))
    serve_page(app, address, is_guarded=access.is_asked_for, announce=announce, stop=stop)


def run(arguments: Sequence[str], data: Path, serving: Serving, announce: Callable[[str], None]) -> int:
    """Follow logs in a process of its own (`hitstream ingest` with these arguments) and show them in this one.

    Returns:
        The exit code of the ingest, which has said what was wrong; 0 if it was still running at the end.

    Raises:
        HitstreamError: see `serve`.
    """
    command = [sys.executable, "-m", "hitstream", "ingest", "--follow", *arguments, "--data", str(data)]
    stop = threading.Event()
    ingest = subprocess.Popen(command, start_new_session=True)
    watcher = threading.Thread(target=_tell, args=(stop, ingest), daemon=True)
    try:
        if not _readable(data, ingest):
            return ingest.returncode
        watcher.start()
        serve(data, serving, announce, stop)
        return ingest.poll() or 0
    finally:
        ingest.terminate()
        ingest.wait()


def _tell(stop: threading.Event, process: subprocess.Popen[bytes]) -> None:
    """Set `stop` when a process has ended."""
    process.wait()
    stop.set()


def _readable(data: Path, ingest: subprocess.Popen[bytes]) -> bool:
    """Wait until the data directory can be read; return whether it can, which it cannot if the ingest ends before."""
    from hitstream.query import open_query

    while ingest.poll() is None:
        try:
            with open_query(data):
                return True
        except HitstreamError:
            SystemClock().sleep(_POLL)
    return False
