"""The page in Chromium: live, patched, healing, and deaf to what a log would have it do."""

from typing import Any

import pytest
from browsing import PAYLOADS, Page, Pipeline, hit

from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_line_written_is_a_number_changed_without_drawing_anew(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        until(lambda: page.text("totals-requests") == "101")
        assert page.state() == "live"
        assert page.text("targets-rows").startswith("/page-0")
        assert "/lost" in page.text("not_found-rows")
        until(lambda: page.js("document.querySelectorAll('.barlayer path').length") >= 1)
        figure = page.js("document.querySelector('.main-svg')")
        pipeline.write(hit("/new"))
        until(lambda: page.text("totals-requests") == "102")
        assert page.js("document.querySelector('.main-svg')") == figure  # patched, not drawn anew
        assert page.complaints() == []


def test_hostile_lines_run_nothing_and_stay_text(page: Page, pipeline: Pipeline) -> None:
    pipeline.write(*(hit(text, 404, agent=text) for text in PAYLOADS for _ in range(20)))
    with pipeline.serving():
        page.open(pipeline.url)
        until(lambda: page.text("totals-requests") == str(101 + 20 * len(PAYLOADS)))
        shown = page.text("not_found-rows")
        assert "<script>window.__xss=1</script>" in shown
        assert "\\x1b[2J" in shown
        assert page.js("window.__xss") is None
        assert page.js("document.querySelectorAll('#panels :is(script, img, iframe)').length") == 0
        links = page.js("[...document.querySelectorAll('#page a:not(.off)')].map(a => a.getAttribute('href'))")
        assert links and all(link.startswith("/") for link in links)
        assert page.js("document.documentElement.scrollWidth <= innerWidth")
        assert page.js("document.title") == "Overview · hitstream · access.log"
        assert page.complaints() == []


def test_a_range_is_chosen_kept_in_the_address_and_left_again(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        page.click("#range-1h")
        until(lambda: page.js("document.querySelector('.ranges .chosen').id") == "range-1h")
        assert page.driver.current_url.endswith("?range=1h")
        page.driver.back()
        until(lambda: page.js("document.querySelector('.ranges .chosen').id") == "range-all")
        page.open(pipeline.url + "?range=6h")
        until(lambda: page.js("document.querySelector('.ranges .chosen').id") == "range-6h")


def test_a_page_that_lost_an_update_asks_for_everything(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        until(lambda: page.text("totals-requests") == "101")
        page.js("document.getElementById('totals-requests').textContent = 'torn'")
        page.js("dash_clientside.set_props('shown', {data: -1})")
        until(lambda: page.text("totals-requests") == "101")
        pipeline.write(hit("/new"))
        until(lambda: page.text("totals-requests") == "102")


def test_a_page_heals_when_its_server_comes_back(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        until(lambda: page.text("totals-requests") == "101")
    pipeline.write(hit("/while-away"))
    with pipeline.serving():
        until(lambda: page.text("totals-requests") == "102")
        pipeline.write(hit("/after"))
        until(lambda: page.text("totals-requests") == "103")


def test_a_page_in_a_browser_without_shared_workers_polls(page: Page, pipeline: Pipeline) -> None:
    gone = "delete window.SharedWorker;"
    page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": gone})
    with pipeline.serving():
        follows_by_polling(page, pipeline)


def test_a_page_polls_where_a_proxy_cuts_the_socket(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving(through=without_sockets):
        follows_by_polling(page, pipeline)


def follows_by_polling(page: Page, pipeline: Pipeline) -> None:
    page.open(pipeline.url)
    until(lambda: page.text("totals-requests") == "101")
    pipeline.write(hit("/new"))
    until(lambda: page.text("totals-requests") == "102")


def without_sockets(app: Any) -> Any:
    async def proxy(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await app(scope, receive, send)

    return proxy
