"""An instant is the same one wherever a page shows it, and whatever zones the browser and the page are in.

One log has a hit a quarter of an hour on days when clocks change, and many at one instant of each: in autumn in the
second of the two hours that clocks show alike.
"""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from browsing import Page, Pipeline, window
from selenium.webdriver import ActionChains, Keys

from hitstream.engine.embedded import ingest
from hitstream.sources.open import open_source
from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUARTER, BAR = 900, 300
"""Seconds between two hits, and of a bar of a day."""
MANY = 40


class Day(NamedTuple):
    """A day by the clocks of a zone: its ends, and the quarter in it that has many hits."""

    zone: str
    date: str
    busy: str
    """UTC."""

    @property
    def ends(self) -> tuple[datetime, datetime]:
        first = datetime.fromisoformat(self.date).replace(tzinfo=ZoneInfo(self.zone))
        return first.astimezone(UTC), (first + timedelta(days=1)).astimezone(UTC)

    @property
    def peak(self) -> int:
        return int(datetime.fromisoformat(self.busy).replace(tzinfo=UTC).timestamp())

    @property
    def search(self) -> str:
        return "?" + "&".join(f"{name}={at:%Y-%m-%dT%H:%M}" for name, at in zip(("from", "to"), self.ends, strict=True))


DAYS = [
    Day("Europe/Berlin", "2025-10-26", "2025-10-26T01:30"),  # 25 hours; 02:30 for the second time
    Day("Europe/Berlin", "2025-03-30", "2025-03-30T01:00"),  # 23 hours; 03:00, just after 01:59
    Day("America/New_York", "2024-11-03", "2024-11-03T06:15"),  # 25 hours; 01:15 for the second time
    Day("America/New_York", "2024-03-10", "2024-03-10T07:00"),  # 23 hours
    Day("Australia/Lord_Howe", "2023-04-02", "2023-04-01T15:15"),  # 24.5 hours; 01:45 for the second time
    Day("Australia/Lord_Howe", "2023-10-01", "2023-09-30T15:30"),  # 23.5 hours; 02:30, just after 01:59
    Day("Asia/Kolkata", "2022-06-01", "2022-06-01T07:45"),  # 24 hours, which begin at 18:30 UTC
]


def lines() -> Iterator[str]:
    for day in sorted(DAYS, key=lambda day: day.peak):
        first, last = day.ends
        for second in range(int(first.timestamp()), int(last.timestamp()), QUARTER):
            at = datetime.fromtimestamp(second, UTC)
            line = f'host.example - - [{at:%d/%b/%Y:%H:%M:%S +0000}] "GET /{{}} HTTP/1.0" 200 10\n'
            yield from (line.format(number) for number in range(MANY if second == day.peak else 1))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[tuple[Page, str]]:
    made = Pipeline(tmp_path_factory.mktemp("time"))
    made.write(*lines())
    ingest(made.directory / "data", lambda states, most: open_source([made.log], states=states, max_bytes=most))
    with made.serving(), window(browser) as page:
        yield page, made.url


def show(shown: tuple[Page, str], search: str, zone: str = "UTC", width: int = 2560) -> Page:
    """Open an address in a browser of a zone, so wide that bars have several pixels."""
    page, url = shown
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})
    page.open(url + search)
    return page


def chart(page: Page) -> None:
    until(lambda: page.state() not in (None, "loading") and page.count("#traffic-graph .xy .barlayer .point path") > 0)


def tallest(page: Page) -> list[float]:
    """Return the left and right end of the highest bar, pixels of the window."""
    found = page.js(
        "[...document.querySelectorAll('#traffic-graph .xy .barlayer .point path')].map(bar => "
        "bar.getBoundingClientRect()).sort((a, b) => b.height - a.height).map(bar => [bar.left, bar.right])[0]"
    )
    return list(found)


def read_off(page: Page, pixel: float) -> tuple[str, str]:
    """Return between which ticks of the axis a place is, as a reader would find it: what stands below them."""
    ticks = page.js(
        "[...document.querySelectorAll('#traffic-graph .xtick text')].map(tick => {"
        "const box = tick.getBoundingClientRect(); return [(box.left + box.right) / 2, tick.dataset.unformatted]})"
    )
    left = [words for at, words in ticks if at <= pixel + 1]
    right = [words for at, words in ticks if at > pixel + 1]
    return (left or [""])[-1].partition("<br>")[0], (right or ["24:00"])[0].partition("<br>")[0]


def point_at(
    page: Page, pixel: float, height: int = 0, then: Callable[[ActionChains], ActionChains] = lambda hand: hand
) -> None:
    """Move the hand to a place of the chart, and do there what follows."""

    def point(area: Any) -> None:
        left, width = page.js(
            "(box => [box.left, box.width])(document.querySelector('#traffic-graph .nsewdrag').getBoundingClientRect())"
        )
        place = round(pixel - left - width / 2)
        then(ActionChains(page.driver, duration=0).move_to_element_with_offset(area, place, height)).perform()

    page.act("#traffic-graph .nsewdrag", point)


def told(page: Page, pixel: float) -> str:
    """Return the time that is told of the bar at a place, coming from elsewhere, by a hand that is never still."""
    tip, heights = "document.querySelector('.tip-time')?.textContent ?? ''", itertools.cycle((0, 7))

    def is_told(place: float, before: str) -> bool:
        point_at(page, place, next(heights))
        return page.js(tip) not in ("", before)

    for place in (pixel - 60, pixel):
        until(partial(is_told, place, page.js(tip)))
    return str(page.js(tip))


def address(page: Page) -> tuple[int, ...]:
    given = parse_qs(urlsplit(page.driver.current_url).query)
    ends = (given[end][0] for end in ("from", "to"))
    return tuple(int(datetime.fromisoformat(end).replace(tzinfo=UTC).timestamp()) for end in ends)


@pytest.mark.parametrize("day", DAYS, ids=lambda day: f"{day.zone} {day.date}")
@pytest.mark.parametrize("local", [False, True], ids=["page in UTC", "page in the viewer's zone"])
def test_axis_hover_click_note_and_table_mean_the_same_instant(shown: tuple[Page, str], day: Day, local: bool) -> None:
    page = show(shown, day.search + (f"&zone={day.zone}" if local else ""), day.zone)
    zone = ZoneInfo(day.zone) if local else UTC
    chart(page)
    left, right = tallest(page)
    begins, ends = (datetime.fromtimestamp(day.peak + later, zone) for later in (0, BAR))
    before, after = read_off(page, left)
    assert before <= f"{begins:%H:%M}" < after or before > after  # they are where the clocks are set back
    assert f"at {begins:%Y-%m-%d %H:%M}" in page.text("traffic-note")
    for part in (0.25, 0.75):
        said = told(page, left + part * (right - left))
        assert said.startswith(f"{begins:%a %Y-%m-%d %H:%M}") and f" {ends:%H:%M}" in said
    point_at(page, left + 0.75 * (right - left), then=lambda hand: hand.click())
    until(lambda: address(page) == (day.peak, day.peak + BAR))
    until(lambda: page.text("totals-requests") == str(MANY))


def test_a_stretch_that_is_dragged_over_is_the_one_that_is_asked_for(shown: tuple[Page, str]) -> None:
    day = DAYS[2]
    page = show(shown, f"{day.search}&zone={day.zone}", day.zone)
    chart(page)
    left, _ = tallest(page)
    assert told(page, left - 1)  # from then on it listens
    point_at(
        page, left - 1, then=lambda hand: hand.click_and_hold().move_by_offset(100, 1).move_by_offset(100, 0).release()
    )
    until(lambda: address(page) != tuple(int(end.timestamp()) for end in day.ends))
    start, end = address(page)
    assert day.peak - 600 <= start <= day.peak and day.peak + 7200 < end < day.peak + 4 * 3600


def test_steps_lead_to_the_day_before_and_the_day_after_and_twice_as_far(shown: tuple[Page, str]) -> None:
    day = DAYS[0]
    page = show(shown, f"{day.search}&zone={day.zone}", day.zone)
    for step, period in (
        ("back", "2025-10-25"),
        ("forward", "2025-10-26"),
        ("wider", "2025-10-25 11:30 \u2013 2025-10-27 12:30"),
    ):
        page.click(f"#step-{step}")
        until(lambda period=period: page.text("period") == period)  # type: ignore[misc]
        page.settle()


def test_ranges_of_a_log_that_has_ended_count_from_its_last_hit_and_say_so(shown: tuple[Page, str]) -> None:
    page = show(shown, "?range=24h&zone=Europe/Berlin")
    until(lambda: page.text("period-note") == "to the last hit")
    assert page.text("period") == "2025-10-26"
    assert page.text("totals-requests") == str(99 + MANY)
    page.click("#between")
    until(lambda: page.count(".periods a") > 5)
    page.click(".periods li:nth-child(2) a")
    until(lambda: page.text("period") == "2025-10-25" and page.text("between") == "Yesterday")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_form_of_times_fits_and_is_typed_into_and_takes_days_from_its_calendar(
    shown: tuple[Page, str], width: int
) -> None:
    page = show(shown, "?zone=Asia/Kolkata", "Asia/Kolkata", width)
    page.driver.execute_script("document.getElementById('between').scrollIntoView({ block: 'nearest' })")
    page.click("#between")
    until(lambda: page.count(".mantine-DatePicker-day") > 27)
    box = "document.querySelector('.times').getBoundingClientRect()"
    until(lambda: page.js(f"{box}.left >= 0 && {box}.right <= innerWidth"))
    assert page.js("document.querySelector('.times').scrollWidth") <= width
    start = page.driver.find_element("id", "from")
    start.send_keys("someday", Keys.ENTER)
    until(lambda: "is not a time" in page.text("between-error"))
    start.send_keys(Keys.CONTROL, "a")
    start.send_keys("17 May 2015 10:05", Keys.TAB)
    page.driver.switch_to.active_element.send_keys("2015-05-18", Keys.ENTER)
    until(lambda: "from=" in page.driver.current_url)
    kolkata = ZoneInfo("Asia/Kolkata")
    typed = datetime(2015, 5, 17, 10, 5, tzinfo=kolkata), datetime(2015, 5, 18, tzinfo=kolkata)
    assert address(page) == tuple(int(at.timestamp()) for at in typed)
    page.click("#between")
    until(lambda: page.count(".mantine-DatePicker-day") > 27)
    days = page.driver.find_elements("css selector", ".mantine-DatePicker-day:not([data-outside])")
    days[9].send_keys(Keys.ENTER)
    days[9].send_keys(Keys.ARROW_RIGHT)
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    until(lambda: page.driver.find_element("id", "to").get_property("value").endswith("-12"))
    page.click("#between-show")
    until(lambda: address(page)[1] - address(page)[0] == 2 * 86400)
