import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from counting import Counting, Hit
from hostile import NOON, PAYLOADS, hostile_report

from hitstream.errors import ConfigError
from hitstream.query import Filter
from hitstream.report import as_html, contents
from waiting import PATIENCE_SECONDS

PLAIN = contents(Counting([Hit(NOON + i * 600, f"h{i}") for i in range(300)]))


class Page(HTMLParser):
    """The elements of a page with their attributes, and what its scripts and styles hold."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.styles = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(attrs)))
        {"script": self.scripts, "style": self.styles}.get(tag, []).append("")

    def handle_data(self, data):
        if self.elements and self.cdata_elem:
            {"script": self.scripts, "style": self.styles}[self.cdata_elem][-1] += data


@pytest.fixture(scope="module")
def hostile():
    return Page(as_html.render(hostile_report()))


def policy(page):
    attributes = next(dict(a) for tag, a in page.elements if ("http-equiv", "Content-Security-Policy") in a)
    parts = (part.split() for part in attributes["content"].split(";"))
    return {name: values for name, *values in parts}


def test_no_element_and_no_attribute_comes_from_the_log(hostile):
    assert hostile.elements == Page(as_html.render(PLAIN)).elements
    assert len(hostile.scripts) == 3


def test_the_keys_are_in_the_page_as_data_cut_to_a_length_it_can_show(hostile):
    data = json.loads(hostile.scripts[0])
    keys = [row[0] for row in data["views"][0]["rows"]]
    assert keys[:-1] == list(PAYLOADS[:-1])
    assert keys[-1] == PAYLOADS[-1][:500] + "…"
    assert not re.search("[<>&\u2028\u2029]", hostile.scripts[0])


def test_the_policy_lets_only_the_scripts_and_styles_of_the_page_run(hostile):
    def digest(text):
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    rules = policy(hostile)
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == [digest(script) for script in hostile.scripts[1:]]
    assert digest(hostile.styles[0]) in rules["style-src"]
    assert not any("unsafe" in value for values in rules.values() for value in values)


def test_the_page_asks_for_nothing_and_runs_nothing_inline(hostile):
    for _, attributes in hostile.elements:
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("src", "style")
            assert name != "href" or value == "data:,"


def test_filters_are_named_as_text():
    report = contents(Counting([Hit(NOON)]), where=(Filter("target", "~", "<script>"),))
    data = json.loads(Page(as_html.render(report)).scripts[0])
    assert data["where"] == ["target~<script>"]


def test_writing_a_page_does_not_import_plotly():
    code = "import sys; from hitstream.report import as_html; as_html._plotly(); assert 'plotly' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE_SECONDS)


def test_without_plotly_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(as_html, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="pip install"):
        as_html.render(PLAIN)
