"""No page breaks its Content-Security-Policy, whatever the log holds; and the login works in a browser."""

import subprocess
import sys

import pytest
from browsing import Page, Pipeline, hit, page, pipeline, until
from test_serving_to_others import served

from hitstream.dashboard.pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
__all__ = ["page", "pipeline"]

WATCH = """window.broken = [];
document.addEventListener('securitypolicyviolation', e => broken.push(e.violatedDirective + ' ' + e.blockedURI));"""
HOSTILE = (
    "<script>window.ran=1</script>",
    "<p style='color:red' onclick=window.ran=1>",
    "<style>*{display:none}</style>",
)
PASSWORD = "correct horse battery"


def test_no_page_breaks_its_policy(page: Page, pipeline: Pipeline) -> None:
    pipeline.write(*(hit(text, 404, host=text.replace(" ", ""), agent=text) for text in HOSTILE))
    page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    with pipeline.serving():
        for each in PAGES:
            page.open(pipeline.url.rstrip("/") + each.path)
            until(lambda: page.state() == "live", 30)
            assert page.js("broken") == [], each.path
            assert page.js("window.ran") is None


def test_a_browser_logs_in_and_out_and_is_sent_to_the_login_when_its_session_ends(
    page: Page, pipeline: Pipeline
) -> None:
    data = pipeline.directory / "data"

    def set_password(password: str) -> None:
        command = [sys.executable, "-m", "hitstream", "password", "--data", str(data)]
        subprocess.run(command, input=password + "\n", text=True, check=True, capture_output=True)

    def log_in(password: str) -> None:
        page.driver.find_element("id", "password").send_keys(password + "\n")

    set_password(PASSWORD)
    with served(data) as (place, _process):
        page.driver.get(place.geturl())
        until(lambda: page.driver.current_url.endswith("/login?next=/"))
        log_in("not this one")
        until(lambda: "not the password" in page.text("message"))
        log_in(PASSWORD)
        until(lambda: page.state() == "live", 30)
        set_password(PASSWORD + " new")
        until(lambda: "/login" in page.driver.current_url, 60)
        log_in(PASSWORD + " new")
        until(lambda: page.state() == "live", 30)
        page.driver.find_element("css selector", "#leave button").click()
        until(lambda: page.driver.current_url.endswith("/login"))
