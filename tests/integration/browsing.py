"""A page in Chromium, fed by the whole embedded pipeline."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hitstream.clock import SystemClock
from hitstream.dashboard.address import ServerAddress
from hitstream.dashboard.app import Settings, build
from hitstream.dashboard.serve import serve
from hitstream.engine.embedded import ingest
from hitstream.query import open_query
from hitstream.sources.open import open_source
from waiting import PATIENCE_SECONDS, until

webdriver = pytest.importorskip("selenium.webdriver")
StaleElementReferenceException = pytest.importorskip("selenium.common").StaleElementReferenceException
CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WINDOW = "--window-size=1440,900"

PAYLOADS = (
    "<script>window.__xss=1</script>",
    "<img src=x onerror=window.__xss=2>",
    "<svg/onload=window.__xss=3>",
    "javascript:window.__xss=4",
    "{{constructor.constructor('window.__xss=5')()}}",
    "'-window.__xss=6-'",
    "</title><script>window.__xss=7</script>",
    "[x](javascript:window.__xss=8)",
    "\x1b[2J\x1b]0;owned\x07",
    "%3Cscript%3Ewindow.__xss=9%3C/script%3E",
    "=cmd|'/c calc'!A0",
    "\u202egnp.exe",
    "a" * 5000,
)
"""What a log may hold to be obeyed by who shows it."""


def hit(target: str = "/", status: int = 200, host: str = "host.example", agent: str = "Mosaic") -> str:
    stamp = f"{datetime.now(UTC):%d/%b/%Y:%H:%M:%S +0000}"
    return f'{host} - - [{stamp}] "GET {target} HTTP/1.0" {status} 1024 "{target}" "{agent}"\n'


@dataclass
class Pipeline:
    """A log, what ingests it, and a server that can be stopped and started again."""

    directory: Path
    port: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    ready: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.directory / "access.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def write(self, *lines: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.writelines(lines)

    def _ingest(self) -> None:
        ingest(
            self.directory / "data",
            lambda states, most: open_source([self.log], states=states, follow=True, max_bytes=most),
            stop=self.stop,
        )

    def _announced(self, url: str) -> None:
        self.port = int(url.rstrip("/").rpartition(":")[2])
        self.ready.set()

    @contextmanager
    def ingesting(self) -> Iterator[None]:
        thread = threading.Thread(target=self._ingest)
        thread.start()
        try:
            yield
        finally:
            self.stop.set()
            thread.join(PATIENCE_SECONDS)

    @contextmanager
    def serving(self, through: Callable[[Any], Any] = lambda app: app) -> Iterator[None]:
        stop = threading.Event()
        self.ready.clear()
        app = build(lambda: open_query(self.directory / "data"), SystemClock(), Settings("access.log"))
        arguments = {"address": ServerAddress(port=self.port), "announce": self._announced, "stop": stop}
        thread = threading.Thread(target=serve, args=(through(app),), kwargs=arguments)
        thread.start()
        try:
            assert self.ready.wait(PATIENCE_SECONDS)
            yield
        finally:
            stop.set()
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


class Page:
    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.origins: set[str] = set()
        """Where it was; a later server may have the same port."""

    def js(self, script: str) -> Any:
        return self.driver.execute_script("return " + script)

    def text(self, element: str) -> str:
        return str(self.js(f"document.getElementById('{element}')?.textContent ?? ''"))

    def state(self) -> str | None:
        return self.js("document.getElementById('page')?.dataset.state")  # type: ignore[no-any-return]

    def open(self, url: str) -> None:
        self.origins.add("{0.scheme}://{0.netloc}".format(urlsplit(url)))
        self.driver.get(url)
        self.settle()

    def settle(self) -> None:
        until(lambda: self.state() not in (None, "loading"))

    def act(self, selector: str, do: Callable[[Any], object]) -> None:
        """Do something with an element; again where an update put another one in its place before it was done."""

        def done() -> bool:
            try:
                do(self.driver.find_element("css selector", selector))
            except StaleElementReferenceException:
                return False
            return True

        until(done)

    def click(self, selector: str) -> None:
        self.act(selector, lambda element: element.click())

    def type(self, selector: str, *keys: str) -> None:
        self.act(selector, lambda element: element.send_keys(*keys))

    def count(self, selector: str) -> int:
        return int(self.js(f"document.querySelectorAll('{selector}').length"))

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


@contextmanager
def started(profile: Path) -> Iterator[Any]:
    """Start a browser; give its driver until it is left."""
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("no Chromium: apt install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}", WINDOW):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


@contextmanager
def window(driver: Any) -> Iterator[Page]:
    """Give a window of a browser that nothing is set of and nothing is remembered in, until it is left."""
    home = driver.current_window_handle
    driver.get_log("browser")  # what was said before is of another test
    driver.switch_to.new_window("tab")
    page = Page(driver)
    try:
        yield page
    finally:
        for origin in page.origins:
            driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        for handle in driver.window_handles:
            if handle != home:
                driver.switch_to.window(handle)
                driver.close()
        driver.switch_to.window(home)
