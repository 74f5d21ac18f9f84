"""Settings: each is documented, and found where the documentation says."""

from pathlib import Path

import pytest

from hitstream import errors
from hitstream.settings import SETTINGS, from_file

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented_as_it_is(setting):
    cells = (setting.flag, setting.variable, setting.name, "" if setting.default is None else str(setting.default))
    row = "| " + " | ".join(f"`{cell}`" if cell else "" for cell in cells) + f" | {setting.help} |"
    assert row in DOCS.read_text()


@pytest.mark.parametrize("kind", [errors.ConfigError, errors.DataError, errors.Retryable, errors.Fatal])
def test_every_exit_code_is_documented(kind):
    assert f"\n| {kind.exit_code} |" in DOCS.read_text()


def test_without_a_file_nothing_is_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HITSTREAM_CONFIG", raising=False)
    assert from_file() == {}


@pytest.mark.parametrize("content", ["not toml", "colour = 1", "\x00"])
def test_a_file_that_says_nothing_known_is_refused(tmp_path, monkeypatch, content):
    file = tmp_path / "settings.toml"
    file.write_text(content)
    monkeypatch.setenv("HITSTREAM_CONFIG", str(file))
    with pytest.raises(errors.ConfigError, match=r"settings\.toml"):
        from_file()


def test_a_file_that_is_named_but_not_there_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("HITSTREAM_CONFIG", str(tmp_path / "nothing.toml"))
    with pytest.raises(errors.ConfigError, match=r"nothing\.toml"):
        from_file()
