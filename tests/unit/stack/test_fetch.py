"""Jars come whole or not at all, from whatever repository, over whatever network."""

import hashlib
import subprocess
import sys

import pytest
from repository_server import Repository, serving

from hitstream import download
from hitstream.errors import ConfigError, DataError, Retryable
from hitstream.stack import fetch, jars
from hitstream.stack.jars import Jar

CONTENT = {f"g:x{number}:jar:1": bytes([number]) * (1000 + 300_000 * number) for number in range(4)}


def jar(coordinate, data):
    return Jar("part", coordinate, hashlib.sha256(data).hexdigest(), len(data))


JARS = tuple(jar(coordinate, data) for coordinate, data in CONTENT.items())
LAST = JARS[-1]


@pytest.fixture(autouse=True)
def locked(monkeypatch, tmp_path):
    monkeypatch.setattr(jars, "locked", lambda: {"part": JARS})
    monkeypatch.setattr(download, "_PAUSE", 0)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def repository():
    with serving(Repository({jar.path: CONTENT[jar.coordinate] for jar in JARS})) as served:
        yield served


@pytest.fixture
def store(tmp_path, repository):
    return fetch.cache(tmp_path / "jars", repository.address)


def whole(store):
    return [path.read_bytes() for path in store.paths("part")] == list(CONTENT.values())


def test_what_is_missing_comes_and_nothing_else(store, repository):
    shown = []
    assert fetch.fetch(store, ["part"], lambda done, total: shown.append((done, total))) == 4
    assert whole(store)
    total = sum(jar.size for jar in JARS)
    assert shown[-1] == (total, total)
    assert sorted(shown) == shown
    assert fetch.fetch(store, ["part"]) == 0
    assert repository.asked.total() == 4


def test_no_partial_file_is_left(store):
    fetch.fetch(store, ["part"])
    assert not list(store.directory.rglob("*.part"))


@pytest.mark.parametrize("broken", [b"", b"short", bytes([9]) * LAST.size])
def test_a_broken_jar_is_noticed_and_fetched_again(store, repository, broken):
    fetch.fetch(store, ["part"])
    (store.directory / LAST.path).write_bytes(broken)
    assert store.missing(["part"]) == [LAST]
    assert fetch.fetch(store, ["part"]) == 1
    assert whole(store)
    assert repository.asked.total() == 5


def test_a_cut_download_goes_on_where_it_ended(store, repository):
    repository.cuts[LAST.path] = [100_000, 500_000]
    fetch.fetch(store, ["part"])
    assert whole(store)
    assert repository.sent == sum(jar.size for jar in JARS)


def test_a_download_cut_again_and_again_says_that_the_next_one_goes_on(store, repository):
    repository.cuts[LAST.path] = [1000, 2000, 3000, 4000]
    with pytest.raises(Retryable, match=r"3/1/x3-1\.jar cannot be fetched") as raised:
        fetch.fetch(store, ["part"])
    assert "goes on" in raised.value.hint
    sent = repository.sent
    fetch.fetch(store, ["part"])
    assert whole(store)
    assert repository.sent - sent == LAST.size - 4000


def test_a_damaged_beginning_is_not_gone_on_with(store):
    partial = store.directory / (LAST.path + ".part")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"junk" * 1000)
    fetch.fetch(store, ["part"])
    assert whole(store)


def test_another_file_than_the_lock_names_is_refused_and_not_kept(store, repository):
    repository.content[LAST.path] = bytes(LAST.size)
    with pytest.raises(DataError, match=r"not the file that jars\.lock names") as raised:
        fetch.fetch(store, ["part"])
    assert "--repository" in raised.value.hint
    assert not (store.directory / LAST.path).exists()
    assert not (store.directory / (LAST.path + ".part")).exists()


def test_a_jar_that_the_repository_has_not_is_named_at_once(store, repository):
    del repository.content[LAST.path]
    with pytest.raises(DataError, match=f"no {repository.address}/{LAST.path}"):
        fetch.fetch(store, ["part"])
    assert repository.asked[LAST.path] == 1


def test_a_repository_that_is_busy_is_asked_again(store, repository):
    repository.status[LAST.path] = [503, 502]
    fetch.fetch(store, ["part"])
    assert whole(store)


def test_a_repository_that_asks_for_a_password_says_how(store, repository):
    repository.status[LAST.path] = [401]
    with pytest.raises(ConfigError, match="401") as raised:
        fetch.fetch(store, ["part"])
    assert "~/.m2/repository" in raised.value.hint


def test_a_repository_that_is_away_can_be_tried_later(tmp_path):
    store = fetch.cache(tmp_path / "jars", "http://127.0.0.1:1")
    with pytest.raises(Retryable, match="cannot be fetched"):
        fetch.fetch(store, ["part"])


def test_a_directory_can_be_the_repository(tmp_path, repository, store):
    fetch.fetch(store, ["part"])
    copy = fetch.cache(tmp_path / "copy", store.directory.as_uri())
    assert fetch.fetch(copy, ["part"]) == 4
    assert whole(copy)


def test_what_maven_has_is_taken_from_there(tmp_path, store, repository):
    kept = tmp_path / "home" / ".m2" / "repository" / LAST.path
    kept.parent.mkdir(parents=True)
    kept.write_bytes(CONTENT[LAST.coordinate])
    fetch.fetch(store, ["part"])
    assert whole(store)
    assert repository.asked[LAST.path] == 0


def test_offline_the_cache_is_enough_or_the_error_says_what_to_do(store):
    offline = store._replace(offline=True)
    with pytest.raises(ConfigError, match=r"4 jars of part \(.*MiB\) are not in") as raised:
        fetch.fetch(offline, ["part"])
    assert "hitstream stack fetch" in raised.value.hint
    fetch.fetch(store, ["part"])
    assert fetch.fetch(offline, ["part"]) == 0


def test_a_full_disk_is_said(tmp_path):
    """The limit of a file's size gives the same kind of error as a full disk, and needs no rights."""
    (tmp_path / "repository/g/x/1").mkdir(parents=True)
    (tmp_path / "repository/g/x/1/x-1.jar").write_bytes(bytes(100_000))
    code = f"""
import hashlib, pathlib, resource
from hitstream.stack import fetch, jars
from hitstream.stack.jars import Jar
jars.locked = lambda: {{"part": (Jar("part", "g:x:jar:1", hashlib.sha256(bytes(100_000)).hexdigest(), 100_000),)}}
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
here = pathlib.Path({str(tmp_path)!r})
try:
    fetch.fetch(fetch.cache(here / "jars", (here / "repository").as_uri()), ["part"])
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Fatal ")
    assert "no room left" in done.stdout
    assert "Make room" in done.stdout
