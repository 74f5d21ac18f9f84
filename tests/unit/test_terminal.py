"""Tables of commands, on terminals and elsewhere."""

import io

import pytest

from hitstream.terminal import table

ROWS = [["combined", "Combined Log Format " * 9, 1_000], ["s3", "Amazon", None]]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def printed(monkeypatch):
    def show(stream, width):
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr("sys.stdout", stream)
        table("formats", ["name", "what it is", "hits"], ROWS)
        return stream.getvalue().splitlines()

    return show


def test_a_narrow_terminal_cuts_long_texts_and_leaves_names_whole(printed):
    lines = printed(Terminal(), 40)
    assert max(map(len, lines[2:])) <= 40  # the heading is bold
    assert lines[2].startswith("combined  Combined Log") and lines[2].endswith("…  1,000")
    assert lines[3].split() == ["s3", "Amazon", "-"]


def test_a_file_is_given_all_of_a_text(printed):
    assert ROWS[0][1].strip() in printed(io.StringIO(), 40)[2]


def test_numbers_stay_whole_however_narrow_a_terminal_is(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stdout", stream := Terminal())
    table("", ["target", "hits", "bytes", "errors"], [["/a/long/target", 12_345_678, 10**17, 1_234_567]])
    assert stream.getvalue().splitlines()[-1].split() == [
        "/a/long…",
        "12,345,678",
        "100,000,000,000,000,000",
        "1,234,567",
    ]
