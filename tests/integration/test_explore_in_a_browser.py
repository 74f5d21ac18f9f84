"""The page that explores: what is clicked narrows everything, down to the rows behind, and stands in the address."""

from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Page, Pipeline, hit
from selenium.webdriver import ActionChains, Keys

from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.driver.current_url).query)


def rows(page: Page) -> int:
    return page.count("#rows-rows tr")


def explore(page: Page, pipeline: Pipeline, search: str = "") -> None:
    page.driver.get(f"{pipeline.url}explore?range=1h{search}")
    until(lambda: rows(page) > 0)


def test_a_click_on_a_key_and_on_a_part_of_a_row_narrows_everything(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        explore(page, pipeline)
        assert page.js("document.title") == "Explore · hitstream · access.log"
        page.click("#ranked-rows a[title='/page-1']")
        until(lambda: page.text("rows-note").startswith("15 of 15 "))
        assert address(page)["where"] == ["path=/page-1"] and page.text("chips") == "path=/page-1"
        host = page.js("document.querySelector('#rows-rows .is-host').textContent")
        page.click("#rows-rows .is-host a")
        until(lambda: page.text("rows-note").startswith("3 of 3 "))
        assert address(page)["where"] == ["path=/page-1", f"host={host}"]
        assert page.js("[...document.querySelectorAll('#rows-rows .is-target')].every(t => t.textContent == '/page-1')")
        page.click(".chip .remove")
        until(lambda: page.text("rows-note").startswith("20 of 20 "))
        assert page.complaints() == []


def test_measure_and_lists_are_chosen_and_stand_in_the_address(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        explore(page, pipeline)
        assert "choose a second list" in page.text("split-say")
        page.click("#measure-errors")
        until(lambda: page.text("ranked-title") == "Requested targets by errors")
        until(lambda: page.text("ranked-rows").startswith("/lost"))
        choose(page, "pick-split", "Status")
        until(lambda: "404" in page.text("split-heads"))
        choose(page, "pick-view", "Client hosts")
        until(lambda: page.text("split-title") == "Client hosts by status codes")
        assert {name: address(page)[name] for name in ("measure", "split", "view")} == {
            "measure": ["errors"],
            "split": ["status"],
            "view": ["host"],
        }
        page.driver.refresh()
        until(lambda: page.text("split-title") == "Client hosts by status codes")
        page.driver.back()
        until(lambda: page.text("ranked-title") == "Requested targets by errors")
        assert page.complaints() == []


def test_a_list_that_is_cut_leads_to_all_of_it_which_can_be_searched(page: Page, pipeline: Pipeline) -> None:
    pipeline.write(*(hit(f"/item-{number}") for number in range(20)))
    with pipeline.serving():
        page.open(pipeline.url)
        until(lambda: page.text("targets-note") == "10 of 28 targets")
        page.click("#targets-note a")
        until(lambda: page.text("ranked-note").startswith("20 of 28 requested targets"))
        find = page.driver.find_element("id", "find-key")
        find.send_keys("ITEM-1", Keys.ENTER)
        until(lambda: page.text("ranked-note").startswith("11 of 11 requested targets"))
        until(lambda: address(page).get("find") == ["ITEM-1"])
        page.driver.refresh()
        until(lambda: page.count("#ranked-rows tr") == 11)
        until(lambda: page.js("document.getElementById('find-key').value") == "ITEM-1")
        assert page.complaints() == []


def test_a_row_is_opened_and_its_columns_are_chosen(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        explore(page, pipeline)
        page.click("#rows-rows .open")
        until(lambda: "not the line itself" in page.js("document.querySelector('.whole-hit')?.textContent ?? ''"))
        assert "hit" in address(page)
        page.driver.refresh()
        until(lambda: page.count(".whole-hit") == 1)
        page.click(".whole-hit .more")
        until(lambda: page.count(".whole-hit") == 0 and "hit" not in address(page))
        page.click(".columns summary")
        page.click("#rows-columns a[title$='Agent']")
        until(lambda: page.count("#rows-heads .is-agent") == 0)
        until(lambda: page.count("#rows-rows .is-agent") == 0 and page.count("#rows-rows .is-host") > 0)
        page.click("#rows-columns a[title$='User']")
        until(lambda: page.count("#rows-heads .is-user") == 1)
        assert page.complaints() == []


def test_rows_are_turned_page_by_page_while_more_are_written(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        explore(page, pipeline)
        first = page.text("rows-rows")
        link(page, "Older")
        until(lambda: page.text("rows-rows") != first)
        second = page.text("rows-rows")
        pipeline.write(*(hit("/meanwhile") for _ in range(20)))
        until(lambda: "of 121 " in page.text("rows-note"))
        assert page.text("rows-rows") == second
        link(page, "Older")
        until(lambda: rows(page) == 1)
        link(page, "Newer")
        until(lambda: page.text("rows-rows") == second)
        link(page, "Newest")
        until(lambda: "/meanwhile" in page.text("rows-rows"))


def test_a_click_on_a_bar_chooses_its_time(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        explore(page, pipeline)
        until(lambda: page.count("#course-graph .barlayer path") >= 1)
        bars = page.driver.find_elements("css selector", "#course-graph .barlayer .point")
        ActionChains(page.driver).move_to_element(max(bars, key=lambda bar: bar.size["height"])).click().perform()
        until(lambda: "from" in address(page))
        until(lambda: "hit" not in page.text("rows-say") and "of 1" in page.text("rows-note"))
        assert page.text("rows-note").startswith("50 of")


def choose(page: Page, picker: str, words: str) -> None:
    field = page.driver.find_element("id", picker)
    field.click()
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(words)
    until(lambda: page.count("[role=option]") >= 1)
    field.send_keys(Keys.ARROW_DOWN, Keys.ENTER)


def link(page: Page, words: str) -> None:
    """Click at once: a line that comes meanwhile draws the links anew."""
    page.js(f"[...document.querySelectorAll('#rows-pages a')].find(link => link.textContent === '{words}').click()")
