"""No page shuts anybody out: axe finds nothing serious, and the keyboard reaches everything."""

from importlib.resources import files
from typing import Any
from urllib.parse import quote

import pytest
from browsing import Page, Pipeline
from selenium.webdriver import ActionChains, Keys

from hitstream.dashboard.pages import PAGES
from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = files(pytest.importorskip("axe_playwright_python")).joinpath("axe.min.js")
RUN = "const done = arguments[0]; axe.run(document).then(done, problem => done({violations: [String(problem)]}))"
STATEMENT = "?query=" + quote("SELECT host, count(*) AS hits FROM hits GROUP BY host ORDER BY hits DESC")
WHERE = "e => [e.id || e.textContent.slice(0, 20), getComputedStyle(e).outlineStyle, e.closest('section')?.id]"
SERIOUS = ("serious", "critical")


def violations(page: Page) -> list[Any]:
    page.driver.execute_script(AXE.read_text())
    found = page.driver.execute_async_script(RUN)["violations"]
    assert page.js("typeof axe.run") == "function"
    return [
        (each["id"], each["impact"], [node["html"][:200] for node in each["nodes"]])
        for each in found
        if not isinstance(each, dict) or each["impact"] in SERIOUS
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_axe_finds_nothing_serious_on_any_page(page: Page, pipeline: Pipeline, scheme: str, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    found = {}
    with pipeline.serving():
        for each in PAGES:
            page.open(pipeline.url.rstrip("/") + each.path + (STATEMENT if each.name == "sql" else ""))
            if each.name == "sql":
                until(lambda: page.count(".ag-row") > 1)
            if each.name == "overview":
                page.click("#targets-panel summary")
            assert page.js("document.documentElement.dataset.mantineColorScheme") == scheme
            found[each.name] = violations(page)
    assert found == {each.name: [] for each in PAGES}


def test_axe_finds_nothing_serious_in_the_forms(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url + "?where=status<500")
        for opener, field in (("filter-open", "filter-value"), ("between", "from")):
            page.click(f"#{opener}")
            until(lambda field=field: page.driver.find_element("id", field).is_displayed())
            assert violations(page) == []
            ActionChains(page.driver).send_keys(Keys.ESCAPE).perform()


def test_the_keyboard_goes_from_the_top_through_every_control_and_sees_where_it_is(
    page: Page, pipeline: Pipeline
) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        until(lambda: page.count("#hosts-rows a") > 1)
        passed = []
        for _ in range(60):
            ActionChains(page.driver).send_keys(Keys.TAB).perform()
            passed.append(page.js(f"({WHERE})(document.activeElement)"))
        names = [name for name, *_ in passed]
        assert names[0] == "Skip to the numbers"
        for control in ("pause", "scheme", "go-errors", "range-24h", "between", "compare", "filter-open"):
            assert control in names, names
        assert names.index("pause") < names.index("go-errors") < names.index("range-24h") < names.index("filter-open")
        sections = [section for *_, section in passed if section]
        assert len(set(sections)) > 3 and sections == sorted(sections, key=sections.index)  # each in one stretch
        assert all(outline != "none" for _, outline, _ in passed), passed


def test_the_skip_link_leads_past_the_controls(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        ActionChains(page.driver).send_keys(Keys.TAB).send_keys(Keys.ENTER).perform()
        until(lambda: page.js("document.activeElement.id") == "page")


def test_screen_readers_are_told_what_the_page_says(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url)
        until(lambda: page.text("summary").startswith("101 requests"))
        assert page.js("document.getElementById('summary').getAttribute('aria-live')") == "polite"
        assert page.js(
            "[...document.querySelectorAll('.js-plotly-plot')].every(e => e.closest('[role=img][aria-label]'))"
        )
        assert page.count(".kind-chart details table") == page.count(".kind-chart") == 1


def test_nothing_moves_for_those_who_want_it_still(page: Page, pipeline: Pipeline) -> None:
    media = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    with pipeline.serving():
        page.open(pipeline.url)
        page.js("document.getElementById('page').dataset.state = 'loading'")
        assert page.js("document.getAnimations().length") == 0
