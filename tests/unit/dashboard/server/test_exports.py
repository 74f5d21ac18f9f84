"""Files of what a page shows: its panels as CSV and JSON, and its report."""

import csv
import io
from urllib.parse import quote

import pytest
from asgi import ask

from hitstream.dashboard.pages import PAGES
from hitstream.dashboard.panels import KINDS

PANELS = [panel for page in PAGES for panel in page.panels]
TARGETS = next(panel.name for panel in PANELS if panel.view == "target")
ALL = "range=all"


def api(app, path):
    return ask(app, "/api/v1" + path)


def table(answer):
    assert answer.status == 200, answer.body
    return list(csv.reader(io.StringIO(answer.body.decode(), newline="")))


@pytest.mark.parametrize("panel", [panel.name for panel in PANELS])
def test_every_panel_can_be_had_as_a_file(app, panel):
    rows = table(api(app, f"/export/{panel}.csv?{ALL}"))
    answer = api(app, f"/export/{panel}.json?{ALL}").json
    assert answer["columns"] == rows[0]
    assert len(answer["rows"]) == len(rows) - 1
    assert answer["panel"] == panel


def test_a_file_is_of_what_the_address_says(app):
    head, *rows = table(api(app, f"/export/{TARGETS}.csv?{ALL}&where=" + quote("status>=400")))
    assert head[:2] == ["target", "hits"]
    assert sorted(row[0] for row in rows) == ["/", "/=cmd()"]
    same = table(api(app, f"/export/{TARGETS}.csv?from=1995-07-01&to=1995-07-02&filter=" + quote("status>=400")))
    assert same == [head, *rows]
    assert table(api(app, f"/export/{TARGETS}.csv?from=1996-07-01&to=1996-07-02")) == [head]


def test_without_a_range_it_is_that_which_the_page_chooses(app):
    assert len(table(api(app, f"/export/{TARGETS}.csv"))) > 1


def test_a_file_is_kept_and_not_shown(app):
    for path in (f"/export/{TARGETS}.csv", f"/export/{TARGETS}.json", "/report.html", "/report.csv", "/report.json"):
        assert api(app, f"{path}?{ALL}").headers["content-disposition"].startswith("attachment; filename=")


def test_a_cell_starts_no_formula(app, monkeypatch):
    from hitstream.dashboard.panels.contract import Table

    kind = KINDS[next(panel.kind for panel in PANELS if panel.name == TARGETS)]
    monkeypatch.setitem(
        KINDS, "ranking", kind._replace(table=lambda *_: Table(("a", "b"), [("=1+1", -1), ("\x1b[2J", 0)]))
    )
    assert table(api(app, f"/export/{TARGETS}.csv?{ALL}"))[1:] == [["'=1+1", "-1"], ["\\x1b[2J", "0"]]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/export/nothing.csv", "Panels: "),
        (f"/export/{TARGETS}.xlsx", "csv"),
        (f"/export/{TARGETS}.csv?range=9y", "9y"),
        (f"/export/{TARGETS}.csv?where=colour%3D1", "colour"),
        (f"/export/{TARGETS}.csv?from=1995-07-02&to=1995-07-01", "end"),
        ("/report.pdf", "html"),
        ("/report.html?filter=colour%3D1", "colour"),
    ],
)
def test_what_is_not_understood_is_refused(app, path, words):
    answer = api(app, path)
    assert answer.status == 400
    assert words in answer.json["error"]["message"] + answer.json["error"]["hint"]


def test_a_report_is_of_the_time_and_filters(app):
    answer = api(app, "/report.json?from=1995-07-01&to=1995-07-02&where=" + quote("status>=400")).json
    assert answer["totals"]["hits"] == 2
    page = api(app, f"/report.html?{ALL}")
    assert page.headers["content-type"].startswith("text/html")
    assert page.body.lower().startswith(b"<!doctype html>")
    assert b"<script>x" not in page.body
    assert table(api(app, f"/report.csv?{ALL}"))[0][:2] == ["view", "key"]
