"""What a person waits for, measured in Chromium itself: python -m bench browser.

* from a line written to its number painted, at 5,000 lines a second
* from a filter chosen to all panels drawn, over ten million archived hits
* from an address to the first paint, the numbers and the chart, of a server that is warm
* the heap of a page that follows live data for long, and how long it takes to heal after its server started again
"""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.live import Log, serving
from bench.queries import FILTERS, made

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
RATE = 5000
SECONDS = 60
ROUNDS = 7
LIVE_MINUTES = 10
"""Of changes four times a second, as many as come in thirty minutes of one every 0.75 s."""

_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1440,900")
_WATCH = """
window.seen = [];
new MutationObserver(() => {
  const text = document.getElementById("totals-requests")?.textContent.replace(/\\D/g, "");
  if (!text || text === window.last) return;
  window.last = text;
  requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => window.seen.push([Date.now() / 1000, Number(text)]);
    painted.port2.postMessage(0);
  });
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
"""Notes when a number of requests has been painted: a message sent before a frame is heard after it."""
_FIRST = """
window.first = {};
const note = (name, there) => { if (!(name in first) && there) first[name] = performance.now(); };
new MutationObserver(() => {
  note("numbers", document.getElementById("totals-requests")?.textContent);
  note("chart", document.querySelector("#traffic-graph .barlayer path"));
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
_TURN = """
const [search, name, done] = arguments;
const began = performance.now();
function look() {
  const page = document.getElementById("page");
  const there = document.getElementById("chips").textContent.includes(name) && page.dataset.state !== "loading";
  if (there) requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  else requestAnimationFrame(look);
}
dash_clientside.set_props("url", { search: search });
look();
"""
"""Goes to an address; done when the page shows its filters, its numbers, and a frame after them."""


def run() -> dict[str, Any]:
    """Return the figures of all four."""
    return {**lines(), **filters(), **paints(), **lasting()}


def lines(rate: int = RATE, seconds: float = SECONDS) -> dict[str, Any]:
    """Return seconds from a line written to a number painted that counts it."""
    with _live(rate) as (log, url), _browser(_WATCH) as driver:
        driver.get(f"{url}?range=all")
        _until(lambda: driver.execute_script("return seen.length") > 3)
        since = log.written
        time.sleep(seconds)
        until, seen = log.written - rate, driver.execute_script("return seen")
    late = sorted(_delays(log, seen, since, until))
    return {f"line written to pixel at {rate} lines/s, s": _told(late, 2)}


def filters(texts: Sequence[str] = FILTERS, data: Callable[[], Path] = made) -> dict[str, Any]:
    """Return milliseconds from a filter chosen to all panels drawn, of filters that were never asked before."""
    serial = itertools.count()

    def chosen(driver: Any, text: str) -> float:
        name = f"nobody-{next(serial)}.invalid"
        search = f"?range=all&where={quote(text)}&where={quote('host!=' + name)}"
        return float(driver.execute_async_script(_TURN, search, name))

    with serving("serve", "--data", data()) as server, _browser() as driver:
        driver.get(f"{server.url}?range=all")
        _until(lambda: driver.execute_script("return document.getElementById('page')?.dataset.state") == "stale")
        first = chosen(driver, texts[0])
        taken = sorted(chosen(driver, text) for text in texts)
    return {"filter changed to panels drawn, ms": _told(taken, 0), "the first filter after a start, ms": round(first)}


def paints(rounds: int = ROUNDS, data: Callable[[], Path] = made) -> dict[str, Any]:
    """Return milliseconds from an address to what is painted, of a server that was asked before."""
    found: dict[str, list[float]] = {}
    with serving("serve", "--data", data()) as server:
        for at in range(rounds + 1):
            with _browser(_FIRST) as driver:
                for cache in ("cold", "warm"):
                    driver.get(server.url)
                    _until(lambda driver=driver: driver.execute_script("return 'chart' in first"))
                    told = driver.execute_script(
                        "return [first, performance.getEntriesByType('paint').at(-1).startTime]"
                    )
                    for name, value in ({"first paint": told[1]} | told[0]).items():
                        if at:  # the first round warms the server
                            found.setdefault(f"{name}, {cache} cache, median ms", []).append(value)
    return {name: round(statistics.median(values)) for name, values in sorted(found.items())}


def lasting(minutes: float = LIVE_MINUTES, rate: int = RATE) -> dict[str, Any]:
    """Return the page's heap in the course of live data, and the seconds after a server's start until it is live."""
    heap: list[float] = []
    with _live(rate) as (_, url), _browser(_WATCH) as driver:
        driver.get(f"{url}?range=15m")
        _until(lambda: driver.execute_script("return seen.length") > 3)
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            heap.append(_heap(driver))
            time.sleep(6 * minutes)
        heap.append(_heap(driver))
        changes = driver.execute_script("return seen.length")
    warm = heap[len(heap) // 5 :]
    return {
        "heap of a live page, MB": {"first": heap[0], "after a fifth": warm[0], "last": warm[-1], "most": max(heap)},
        "changes meanwhile": changes,
        "healed after a server's start, s": _healed(),
    }


def _healed() -> float:
    """Return how long after its server is there again a page is live."""
    with tempfile.TemporaryDirectory() as folder, _browser() as driver:
        log, data = Log(Path(folder) / "access.log", 100), Path(folder) / "data"
        state = "return document.getElementById('badge')?.dataset.state"
        command = ("run", log.path, "--format", "combined", "--data", data)
        with log.growing():
            with serving(*command) as server:
                driver.get(server.url)
                _until(lambda: driver.execute_script(state) == "live")
                port = server.url.rstrip("/").rpartition(":")[2]
            _until(lambda: driver.execute_script(state) == "reconnecting")
            with serving(*command, port=port):
                began = time.monotonic()
                _until(lambda: driver.execute_script(state) == "live")
                return round(time.monotonic() - began, 1)


def _delays(log: Log, seen: Sequence[tuple[float, int]], since: int, until: int) -> Iterator[float]:
    """Yield how long each hundredth line waited for the first painted number that counts it."""
    shown = iter(seen)
    at, number = next(shown)
    for line in range(since, until, 100):
        while number <= line:
            at, number = next(shown)
        yield at - log.at(line)


@contextmanager
def _live(rate: int) -> Iterator[tuple[Log, str]]:
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder) / "access.log", rate)
        command = ("run", log.path, "--format", "combined", "--data", Path(folder) / "data")
        with log.growing(), serving(*command) as server:
            yield log, server.url


@contextmanager
def _browser(script: str = "") -> Iterator[Any]:
    """Give a browser that knows nothing, and that runs a script in each page before all else."""
    from selenium import webdriver

    with tempfile.TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
        try:
            driver.set_script_timeout(100)
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
            yield driver
        finally:
            driver.quit()


def _heap(driver: Any) -> float:
    """Return the heap in use once all garbage is gone, MB."""
    driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    return round(driver.execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"] / 1e6, 1)


def _told(values: Sequence[float], digits: int) -> dict[str, float]:
    """Return the middle, the 95th percentile and the most of sorted values."""
    places = {"p50": len(values) // 2, "p95": int(len(values) * 0.95), "most": -1}
    return {name: round(values[at], digits or None) for name, at in places.items()}


def _until(condition: Callable[[], Any], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("The page did not come to it.")
        time.sleep(0.02)
