"""What is made of a line's texts: known cases, and no text that raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from drawing import examples
from hitstream.record import NO_CODE, TEXT_COLUMNS
from hitstream.testing.hits import Row, batches, hits_of
from hitstream.views import DERIVED, derive
from hitstream.views.columns import (
    _rules,
    bot,
    browser,
    country,
    device,
    domain,
    extension,
    operating_system,
    path,
    site,
)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 {}/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BING = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
HOSTILE = st.text(st.characters(codec="utf-8")) | st.lists(
    st.sampled_from(
        ["http://", "[", "]", "::1", ".", "..", "?", "/", "co.uk", "%00", "\0", "\u202e", "@", ":99999", "℀"]
    )
).map("".join)


@pytest.mark.parametrize(
    ("target", "expected"),
    [("/a/b?c=d?e", "/a/b"), ("/", "/"), ("", ""), ("?q", ""), ("*", "*"), ("http://a/b?c", "/b")],
)
def test_a_path_is_a_target_without_its_query(target: str, expected: str) -> None:
    assert path(target) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a.gif", "gif"),
        ("/A.GIF", "gif"),
        ("/a.gif?x=1.css", "gif"),
        ("/a.tar.gz", "gz"),
        ("/.css", "css"),
        ("/css", None),
        ("/gif/", None),
        ("/a.gif/b", None),
        ("/a.html", None),
        ("/a.php?f=b.png", None),
        ("/a.", None),
        ("", None),
    ],
)
def test_an_extension_is_that_of_a_static_file(target: str, expected: str | None) -> None:
    assert extension(target) == expected


@pytest.mark.parametrize(
    ("host", "registered", "code"),
    [
        ("piweba3y.prodigy.com", "prodigy.com", None),
        ("www.NASA.gov", "nasa.gov", "US"),
        ("cs.cmu.edu", "cmu.edu", "US"),
        ("news.bbc.co.uk", "bbc.co.uk", "GB"),
        ("BBC.CO.UK", "bbc.co.uk", "GB"),
        ("co.uk", None, "GB"),
        ("b.c.kobe.jp", "b.c.kobe.jp", "JP"),
        ("www.uni-bonn.de", "uni-bonn.de", "DE"),
        ("www.uni-bonn.de.", "uni-bonn.de", "DE"),
        ("ec.europa.eu", "europa.eu", None),
        ("a.b.su", "b.su", None),
        ("münchen.de", "münchen.de", "DE"),
        ("199.72.81.55", None, None),
        ("199.72.81.55.", None, None),
        ("999.1.1.1", None, None),
        ("128.159.111", None, None),
        ("199.72.81.55:8080", None, None),
        ("2001:db8::1", None, None),
        ("::ffff:10.0.0.1", None, None),
        ("[::ffff:10.0.0.1]", None, None),
        ("fe80::1%eth0.de", None, None),
        ("localhost", None, None),
        ("uk", None, None),
        ("edu", None, None),
        ("de.", None, None),
        (".", None, None),
        ("..", None, None),
        ("-", None, None),
        ("", None, None),
    ],
)
def test_a_host_has_a_registered_domain_and_a_country(host: str, registered: str | None, code: str | None) -> None:
    assert (domain(host), country(host)) == (registered, code)


def test_a_part_of_the_suffix_list_tells_the_domain_that_all_of_it_tells() -> None:
    rules = [rule.lstrip("!").replace("*", "any") for rules in _rules().values() for rule in rules]
    names = [prefix + rule for rule in rules for prefix in ("", "b.", "a.b.") if "." in prefix + rule]
    whole = PublicSuffixList()
    assert len(rules) > 9_000
    assert [domain(name) for name in names] == [whole.privatesuffix(name) for name in names]


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("http://Example.ORG/a?b", "example.org"),
        ("https://user:secret@example.org:8443/", "example.org"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("http://example.org:99999/", "example.org"),
        ("//example.org/a", "example.org"),
        ("android-app://com.example/", "com.example"),
        ("example.org/a", None),
        ("/a", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("http://[::1", None),
        ("http://℀.org/", None),
        ("", None),
    ],
)
def test_a_site_is_the_host_of_a_referrer(referrer: str, expected: str | None) -> None:
    assert site(referrer) == expected


@pytest.mark.parametrize(
    ("agent", "families"),
    [
        (FIREFOX, ("Firefox", "Linux", "Other", None)),
        (CHROME, ("Chrome", "Windows", "Other", None)),
        (IPHONE, ("Mobile Safari", "iOS", "iPhone", None)),
        (GOOGLE, (None, None, "Bot", "Googlebot")),
        (BING, (None, None, "Bot", "bingbot")),
        (ANDROID.format("Mobile Safari"), ("Chrome Mobile", "Android", "Generic Smartphone", None)),
        (ANDROID.format("Safari"), ("Chrome", "Android", "Generic Tablet", None)),
        ("curl/8.5.0", ("curl", "Other", "Other", None)),
        ("", ("Other", "Other", "Other", None)),
    ],
    ids=["firefox", "chrome", "iphone", "google", "bing", "android", "tablet", "curl", "empty"],
)
def test_an_agent_belongs_to_families(agent: str, families: tuple[str | None, ...]) -> None:
    assert (browser(agent), operating_system(agent), device(agent), bot(agent)) == families


@pytest.mark.parametrize("row", DERIVED, ids=lambda row: row.name)
@examples(60)
@given(text=HOSTILE)
def test_no_text_makes_a_column_raise(row, text: str) -> None:
    found = row.of(text)
    assert found is None or isinstance(found, str)
    if found is not None:
        found.encode()  # keys are stored as UTF-8


def test_a_long_hostile_text_costs_little() -> None:
    """Longer than a log line may be: a pattern that backtracks would not come back."""
    for text in ("a." * 32_768, "http://" + "[" * 65_536, "Mozilla/5.0 (" * 5_000, " " * 65_536):
        for row in DERIVED:
            row.of(text)


@examples(40)
@given(found=batches())
def test_derived_columns_are_made_row_by_row(found: list[Row]) -> None:
    hits = derive(hits_of(found))
    for row in DERIVED:
        assert (row.name in hits.text) == (row.source in hits.text)
        if row.name not in hits.text:
            continue
        column = hits.text[row.name]
        texts = column.texts.decode()
        assert len(set(texts)) == len(texts)
        made = [None if code == NO_CODE else texts[code] for code in column.codes.tolist()]
        assert made == [row.of(hit[row.source]) if row.source in hit else None for hit in found]


def test_deriving_twice_changes_nothing() -> None:
    once = derive(hits_of([{"time": 0, "host": "a.example.org", "target": "/a?b"}]))
    twice = derive(once)
    assert {name: column.texts.decode() for name, column in once.text.items()} == {
        name: column.texts.decode() for name, column in twice.text.items()
    }


def test_every_derived_column_comes_from_a_column_of_the_line() -> None:
    assert {row.source for row in DERIVED} <= set(TEXT_COLUMNS)
    assert not {row.name for row in DERIVED} & {*TEXT_COLUMNS, "status"}
