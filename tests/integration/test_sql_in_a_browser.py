"""The page SQL in Chromium: what is asked stands in the address, and what answers is text."""

import json
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from browsing import Page, Pipeline, hit
from selenium.webdriver import Keys

from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ENDLESS = "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3"
STATUSES = "SELECT status, count(*) AS hits, sum(bytes) AS sent FROM hits GROUP BY status ORDER BY status"


def write(page: Page, text: str) -> None:
    editor = page.driver.find_element("id", "sql-editor")
    editor.send_keys(Keys.CONTROL, "a")
    editor.send_keys(text)


def answered(page: Page, state: str = "ok") -> None:
    until(lambda: page.js("document.getElementById('sql-result')?.dataset.state") == state)


def cells(page: Page) -> list[str]:
    return page.js("[...document.querySelectorAll('.ag-center-cols-container .ag-cell')].map(cell => cell.textContent)")


def at(pipeline: Pipeline, statement: str = "") -> str:
    return f"{pipeline.url}sql" + (f"?query={quote(statement)}" if statement else "")


def test_a_statement_is_written_run_kept_in_the_address_and_left_again(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(at(pipeline))
        answered(page, "empty")
        assert "take one of the examples" in page.text("sql-say")
        assert page.js("typeof window.dash_ag_grid") == "undefined"
        write(page, STATUSES)
        page.click("#sql-run")
        answered(page)
        until(lambda: cells(page) == ["200", "100", "102400", "404", "1", "1024"])
        assert parse_qs(urlsplit(page.driver.current_url).query)["query"] == [STATUSES]
        assert page.text("sql-note").startswith("2 rows in")
        page.click(".ag-header-cell[aria-colindex='2']")
        until(lambda: cells(page) == ["404", "1", "1024", "200", "100", "102400"])
        write(page, "SELECT 7 AS seven" + Keys.CONTROL + Keys.ENTER)
        until(lambda: cells(page) == ["7"])
        page.driver.back()
        until(lambda: len(cells(page)) == 6)
        assert page.js("document.getElementById('sql-editor').value") == STATUSES
        assert page.complaints() == []


def test_an_answer_is_charted_and_its_fractions_are_rounded(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(at(pipeline, STATUSES))
        answered(page)
        until(lambda: page.count("#sql-chart rect") == 2)
        assert page.js("document.querySelector('#sql-chart rect title').textContent") == "200: 100"
        page.click("#sql-chart [data-number='1']")
        until(lambda: page.js("document.querySelector('#sql-chart rect title').textContent") == "200: 102,400")
        write(page, "SELECT 1 / 3 AS third, '<b>x</b>' AS text UNION ALL SELECT 2 / 3, 'y'" + Keys.CONTROL + Keys.ENTER)
        until(lambda: "0.333333" in cells(page))
        until(lambda: "<b>x</b>" in page.text("sql-chart"))
        write(page, "SELECT 7 AS seven" + Keys.CONTROL + Keys.ENTER)
        until(lambda: cells(page) == ["7"] and page.count("#sql-chart rect") == 0)
        assert page.complaints() == []


def test_statements_are_kept_in_the_browser_until_they_are_forgotten(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(at(pipeline, STATUSES))
        answered(page)
        write(page, "SELECT 7 AS seven" + Keys.CONTROL + Keys.ENTER)
        until(lambda: cells(page) == ["7"])
        page.driver.refresh()
        until(lambda: cells(page) == ["7"])
        page.click(".history summary")
        until(lambda: page.count("#sql-history .past") == 2)
        page.click("#sql-history .past:nth-child(2)")
        until(lambda: parse_qs(urlsplit(page.driver.current_url).query)["query"] == [STATUSES])
        until(lambda: len(cells(page)) == 6)
        until(lambda: page.js("document.querySelector('#sql-history .past').title") == STATUSES)
        page.click("#sql-history .forget")
        until(lambda: page.text("sql-history").startswith("Nothing was asked"))
        assert page.complaints() == []


@pytest.mark.parametrize("statement", ["SELECT 1 AS a, 2 AS b", "SELECT 'a', repeat('b', 500)", STATUSES])
def test_few_columns_are_as_wide_as_the_grid(page: Page, pipeline: Pipeline, statement: str) -> None:
    width = "document.querySelector('.ag-{}').getBoundingClientRect().width"
    with pipeline.serving():
        page.open(at(pipeline, statement))
        answered(page)
        until(lambda: cells(page))
        until(lambda: abs(page.js(width.format("header-row")) - page.js(width.format("body-viewport"))) <= 2)


def test_an_answer_is_saved_whole(page: Page, pipeline: Pipeline, tmp_path: Path) -> None:
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    with pipeline.serving():
        page.open(at(pipeline, "SELECT '=' || i AS x FROM range(6000) t(i)"))
        answered(page)
        assert page.text("sql-note").startswith("The first 5,000 rows")
        page.click(".sql-file[download$=csv]")
        saved = tmp_path / "hitstream-sql.csv"
        until(saved.exists)
        assert saved.read_text().splitlines()[:2] == ["x", "'=0"]
        page.click(".sql-file[download$=json]")
        until((tmp_path / "hitstream-sql.json").exists)
        assert len(json.loads((tmp_path / "hitstream-sql.json").read_text())["rows"]) == 6000


def test_an_error_says_where_and_leads_there(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(at(pipeline, "SELECT status,\n  hots\nFROM hits"))
        answered(page, "wrong")
        assert page.text("sql-wrong").startswith("SQL, line 2, column 3: Binder Error")
        page.click("#sql-wrong button")
        selected = "(e => e.value.slice(e.selectionStart, e.selectionEnd))(document.activeElement)"
        assert page.js(selected) == "hots"
        write(page, "SELECT 1 AS one WHERE false")
        page.click("#sql-run")
        answered(page, "empty")
        assert (page.text("sql-wrong"), page.text("sql-say")) == ("", "No row answers this statement.")


def test_a_statement_that_does_not_end_is_stopped_and_holds_up_no_panel(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(at(pipeline, ENDLESS))
        answered(page, "running")
        first = page.driver.current_window_handle
        page.driver.switch_to.new_window("tab")
        page.open(pipeline.url)
        until(lambda: page.text("totals-requests") == "101")
        pipeline.write(hit("/new"))
        until(lambda: page.text("totals-requests") == "102")
        page.driver.close()
        page.driver.switch_to.window(first)
        page.click("#sql-stop")
        answered(page, "wrong")
        assert page.text("sql-wrong") == "Stopped."
        write(page, STATUSES)
        page.click("#sql-run")
        answered(page)


def test_names_of_the_schema_are_put_where_the_cursor_is(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(at(pipeline))
        write(page, "SELECT  FROM hits" + Keys.LEFT * 10)
        page.click("[data-insert=status]")
        until(lambda: page.js("document.getElementById('sql-editor').value") == "SELECT status FROM hits")
        page.click("#sql-run")
        answered(page)
        page.click("#sql-example-0")
        until(lambda: len(cells(page)) == 18)


def test_a_written_statement_outlives_its_server(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(at(pipeline, STATUSES))
        answered(page)
        write(page, "SELECT 1 AS not_sent_yet")
    until(lambda: page.js("document.getElementById('badge').dataset.state") == "reconnecting")
    with pipeline.serving():
        until(lambda: page.js("document.getElementById('badge').dataset.state") == "live")
        assert page.js("document.getElementById('sql-editor').value") == "SELECT 1 AS not_sent_yet"
        until(lambda: len(cells(page)) == 6)
