"""Texts of a log in a notebook: shown, and never read as markup."""

import sys
from datetime import UTC, datetime
from html.parser import HTMLParser

import pyarrow as pa
import pytest

import hitstream
from hitstream.api import charts
from hitstream.api.answers import Top
from hitstream.errors import ConfigError
from hitstream.query import answers

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</td></table><iframe src=//evil.example>",
    "'\"><svg/onload=alert(1)>",
    "$\\href{javascript:alert(1)}{x}$",
    "\x1b[2J\x07",
    "\u202egnp.exe",
    "a" * 5_000,
)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.text += data


def read(html):
    tags = Tags()
    tags.feed(html)
    return tags


def top(keys):
    rows = [answers.Row(key, 1, 2, 3, None) for key in keys]
    return Top(answers.TopAnswer("target", rows, None, None, len(rows), True, 0.0, 0, 1))


@pytest.mark.parametrize("shown", [top(HOSTILE), hitstream.show(pa.table({name: [name] for name in HOSTILE}))])
def test_hostile_texts_become_no_markup(shown):
    tags = read(shown._repr_html_())
    assert {tag for tag, _ in tags.seen} == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert {name for _, names in tags.seen for name in names} == {"class", "style"}
    assert "<script>alert(1)</script>" in tags.text
    assert "\\x1b[2J\\x07" in tags.text and "\u202e" not in tags.text
    assert "a" * 200 not in tags.text


def test_no_notebook_sets_formulas_in_a_table():
    assert 'class="hitstream tex2jax_ignore mathjax_ignore"' in top(HOSTILE)._repr_html_()


def test_plain_text_hides_nothing_that_a_terminal_obeys():
    written = repr(top(HOSTILE))
    assert "\x1b" not in written and "\u202e" not in written
    assert written.splitlines()[0] == "target: 8 of 8 by hits"


def test_charts_get_texts_as_entities():
    labels = top(HOSTILE).plot().layout.yaxis.ticktext
    assert labels[0] == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert not [text for text in labels if set(text) & set("<>$")]
    assert max(map(len, labels)) < 120


def test_a_long_table_says_what_is_left_out():
    table = pa.table({"n": list(range(50))})
    assert "the first 20 of 50 rows" in hitstream.show(table)._repr_html_()
    assert repr(hitstream.show(table, 2)).splitlines() == ["n", "0", "1", "the first 2 of 50 rows"]


def test_values_are_written_for_people():
    table = pa.table({"time": [datetime(1995, 7, 1, tzinfo=UTC)], "n": [1234567], "no": pa.array([None], pa.string())})
    assert repr(hitstream.show(table)).splitlines()[1].split("  ") == ["1995-07-01 00:00:00", "1,234,567", "-"]


def test_a_chart_without_plotly_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(ConfigError, match="Plotly is not installed") as raised:
        charts.week([[0] * 24] * 7, list("1234567"), "")
    assert "pip install" in raised.value.hint
