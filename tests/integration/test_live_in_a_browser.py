"""The page that shows what comes in: a line written is a row, paused ones are counted, and a flood stays small."""

from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Page, Pipeline, hit

from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "<img/src=x/onerror=window.ran=1>"


def first(page: Page) -> str:
    return str(page.js("document.querySelector('#tail-rows tr')?.textContent ?? ''"))


def look(page: Page, pipeline: Pipeline, search: str = "") -> None:
    page.driver.get(f"{pipeline.url}live{search}")
    until(lambda: page.count("#tail-rows tr") > 0)


def test_a_line_written_is_a_row_on_top_and_the_others_stay_as_they_are(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        look(page, pipeline)
        assert page.js("document.title") == "Live · hitstream · access.log"
        pipeline.write(hit(HOSTILE, 503, agent=HOSTILE))
        until(lambda: HOSTILE in first(page))
        assert "503" in first(page) and page.js("window.ran") is None
        later = count()

        def stay() -> bool:
            page.js("document.querySelector('#tail-rows tr').dataset.mark = 'seen'")
            target = f"/later-{next(later)}"
            pipeline.write(hit(target))
            until(lambda: target in first(page))
            return page.js("document.querySelectorAll('#tail-rows tr')[1].dataset.mark") == "seen"

        until(stay)  # a page that lost an update, on a busy machine, makes all rows anew once
        assert page.count("#tail-rows tr") == 50
        until(lambda: page.count("#rate-bars div") == 60)
        until(lambda: page.text("rate-classes").count("1") and "5xx server error" in page.text("rate-classes"))
        assert page.complaints() == []


def test_what_comes_while_paused_is_counted_and_shown_afterwards(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        look(page, pipeline)
        page.click("#pause")
        until(lambda: page.js("document.getElementById('badge').dataset.state") == "paused")
        top = first(page)
        pipeline.write(*(hit("/meanwhile") for _ in range(7)))
        until(lambda: page.text("news") == "7 new")
        assert first(page) == top
        page.click("#pause")
        until(lambda: "/meanwhile" in first(page))
        until(lambda: page.text("news") == "")


def test_a_click_on_a_part_of_a_row_is_a_filter_that_later_lines_have_to_pass(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        look(page, pipeline)
        page.js("document.querySelector('#tail-rows .is-status a[title^=\"404\"]').click()")
        until(lambda: page.count("#tail-rows tr") == 1)
        assert parse_qs(urlsplit(page.driver.current_url).query)["where"] == ["status=404"]
        pipeline.write(hit("/fine"), hit("/gone", 404))
        until(lambda: "/gone" in first(page))
        assert page.count("#tail-rows tr") == 2
        page.click(".chip .remove")
        until(lambda: page.count("#tail-rows tr") == 50)


def test_a_flood_is_shown_in_part_and_the_page_says_so(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        look(page, pipeline)
        for _ in range(4):
            pipeline.write(*(hit(f"/flood-{n}") for n in range(3000)))
            page.driver.execute_async_script("setTimeout(arguments[0], 600)")
        until(lambda: page.text("tail-note").startswith("Showing 50 of "))
        assert page.count("#tail-rows tr") == 50
        until(lambda: "/flood-2999" in first(page))
        assert page.complaints() == []


def test_a_page_that_missed_rows_asks_for_all_of_them(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        look(page, pipeline)
        page.js("document.querySelectorAll('#tail-rows tr').forEach(row => { row.dataset.key = 'lost'; })")
        pipeline.write(hit("/after"))
        until(lambda: page.count("#tail-rows tr") == 50 and "/after" in first(page))


def test_the_page_heals_when_its_server_comes_back(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        look(page, pipeline)
    pipeline.write(hit("/while-away"))
    until(lambda: page.js("document.getElementById('badge').dataset.state") == "reconnecting")
    with pipeline.serving():
        until(lambda: "/while-away" in first(page))
        pipeline.write(hit("/afterwards"))
        until(lambda: "/afterwards" in first(page))
