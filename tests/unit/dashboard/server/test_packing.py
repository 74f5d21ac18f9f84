"""Answers come packed to who takes them so, and what never changes may be kept."""

import gzip

import pytest
import zstandard
from asgi import ask
from fastapi import FastAPI
from fastapi.responses import FileResponse, Response

from hitstream.dashboard.server.packing import SMALLEST, Packed

TEXT = b"hello world " * 1000


@pytest.fixture
def served(tmp_path):
    (tmp_path / "x.css").write_bytes(TEXT)
    app, asked = FastAPI(openapi_url=None), []

    @app.get("/suite.v1m2.js")
    def suite():
        asked.append("suite")
        return Response(
            TEXT, headers={"cache-control": "public, max-age=31536000"}, media_type="application/javascript"
        )

    @app.get("/assets/x.css")
    def asset():
        asked.append("asset")
        return FileResponse(tmp_path / "x.css")

    @app.get("/_dash-component-suites/plotly.min.js")
    def unversioned():
        asked.append("plotly")
        return Response(TEXT, headers={"etag": "abc"}, media_type="application/javascript")

    @app.get("/json")
    def plain(size: int = 5000, kind: str = "application/json", status: int = 200):
        asked.append("json")
        return Response(b"x" * size, status, media_type=kind)

    @app.get("/login")
    def moved():
        return Response(status_code=303, headers={"set-cookie": "a=1", "location": "/"})

    return Packed(app), asked


def get(served, path, accepted="gzip, deflate, br, zstd"):
    return ask(served[0], path, headers={"accept-encoding": accepted})


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, zstd", "zstd"), ("gzip", "gzip"), ("gzip;q=0, zstd;q=0", None), ("br", None), ("", None)],
)
def test_an_answer_is_packed_as_the_browser_asks(served, accepted, coding):
    answer = get(served, "/json", accepted)
    unpack = {"zstd": lambda data: zstandard.ZstdDecompressor().decompress(data), "gzip": gzip.decompress, None: bytes}
    assert answer.headers.get("content-encoding") == coding
    assert unpack[coding](answer.body) == b"x" * 5000
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("query", [f"size={SMALLEST - 1}", "kind=image/png", "kind=application/octet-stream"])
def test_what_packing_would_not_help_goes_as_it_is(served, query):
    assert "content-encoding" not in get(served, f"/json?{query}").headers


def test_what_says_its_version_is_made_once_and_kept_by_browsers(served):
    for path, name in (("/suite.v1m2.js", "suite"), ("/assets/x.css?m=123.4", "asset")):
        answers = [get(served, path) for _ in range(3)]
        assert served[1].count(name) == 1
        assert len(set(map(str, answers))) == 1
        assert answers[0].headers["cache-control"].endswith("immutable")
        assert len(answers[0].body) < len(TEXT) / 10
        assert get(served, path, "").body == TEXT


def test_a_script_without_a_version_is_asked_for_again_and_found_the_same(served):
    path = "/_dash-component-suites/plotly.min.js"
    first, second = get(served, path), get(served, path)
    assert first == second
    assert first.headers["cache-control"] == "no-cache"
    again = ask(served[0], path, headers={"accept-encoding": "zstd", "if-none-match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", "abc")
    assert "content-encoding" not in again.headers
    assert served[1] == ["plotly"]


def test_what_may_change_is_asked_for_each_time(served):
    for path in ("/json", "/assets/x.css", "/json?status=404"):
        for _ in range(2):
            assert "immutable" not in get(served, path).headers.get("cache-control", "")
    assert served[1] == ["json", "json", "asset", "asset", "json", "json"]


def test_an_answer_without_a_body_keeps_its_headers(served):
    answer = get(served, "/login")
    assert (answer.status, answer.headers["set-cookie"], answer.body) == (303, "a=1", b"")
