"""A server without pages, over a real data directory."""

import pytest
from argon2 import PasswordHasher
from served import serving

from hitstream.engine.embedded import ingest
from hitstream.testing.crash import PAUSE, CrashSource

LINES = b"".join(
    b'h%d.example - - [01/Jul/1995:%02d:00:01 +0000] "GET /%s HTTP/1.0" %d 100\n' % (n % 3, n, target, status)
    for n, (target, status) in enumerate(((b"", 200), (b"=cmd()", 404), (b"<script>x</script>", 200), (b"", 500)))
)


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    ingest(root, CrashSource([LINES + b"junk \xff\x1b\n", PAUSE]).open, log_format="common")
    return root


@pytest.fixture(scope="module")
def app(data):
    made, services = serving(data)
    yield made
    services.desk.close()


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch):
    """A real hash takes 64 MB."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("hitstream.dashboard.access.credentials._hasher", lambda: cheap)
