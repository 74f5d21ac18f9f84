"""A page says what is so: a server that is gone, a filter that cannot hold, an address that leads nowhere."""

from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Page, Pipeline
from selenium.webdriver import Keys

from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def requests(page: Page, number: str) -> None:
    until(lambda: page.text("totals-requests") == number and page.state() != "loading")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.driver.current_url).query)


def test_a_server_that_is_gone_is_said_and_what_is_chosen_meanwhile_is_shown_when_it_is_back(
    page: Page, pipeline: Pipeline
) -> None:
    with pipeline.serving():
        page.open(pipeline.url + "?range=24h&zone=Europe/Berlin")
        requests(page, "101")
        assert page.js("document.getElementById('gone').hidden")
    until(lambda: "does not answer since" in page.text("gone"))
    assert "(Europe/Berlin)" in page.text("gone")
    assert page.js("getComputedStyle(document.getElementById('content')).opacity") == "0.5"
    page.click("#range-7d")
    until(lambda: "when it is back" in page.text("gone"))
    assert query(page)["range"] == ["24h"]
    with pipeline.serving():
        until(lambda: query(page)["range"] == ["7d"])
        until(lambda: page.js("document.getElementById('gone').hidden"))
        until(lambda: "chosen" in page.js("document.getElementById('range-7d').className"))
        requests(page, "101")


def test_a_column_is_searched_for_and_a_filter_that_cannot_hold_is_refused_where_it_is_written(
    page: Page, pipeline: Pipeline
) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        requests(page, "101")
        page.click("#filter-open")
        until(lambda: page.count("#filter-column") == 1)
        page.type("#filter-value", "-")
        until(lambda: page.js("document.getElementById('filter-value').value") == "-")
        page.click("#filter-add")
        until(lambda: page.text("filter-value-error"))
        assert "where" not in query(page)
        page.click("#filter-column")
        until(lambda: page.js("document.getElementById('filter-column').selectionEnd") == len("status"))
        page.driver.switch_to.active_element.send_keys("host", Keys.ENTER)
        until(lambda: page.js("document.getElementById('filter-column').value") == "host")
        page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        until(lambda: page.js("document.activeElement.id") == "filter-open")


def test_an_address_that_leads_nowhere_says_so_and_leads_on(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url + "no-such-page?compare=zzz")
        until(lambda: "there is no page “/no-such-page”" in page.text("said"))
        assert "compare cannot be “zzz”" in page.text("said") and ".." not in page.text("said")
        page.click("#go-errors")
        until(lambda: urlsplit(page.driver.current_url).path == "/errors")
        page.open(pipeline.url + "live/")
        until(lambda: urlsplit(page.driver.current_url).path == "/live")


def test_a_page_without_hits_leads_to_those_there_are(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url + "?from=1995-07-01&to=1995-07-02")
        until(lambda: "The last of all was at" in page.text("message"))
        page.click("#message a")
        requests(page, "101")
        page.open(pipeline.url + "errors?range=24h&where=status=200")
        until(lambda: page.text("faults-say") == "None under these filters.")


def test_the_form_of_a_filter_stays_on_the_screen_of_a_phone(page: Page, pipeline: Pipeline) -> None:
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    with pipeline.serving():
        page.open(pipeline.url)
        requests(page, "101")
        page.js("document.getElementById('filter-open').click()")
        shown = "[...document.querySelectorAll('.mantine-Popover-dropdown')].find(each => each.offsetWidth)"
        until(lambda: page.js(f"Boolean({shown})"))
        until(
            lambda: page.js(
                f"[{shown}, ...{shown}.querySelectorAll('input, button')].every(each => "
                "{ const box = each.getBoundingClientRect(); return box.left >= 0 && box.right <= 390; })"
            )
        )
