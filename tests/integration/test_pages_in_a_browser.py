"""The pages Errors and Health in Chromium, and the image of a chart."""

import re
import struct
import zlib
from pathlib import Path

import pytest
from browsing import Page, Pipeline, hit

from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def narrow(page: Page) -> None:
    metrics = {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def test_errors_are_shown_by_target_code_and_host_and_lead_to_each_other(page: Page, pipeline: Pipeline) -> None:
    pipeline.write(*(hit("/broken", 500, host="unlucky.example") for _ in range(9)))
    with pipeline.serving():
        page.open(pipeline.url + "errors")
        until(lambda: page.text("fault_targets-rows").startswith("/broken"))
        until(lambda: page.text("fault_hosts-rows").startswith("unlucky.example"))
        until(lambda: "/lost" in page.text("lost-rows") and "/lost" in page.text("lost_referrers-rows"))
        until(lambda: "500" in page.text("fault_codes-panel") and "404" in page.text("fault_codes-panel"))
        until(lambda: page.count("#faults-graph .barlayer path") >= 1)
        page.click("#fault_hosts-rows a")
        until(lambda: page.text("chips") == "host=unlucky.example")
        until(lambda: page.js("document.getElementById('lost-panel').dataset.state") == "empty")
        pipeline.write(hit("/broken", 503, host="unlucky.example"))
        until(lambda: "503" in page.text("fault_codes-panel"))
        assert page.complaints() == []


def test_health_follows_the_pipeline_and_says_what_to_do_when_it_ends(page: Page, pipeline: Pipeline) -> None:
    with pipeline.serving():
        page.open(pipeline.url + "health")
        until(lambda: page.count("#stages-rows tr") == 6)
        until(lambda: "access.log" in page.text("sources-rows"))
        until(lambda: page.js("document.getElementById('bad_lines-panel').dataset.state") == "empty")
        pipeline.write("<b>no</b> line at all\n")
        until(lambda: "<b>no</b> line at all" in page.text("bad_lines-rows"))
        until(lambda: "100.0 %" in page.text("bad_reasons-rows"))
        until(lambda: re.search(r"(?<!no )ingest is running", page.text("standing-panel")))
        pipeline.stop.set()
        until(lambda: "ended" in page.text("stages-rows") and "nothing was wrong" in page.text("stages-rows"))
        until(lambda: "no ingest is running" in page.text("standing-panel"))
        assert page.complaints() == []


def test_no_table_of_health_is_wider_than_a_phone(page: Page, pipeline: Pipeline) -> None:
    narrow(page)
    pipeline.write("x" * 3000 + "\n")
    with pipeline.serving():
        page.open(pipeline.url + "health")
        until(lambda: page.count("#bad_lines-rows tr") == 1)
        assert page.js("document.documentElement.scrollWidth") <= 390
        assert page.js("[...document.querySelectorAll('.wide')].every(box => box.scrollWidth <= box.clientWidth)")


def test_no_table_behind_a_chart_is_wider_than_a_phone(page: Page, pipeline: Pipeline) -> None:
    narrow(page)
    pipeline.write(*(hit("/broken", 500) for _ in range(9)))
    with pipeline.serving():
        page.open(pipeline.url + "errors")
        until(lambda: page.count("#faults-rows tr") > 0)
        page.js("document.querySelector('.kind-chart details:not(.export)').open = true")
        assert page.js("[...document.querySelectorAll('.scroll')].every(box => box.scrollWidth <= box.clientWidth)")


@pytest.mark.parametrize(("scheme", "paper"), [("light", (255, 255, 255)), ("dark", (0x16, 0x1A, 0x20))])
def test_the_image_of_a_chart_is_as_light_or_dark_as_the_page(
    page: Page, pipeline: Pipeline, tmp_path: Path, scheme: str, paper: tuple[int, int, int]
) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    with pipeline.serving():
        page.open(pipeline.url + "?range=24h&where=status=200&where=path!~%3Cb%3E&off=method=GET")
        until(lambda: page.count("#traffic-graph .barlayer path") >= 1)
        page.click("#traffic-panel summary[title]")
        page.click("#traffic-panel .png")
        until(lambda: [*tmp_path.glob("*.png")])
        (saved,) = tmp_path.glob("*.png")
        assert saved.name.startswith("hitstream-access.log-traffic-")
        assert saved.name.endswith("-UTC-status=200-path_b.png")
        width, corner, different = _read(saved)
    assert (width, corner) == (2400, paper)
    assert different > 50  # bars, axes and words


def _read(path: Path) -> tuple[int, tuple[int, ...], int]:
    """Return the width of a PNG, its first pixel, and how many different bytes its rows have."""
    data = path.read_bytes()
    body, at = b"", 8
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        body += data[at + 8 : at + 8 + size] if name == b"IDAT" else b""
        at += size + 12
    rows = zlib.decompress(body)
    return struct.unpack(">I", data[16:20])[0], tuple(rows[1:4]), len(set(rows))
