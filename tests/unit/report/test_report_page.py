"""The page in a real browser."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from counting import Counting, Hit
from hostile import NOON, PAYLOADS, hostile_report

from hitstream.report import contents, write

pytestmark = pytest.mark.browser

WEEK = [
    Hit(NOON + i * 977, f"h{i % 40}.example.org", ("200", "304", "404", "500")[i % 4], i * 7, target=f"/{i % 90}")
    for i in range(700)
]
SEARCH = """
const find = document.querySelector("#view-target input");
find.value = "/1";
find.dispatchEvent(new Event("input"));
"""
MORE = """
const more = [...document.querySelectorAll(".foot button:not([hidden])")];
more.forEach((button) => button.click());
return more.length;
"""


HOVER = """
const [at, part, done] = arguments;
const chart = document.getElementById("traffic-chart");
const bar = chart.querySelectorAll(".xy .bars .point")[at].getBoundingClientRect();
function point(height) {
  const place = { clientX: bar.left + part * bar.width, clientY: bar.bottom - height, bubbles: true };
  chart.querySelector(".nsewdrag").dispatchEvent(new MouseEvent("mousemove", place));
  const words = chart.querySelector(".hoverlayer").textContent;
  if (words) done(words);
  else setTimeout(point, 100, (height % 5) + 1);
}
point(1);
"""
"""Points at a place of a bar until something is said of it: what that is."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("no chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync"):
        options.add_argument(f"--{option}")
    options.add_argument("--disable-background-networking")
    options.add_argument("--disable-component-update")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield running
    running.quit()


@pytest.fixture
def show(browser, tmp_path):
    def shown(report, *, width=1440, dark=False):
        browser.get_log("browser")
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        write(report, tmp_path / "report.html")
        browser.get((tmp_path / "report.html").as_uri())
        return browser

    return shown


def problems(browser):
    """Return what the console says against the page; plotly.js may not add its style sheet for maps."""
    return [entry["message"] for entry in browser.get_log("browser") if "Applying inline style" not in entry["message"]]


def texts(browser, selector):
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector
    )


def test_hostile_keys_run_nothing_and_are_shown_as_text(show):
    page = show(hostile_report())
    assert page.execute_script("return window.__xss") is None
    assert texts(page, ".chart .main-svg")
    assert problems(page) == []
    assert texts(page, "#views :is(a, base, form, iframe, img, script, style, svg)") == []
    while page.execute_script(MORE):
        pass
    keys = texts(page, "#view-target td.key > span")
    assert len(keys) == len(PAYLOADS)
    assert set(PAYLOADS[:9]) <= set(keys)
    assert "\\u202egnp.exe\\u2066\\u200f\\ufeff" in keys
    assert "(empty)" in keys
    assert page.execute_script("return window.__xss") is None


def test_both_charts_are_drawn_and_follow_the_choice(show):
    report = contents(Counting(WEEK, bad_lines=3))
    page = show(report)
    assert len(texts(page, "#traffic-chart .bars path")) > 100
    assert len(texts(page, "#week-chart .hm image")) == 1
    page.execute_script("document.querySelector('#measure [value=visitors]').click()")
    page.execute_script("document.querySelector('#grain [value=day]').click()")
    assert texts(page, "#peak")[0].startswith("Most in one day:")
    assert len(texts(page, "#traffic-chart .bars path")) == len(report.series["day"].hits)
    assert problems(page) == []


@pytest.mark.parametrize(("zone", "part"), [("America/New_York", 0.3), ("Australia/Lord_Howe", 0.8)])
def test_a_bar_tells_its_own_hour_wherever_it_is_pointed_at_and_whoever_looks(show, browser, zone, part):
    browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})
    series = contents(Counting(WEEK)).series["hour"]
    page = show(contents(Counting(WEEK)), width=3200)  # bars of several pixels
    page.execute_script("document.querySelector('#grain [value=hour]').click()")
    at = len(series.hits) // 2
    begins = datetime.fromtimestamp(series.start + 3600 * at, UTC)
    said = page.execute_async_script(HOVER, at, part)
    assert f"{begins:%H:%M}" in said and f"until {begins + timedelta(hours=1):%H:%M}" in said


def test_tables_are_searched_and_sorted(show):
    page = show(contents(Counting(WEEK), rows=60))
    rows = "#view-target tbody tr"
    assert len(texts(page, rows)) == 10 + 1, "ten rows and the rest"
    assert texts(page, f"{rows}.other td:first-child") == ["(other: 80)"]
    hits = [int(text.replace(",", "")) for text in texts(page, f"{rows} td:nth-child(2)")]
    assert sum(hits) == len(WEEK), "what is not shown is in the last row"
    page.execute_script(SEARCH)
    assert all("/1" in text for text in texts(page, f"{rows} td.key"))
    page.execute_script("document.querySelector('#view-target th:first-child button').click()")
    found = texts(page, f"{rows} td.key")
    assert found == sorted(found) and len(found) > 1
    assert page.execute_script("return document.querySelector('#view-target th').ariaSort") == "ascending"


@pytest.mark.parametrize("width", [390, 768, 1440, 2300])
def test_the_page_is_never_wider_than_the_screen(show, width):
    page = show(hostile_report(), width=width, dark=width == 390)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_minutes_without_visitors_say_so(show):
    report = contents(Counting(WEEK[:50]))
    series = report.series["minute"]
    report.series["minute"] = series._replace(visitors=[None] * len(series.hits))
    page = show(report)
    page.execute_script("document.querySelector('#measure [value=visitors]').click()")
    page.execute_script("document.querySelector('#grain [value=minute]').click()")
    assert texts(page, "#peak") == ["Visitors are not counted by minute here."]
    assert problems(page) == []


def test_a_report_without_hits_says_so(show):
    page = show(contents(Counting([], bad_lines=2)))
    assert texts(page, "#period") == ["No hits"]
    assert "client hosts" in texts(page, "#absent")[0]
    assert page.execute_script("return document.getElementById('traffic').hidden")
    assert problems(page) == []
