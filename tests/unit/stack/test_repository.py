"""The address of the repository is the user's, or what Spark's resolver would take."""

from urllib.parse import urlsplit

import pytest

from hitstream.errors import ConfigError
from hitstream.stack import repository

MIRROR = "http://127.0.0.1:8081/maven"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".m2").mkdir()
    return tmp_path


def settings(home, patterns, namespace=""):
    text = f"<mirror><mirrorOf>{patterns}</mirrorOf><url> {MIRROR}/ </url></mirror>"
    (home / ".m2" / "settings.xml").write_text(f"<settings{namespace}><mirrors>{text}</mirrors></settings>")


def test_the_setting_comes_first(home):
    settings(home, "*")
    assert repository.address("http://127.0.0.1/x/") == "http://127.0.0.1/x"


@pytest.mark.parametrize("patterns", ["central", "*", "external:*", "other, central", "*,!other"])
@pytest.mark.parametrize("namespace", ["", ' xmlns="urn:of-maven"'])
def test_a_mirror_of_central_is_taken(home, patterns, namespace):
    settings(home, patterns, namespace)
    assert repository.address(None) == MIRROR


@pytest.mark.parametrize("patterns", ["other", "*,!central", ""])
def test_another_mirror_is_not_taken(home, patterns):
    settings(home, patterns)
    assert repository.address(None) != MIRROR


def test_without_settings_there_is_an_address_all_the_same():
    assert urlsplit(repository.address(None)).scheme == "https"


def test_settings_that_cannot_be_read_are_named(home):
    (home / ".m2" / "settings.xml").write_text("<settings>")
    with pytest.raises(ConfigError, match=r"settings\.xml cannot be read"):
        repository.address(None)
