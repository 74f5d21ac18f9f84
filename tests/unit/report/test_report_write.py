import json
import os
import resource
import sys
from pathlib import Path

import pytest
from counting import Counting, Hit
from hostile import NOON

from hitstream.errors import ConfigError, Fatal
from hitstream.report import check, contents, write
from hitstream.report.write import FORMATS

REPORT = contents(Counting([Hit(NOON + i, f"h{i}") for i in range(300)]))


@pytest.mark.parametrize(
    ("suffix", "begin"), [(".json", '{"schema":1,'), (".csv", "view,key,"), (".HTML", "<!doctype")]
)
def test_the_suffix_says_how(tmp_path, suffix, begin):
    write(REPORT, tmp_path / f"report{suffix}")
    assert (tmp_path / f"report{suffix}").read_text("utf-8").startswith(begin)
    assert len(list(tmp_path.iterdir())) == 1, "no temporary file stays"


def test_a_dash_is_json_on_standard_output(capsys):
    write(REPORT, "-")
    assert json.loads(capsys.readouterr().out)["totals"]["hits"] == 300


@pytest.mark.parametrize("name", ["report.pdf", "report", ".html"])
def test_an_unknown_suffix_is_refused_by_the_names_of_those_there_are(tmp_path, name):
    with pytest.raises(ConfigError) as caught:
        check(tmp_path / name)
    assert all(suffix in caught.value.hint for suffix in FORMATS)


def test_a_directory_that_is_not_there_or_cannot_be_written_is_refused_before_the_work(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="No such file or directory"):
        check(tmp_path / "none" / "report.json")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigError, match="Permission denied"):
        check(tmp_path / "report.json")


def test_a_directory_that_only_looks_writable_is_a_config_error_too():
    place = Path("/proc/report.json")
    if not place.parent.is_dir():
        pytest.skip("no /proc")
    with pytest.raises(ConfigError):
        write(REPORT, place)


def test_a_directory_in_the_way_is_refused(tmp_path):
    (tmp_path / "report.json").mkdir()
    with pytest.raises(ConfigError, match="Is a directory"):
        check(tmp_path / "report.json")


def test_a_full_disk_is_fatal_and_leaves_the_old_report_whole(tmp_path):
    place = tmp_path / "report.json"
    place.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(Fatal, match=r"report\.json"):
            write(REPORT, place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]
    assert place.read_text() == "old"


def test_full_standard_output_is_fatal(monkeypatch):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full")
    out = os.fdopen(os.open(full, os.O_WRONLY), "w")
    monkeypatch.setattr(sys, "stdout", out)
    with pytest.raises(Fatal, match="standard output"):
        write(REPORT, "-")
    out.close()


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "report.json").symlink_to("real.json")
    write(REPORT, tmp_path / "report.json")
    assert (tmp_path / "report.json").is_symlink()
    assert (tmp_path / "real.json").read_text().startswith("{")


def test_a_new_report_may_be_read_by_whom_the_umask_lets(tmp_path):
    before = os.umask(0o022)
    try:
        write(REPORT, tmp_path / "report.csv")
    finally:
        os.umask(before)
    assert (tmp_path / "report.csv").stat().st_mode & 0o777 == 0o644
