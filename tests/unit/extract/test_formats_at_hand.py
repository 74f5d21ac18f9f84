"""The one format of a directory's logs, or none."""

import gzip

import pytest

from hitstream.extract.formats import format_of
from hitstream.parse import compile_format
from hitstream.sources.generate import Traffic


def lines(form, count=3000):
    return b"".join(Traffic(lines=count, days=1, format=form).blocks())


@pytest.mark.parametrize("form", ["common", "combined"])
def test_logs_of_one_format_have_it(tmp_path, form):
    (tmp_path / "access.log").write_bytes(lines(form))
    (tmp_path / "access.log.1.gz").write_bytes(gzip.compress(lines(form, 10)))
    assert format_of(tmp_path) == compile_format(form).text


def test_logs_of_two_formats_have_none(tmp_path):
    (tmp_path / "a.log").write_bytes(lines("common"))
    (tmp_path / "b.log").write_bytes(lines("combined"))
    assert format_of(tmp_path) is None


def test_a_log_of_no_format_beside_others_is_not_taken_for_one_of_theirs(tmp_path):
    (tmp_path / "a.log").write_bytes(lines("common"))
    (tmp_path / "b.log").write_bytes(b"something else\n" * 200)
    assert format_of(tmp_path) is None


def test_a_directory_without_logs_or_that_is_not_here_has_none(tmp_path):
    assert format_of(tmp_path) is None
    assert format_of(tmp_path / "elsewhere") is None
