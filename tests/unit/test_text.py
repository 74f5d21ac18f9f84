from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitstream import text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("/index.html", "/index.html"),
        ("/\x1b[31mred", r"/\x1b[31mred"),
        ("a\x00b\x7fc\x9bd", r"a\x00b\x7fc\x9bd"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("line\u2028break", r"line\u2028break"),
        ("caf\u00e9 \u65e5\u672c", "caf\u00e9 \u65e5\u672c"),
        ("<script>", "<script>"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_an_escape(raw: str, shown: str) -> None:
    assert text.visible(raw) == shown


@given(st.text())
def test_no_text_of_a_log_brings_a_control_character_to_the_page(raw: str) -> None:
    assert text.visible(raw).isprintable()


@given(st.text(min_size=0, max_size=10_000))
def test_a_label_and_a_title_are_never_longer_than_their_caps(raw: str) -> None:
    assert len(text.label(raw)) <= text.LONGEST_LABEL
    assert len(text.title(raw)) <= text.LONGEST_TITLE


def test_a_cut_label_says_so_and_its_title_has_the_rest() -> None:
    raw = "/" + "a" * 500
    assert text.label(raw).endswith("…")
    assert text.title(raw) == raw


@pytest.mark.parametrize(
    ("octets", "written"),
    [(0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (102_400, "100 KiB"), (1 << 30, "1.0 GiB")],
)
def test_sizes_have_the_unit_that_keeps_them_short(octets: int, written: str) -> None:
    assert text.size(octets) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [(0, 0, "\u2013"), (0, 9, "0.0 %"), (1, 1_000_000, "< 0.1 %"), (1, 3, "33.3 %"), (3, 3, "100.0 %")],
)
def test_a_share_never_rounds_an_error_away(part: int, whole: int, written: str) -> None:
    assert text.share(part, whole) == written


def test_counts_lengths_and_moments_read_like_words() -> None:
    assert text.count(1234567) == "1,234,567"
    assert [text.length(s) for s in (5, 60, 300, 3600, 172_800)] == ["5 s", "1 minute", "5 minutes", "1 hour", "2 days"]
    assert text.minute(804571201) == "1995-07-01 04:00"
    assert text.status("404") == "Not Found"
    assert text.status("999") == text.status("abc") == ""


def test_what_several_sentences_say_ends_once() -> None:
    assert text.listed(["there is no zone x", "That is no time. Write 1995.", "Choose."]) == (
        "there is no zone x; That is no time. Write 1995; Choose."
    )


def test_no_two_instants_are_written_alike_where_clocks_are_set_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = 1_761_438_600  # 2025-10-26 00:30 UTC
    written = [text.minute(first + hour * 3600, berlin) for hour in range(-1, 3)]
    assert written == ["2025-10-26 01:30", "2025-10-26 02:30 CEST", "2025-10-26 02:30 CET", "2025-10-26 03:30"]
    assert text.between(first, first + 3600, berlin) == "2025-10-26 02:30 CEST \u2013 02:30 CET"
    assert text.between(first, first + 90) == "2025-10-26 00:30:00 \u2013 00:31:30"
