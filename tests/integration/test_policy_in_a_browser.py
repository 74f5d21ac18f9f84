"""No page breaks its Content-Security-Policy, whatever the log holds; and the login works in a browser."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import PAYLOADS, Page, Pipeline
from test_serving_to_others import served

from hitstream.dashboard.pages import PAGES
from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATCH = """window.broken = [];
document.addEventListener('securitypolicyviolation', e => broken.push(e.violatedDirective + ' ' + e.blockedURI));"""
STATEMENT = "?query=" + quote("SELECT *, '<img src=x onerror=window.__xss=1>' AS \"<b>x</b>\" FROM hits")
PASSWORD = "correct horse battery"


def hostile(text: str) -> list[str]:
    """Return two lines that have a text in every field but the client, one with it as client, and one of it alone."""
    word = text.replace(" ", "")
    stamp = f"{datetime.now(UTC):%d/%b/%Y:%H:%M:%S +0000}"
    fields = f'"{text}" "{text}"'
    return [
        f'host.example - {word} [{stamp}] "GET {word} HTTP/1.0" 404 1024 {fields}\n',
        f'host.example - {word} [{stamp}] "{word} /{word} {word}" 500 1024 {fields}\n',
        f'{word} - {word} [{stamp}] "GET {word} HTTP/1.0" 404 1024 {fields}\n',
        f"{text} is no line\n",
    ]


def links(page: Page) -> list[str | None]:
    return page.js("[...document.querySelectorAll('#page a:not(.off)')].map(link => link.getAttribute('href'))")  # type: ignore[no-any-return]


def test_no_page_obeys_what_a_log_holds_or_breaks_its_policy(page: Page, pipeline: Pipeline) -> None:
    pipeline.write(*(line for text in PAYLOADS for line in hostile(text) * 3))
    page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    with pipeline.serving():
        page.open(pipeline.url)
        until(lambda: page.text("totals-requests") == str(101 + 6 * len(PAYLOADS)))
        for each in PAGES:
            page.open(pipeline.url.rstrip("/") + each.path + (STATEMENT if each.name == "sql" else ""))
            until(lambda: page.state() == "live")
            if each.name == "sql":
                until(lambda: page.count(".ag-row") > 5)
            assert page.js("window.__xss") is None, each.path
            assert page.js("broken") == [], each.path
            assert page.count("#content :is(script, img, iframe, object, embed)") == 0, each.path
            until(lambda: all(links(page)))  # those that keep the page's state have none before the first message
            assert all(link.startswith("/") for link in links(page)), each.path
            assert page.complaints() == [], each.path


def test_a_report_draws_its_charts_without_breaking_its_own_policy(page: Page, tmp_path: Path) -> None:
    log, report = tmp_path / "access.log", tmp_path / "report.html"
    log.write_text("".join(line for text in PAYLOADS for line in hostile(text)), encoding="utf-8")
    command = [sys.executable, "-m", "hitstream", "report", str(log), "--format", "combined", "-o", str(report)]
    subprocess.run(command, check=True)
    page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    page.driver.get(report.as_uri())
    until(lambda: page.count(".js-plotly-plot .barlayer path") > 0)
    assert page.js("broken") == []
    assert page.complaints() == []


def test_a_browser_logs_in_and_out_and_is_sent_to_the_login_when_its_session_ends(
    page: Page, pipeline: Pipeline
) -> None:
    data = pipeline.directory / "data"

    def set_password(password: str) -> None:
        command = [sys.executable, "-m", "hitstream", "password", "--data", str(data)]
        subprocess.run(command, input=password + "\n", text=True, check=True, capture_output=True)

    def log_in(password: str) -> None:
        page.type("#password", password + "\n")

    set_password(PASSWORD)
    with served(data) as (place, _process):
        page.driver.get(place.geturl())
        until(lambda: page.driver.current_url.endswith("/login?next=/"))
        log_in("not this one")
        until(lambda: "not the password" in page.text("message"))
        log_in(PASSWORD)
        until(lambda: page.state() == "live")
        set_password(PASSWORD + " new")
        until(lambda: "/login" in page.driver.current_url)
        log_in(PASSWORD + " new")
        until(lambda: page.state() == "live")
        page.click("#leave button")
        until(lambda: page.driver.current_url.endswith("/login"))
