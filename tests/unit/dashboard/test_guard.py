import json
from collections.abc import Iterator

import pytest
from fake_query import FakeQuery
from serving import Site, served

from hitstream.dashboard.app import Settings
from hitstream.dashboard.guard import refusal
from hitstream.errors import Fatal

QUERY = FakeQuery()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with served(QUERY, Settings("<b>logs</b>")) as running:
        yield running


@pytest.mark.parametrize("host", ["localhost", "localhost:8050", "127.0.0.1:1", "[::1]:8050"])
def test_loopback_names_pass(host: str) -> None:
    assert refusal("/", host, None) == (0, "")
    assert refusal("/", host, f"http://{host}") == (0, "")


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example:8050", "localhost.evil:1", "[::1", "10.0.0.1"]
)
def test_any_other_name_is_refused(host: str) -> None:
    assert refusal("/", host, None)[0] == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost:8050", "http://localhost:9999"])
def test_any_other_origin_is_refused(origin: str) -> None:
    assert refusal("/_dash-update-component", "localhost:8050", origin)[0] == 403


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/etc/passwd", "/assets", "/../healthz"])
def test_what_the_page_does_not_need_is_not_there(path: str) -> None:
    assert refusal(path, "localhost", None)[0] == 404


def test_every_answer_has_the_headers_that_keep_it_to_itself(site: Site) -> None:
    for path in ("/", "/healthz", "/assets/page.css"):
        headers = site.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "script-src 'self' 'sha256-" in policy and "unsafe-eval" not in policy
        inline = [each for each in policy.split("; ") if "unsafe-inline" in each]
        assert inline == ["style-src-elem 'self' 'unsafe-inline'"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_the_page_loads_nothing_from_elsewhere(site: Site) -> None:
    page = site.get("/").text
    assert 'src="/' in page
    assert 'src="http' not in page and 'href="http' not in page and 'src="//' not in page
    assert "<b>logs" not in page


def test_a_page_that_there_is_not_has_the_navigation(site: Site) -> None:
    lost = site.get("/no-such-page", {"accept": "text/html"})
    assert lost.status == 404
    assert '<div id="react-entry-point">' in lost.text
    assert "frame-ancestors 'none'" in lost.headers["content-security-policy"]
    assert site.get("/no-such-page").text == "There is no such page."


def test_a_slash_at_the_end_leads_to_the_page_without(site: Site) -> None:
    assert (site.get("/live/?zone=UTC").status, site.get("/live/?zone=UTC").headers["location"]) == (
        308,
        "/live?zone=UTC",
    )


def test_the_mark_of_the_site_is_its_own(site: Site) -> None:
    assert 'rel="icon" href="/assets/icon.svg"' in site.get("/").text
    assert site.get("/assets/icon.svg").headers["content-type"].startswith("image/svg+xml")


def test_health_tells_of_the_data(site: Site) -> None:
    assert json.loads(site.get("/healthz").text) == {"status": "ok", "reasons": [], "lines": 10}
    QUERY.error = Fatal("It is damaged.")
    try:
        answer = site.get("/healthz")
    finally:
        QUERY.error = None
    assert (answer.status, json.loads(answer.text)) == (503, {"status": "error", "reasons": ["It is damaged."]})


def test_a_refused_request_is_told_why(site: Site) -> None:
    answer = site.get("/", {"host": "evil.example"})
    assert (answer.status, answer.text) == (
        421,
        "This page answers to localhost, 127.0.0.1 and [::1] only; --allowed-hosts adds names.",
    )


def test_a_socket_opens_for_the_page_alone(site: Site) -> None:
    assert site.open_socket({"origin": f"http://{site.place}"}) == 101
    for headers in ({}, {"origin": "http://evil.example"}, {"origin": "http://evil.example", "host": "evil.example"}):
        assert site.open_socket(headers) == 403
