"""The logs of NASA come whole, or not under their name."""

import gzip
import sys
from pathlib import Path

import pytest

from hitstream import download
from hitstream.errors import DataError, Retryable
from hitstream.sources.generate import Traffic
from hitstream.sources.nasa import LOGS, Log, fetch

sys.path.append(str(Path(__file__).parents[1] / "stack"))
from repository_server import Repository, serving

TEXT = b"".join(Traffic(lines=20_000, days=1).blocks()).removesuffix(b"\n")  # July's last line has no newline either
PACKED = gzip.compress(TEXT)
LOG = Log("NASA_access_log_Jul95.gz", len(TEXT), 20_000)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    monkeypatch.setattr(download, "_PAUSE", 0)


@pytest.fixture
def archive():
    with serving(Repository({f"traces/{LOG.name}": PACKED})) as served:
        yield served


def bring(archive, directory, told=lambda _done, _total: None):
    return fetch(LOG, directory, f"{archive.address}/traces/", told)


def test_a_log_comes_once(archive, tmp_path):
    shown = []
    path = bring(archive, tmp_path / "nasa", lambda *now: shown.append(now))
    assert gzip.decompress(path.read_bytes()) == TEXT
    assert shown[-1] == (len(PACKED), len(PACKED))
    assert bring(archive, tmp_path / "nasa") == path
    assert archive.asked.total() == 1
    assert [file.name for file in path.parent.iterdir()] == [LOG.name]


def test_a_cut_download_goes_on_where_it_ended(archive, tmp_path):
    archive.cuts[f"traces/{LOG.name}"] = [100_000, 150_000]
    assert gzip.decompress(bring(archive, tmp_path).read_bytes()) == TEXT
    assert archive.sent == len(PACKED)


def test_so_does_that_of_an_earlier_run(archive, tmp_path):
    archive.cuts[f"traces/{LOG.name}"] = [10_000, 20_000, 30_000, 40_000]
    with pytest.raises(Retryable) as raised:
        bring(archive, tmp_path)
    assert "goes on" in raised.value.hint
    bring(archive, tmp_path)
    assert archive.sent == len(PACKED)


@pytest.mark.parametrize("other", [gzip.compress(TEXT[:-1]), gzip.compress(TEXT.replace(b"\n", b" ", 1)), b"<html>"])
def test_another_file_is_refused_and_not_kept(archive, tmp_path, other):
    archive.content[f"traces/{LOG.name}"] = other
    with pytest.raises(DataError, match=f"{len(TEXT):,} and 20,000 were published"):
        bring(archive, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_not_there_is_named(archive, tmp_path):
    archive.content.clear()
    with pytest.raises(DataError, match=f"traces/{LOG.name} cannot be had") as raised:
        bring(archive, tmp_path)
    assert "--from" in raised.value.hint


def test_the_published_logs_are_those_of_the_design():
    assert [log.lines for log in LOGS] == [1_891_715, 1_569_898]
    assert [round(log.bytes / 1e6, 1) for log in LOGS] == [205.2, 167.8]
