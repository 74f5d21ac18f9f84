"""The documentation as pages: searched, and nothing asked for elsewhere."""

import json
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from browsing import CHROMIUM, DRIVER, FLAGS, WINDOW, webdriver

from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(CHECKOUT / "docs", folder / "docs")
    shutil.copy(CHECKOUT / "zensical.toml", folder)
    zensical = Path(sys.executable).with_name("zensical")
    done = subprocess.run([zensical, "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder / "site"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def driver(tmp_path):
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}", WINDOW):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield made
    made.quit()


def asked_for(driver):
    """Return the addresses that the browser asked for."""
    messages = (json.loads(row["message"])["message"] for row in driver.get_log("performance"))
    sent = [row["params"]["request"]["url"] for row in messages if row["method"] == "Network.requestWillBeSent"]
    return {url for url in sent if not url.startswith(("data:", "chrome:"))}  # the browser's own


def inside(driver, selector):
    """Return elements of the search, which stands in a document of its own."""
    root = driver.execute_script("return document.activeElement.shadowRoot")
    return root.find_elements("css selector", selector) if root else []


def test_the_search_finds_words_and_asks_nobody_else(site, driver):
    driver.get(f"{site}/sources.html")
    button = driver.find_element("css selector", ".md-search__button")
    until(button.is_displayed)
    button.click()
    until(lambda: inside(driver, "input"))
    inside(driver, "input")[0].send_keys("copytruncate")
    until(lambda: any("copytruncate" in found.text.lower() for found in inside(driver, "a[href]")))
    assert not [url for url in asked_for(driver) if not url.startswith(site)]
    assert driver.get_log("browser") == []


def test_every_page_of_the_menu_is_there(site, driver):
    driver.get(f"{site}/index.html")
    links = {a.get_attribute("href").partition("#")[0] for a in driver.find_elements("css selector", "nav a[href]")}
    assert len(links) > 20
    assert [link for link in links if urlopen(link).status != 200] == []
