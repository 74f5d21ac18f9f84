"""What a page shows is what its address says, however one came there."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Page, Pipeline
from selenium.webdriver import ActionChains, Keys

from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.driver.current_url).query)


def requests(page: Page, number: str) -> None:
    until(lambda: page.text("totals-requests") == number and page.state() != "loading")


def test_a_click_on_a_key_filters_every_panel_and_a_click_on_its_chip_takes_it_back(
    page: Page, pipeline: Pipeline
) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        requests(page, "101")
        page.click("#hosts-rows a[title='host-1.example']")
        requests(page, "20")
        assert address(page)["where"] == ["host=host-1.example"]
        assert page.text("chips") == "host=host-1.example"
        assert page.count("#hosts-rows tr") == 1 and page.count("#hosts-rows tr.chosen") == 1
        page.click("#targets-rows a")
        until(lambda: page.count(".chip") == 2)
        page.settle()
        page.click(".chip .remove")
        until(lambda: page.count(".chip") == 1)
        page.click(".chip .remove")
        requests(page, "101")
        assert "where" not in address(page)
        assert page.complaints() == []


def test_a_key_is_left_out_a_chip_inverted_and_bots_are_told_from_humans(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        requests(page, "101")
        page.act(
            "#hosts-rows a[title='host-1.example']",
            lambda key: ActionChains(page.driver).move_to_element(key).perform(),
        )
        until(lambda: page.count(".leave-out") == 1)
        page.click(".leave-out")
        requests(page, "81")
        assert address(page)["where"] == ["host!=host-1.example"]
        page.type("#not_found-rows a", "-")
        requests(page, "80")
        assert address(page)["where"] == ["host!=host-1.example", "path!=/lost"]
        page.click(".chip:last-child .invert")
        requests(page, "1")
        assert address(page)["where"] == ["host!=host-1.example", "path=/lost"]
        page.click("#who-bots")
        requests(page, "0")
        page.click("#who-humans")
        requests(page, "1")
        assert page.count("#who-humans.chosen") == 1 and address(page)["where"][-1] == "bot=-"
        assert page.complaints() == []


def test_a_chip_is_changed_in_the_form_and_switched_off_and_on(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url + "?where=status=404&where=method=GET")
        requests(page, "1")
        page.click(".chip .edit")
        until(lambda: page.js("document.getElementById('filter-value').value") == "404")
        assert page.js("document.getElementById('filter-column').value") == "status"
        until(lambda: page.text("filter-add") == "Change")
        value = page.driver.find_element("id", "filter-value")
        value.send_keys(Keys.CONTROL, "a")
        value.send_keys("200", Keys.ENTER)
        requests(page, "100")
        assert address(page)["where"] == ["status=200", "method=GET"]
        page.click(".chip .switch")
        requests(page, "101")
        assert address(page)["where"] == ["method=GET"] and address(page)["off"] == ["status=200"]
        until(lambda: page.text("chips") == "method=GETstatus=200" and page.count(".chip.off") == 1)
        page.click(".chip.off .switch")
        requests(page, "100")
        until(lambda: page.count(".chip.off") == 0)
        assert page.complaints() == []


def test_values_of_the_log_are_suggested_while_a_filter_is_typed(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url + "?where=host=host-2.example")
        requests(page, "20")
        page.click(".chip .edit")
        until(lambda: page.js("document.getElementById('filter-value').value") == "host-2.example")
        value = page.driver.find_element("id", "filter-value")
        value.send_keys(Keys.CONTROL, "a")
        value.send_keys("OST-4")
        shown = "[...document.querySelectorAll('[role=option]')].map(each => each.textContent)"
        until(lambda: "host-4.example" in page.js(shown), lambda: page.js(shown))
        value.send_keys(Keys.DOWN, Keys.ENTER)
        until(lambda: address(page)["where"] == ["host=host-4.example"])
        assert page.complaints() == []


def test_back_forward_and_reload_lead_to_the_same_numbers(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        requests(page, "101")
        page.click("#not_found-rows a")
        requests(page, "1")
        page.driver.back()
        requests(page, "101")
        assert page.count(".chip") == 0
        page.driver.forward()
        requests(page, "1")
        page.driver.refresh()
        requests(page, "1")
        assert page.count(".chip") == 2


def test_a_filter_is_typed_and_a_wrong_one_is_explained_beside_it(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        requests(page, "101")
        page.click("#filter-open")
        value = page.driver.find_element("id", "filter-value")
        value.send_keys("many", Keys.ENTER)  # at once: nothing that comes later may undo what was typed
        until(lambda: "whole number" in page.text("filter-value-error"))
        value.send_keys(Keys.CONTROL, "a")
        value.send_keys("404", Keys.ENTER)
        requests(page, "1")
        assert address(page)["where"] == ["status>=404"]


def test_dragging_over_the_chart_chooses_that_time(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url + "?range=1h")
        requests(page, "101")
        until(lambda: page.count("#traffic-graph .nsewdrag") >= 1)

        def drag(area: Any) -> None:
            hand = ActionChains(page.driver).move_to_element_with_offset(area, -200, 0).click_and_hold()
            hand.move_by_offset(50, 1).move_by_offset(50, 0).release().perform()

        page.act("#traffic-graph .nsewdrag", drag)
        until(lambda: "from" in address(page) and "to" in address(page))
        assert "range" not in address(page)
        until(lambda: page.count("#between.chosen") == 1)
        until(lambda: page.text("targets-say").startswith("No hit in this time."))  # all came within the last minute


def test_a_filter_that_nothing_passes_says_so_on_every_panel(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url + "?where=host=nobody")
        requests(page, "0")
        said = page.js("[...document.querySelectorAll('.panel[data-state=empty] .say')].map(say => say.textContent)")
        assert len(said) > 10 and all("under these filters" in words for words in said)


def test_what_is_paused_stands_still_and_catches_up(page: Page, pipeline: Pipeline) -> None:
    from browsing import hit

    with pipeline.serving():
        page.open(pipeline.url)
        requests(page, "101")
        page.click("#pause")
        until(lambda: page.js("document.getElementById('badge').dataset.state") == "paused")
        pipeline.write(hit("/meanwhile"))
        page.driver.execute_async_script("setTimeout(arguments[0], 1500)")
        assert page.text("totals-requests") == "101"
        page.click("#pause")
        requests(page, "102")


def test_a_page_without_its_server_says_that_it_reconnects(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        requests(page, "101")
    until(lambda: page.js("document.getElementById('badge').dataset.state") == "reconnecting")
    with pipeline.serving():
        until(lambda: page.js("document.getElementById('badge').dataset.state") == "live")


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_window(page: Page, pipeline: Pipeline, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    with pipeline.serving():
        page.open(pipeline.url + "?where=host~example&where=status<500&compare=previous&range=24h")
        assert page.js("document.documentElement.scrollWidth") <= width
