"""SQL over the API: its answer, where it is cut, as a file; and a statement that nobody waits for ends."""

import asyncio
import json
from urllib.parse import quote

import pytest
from asgi import ask, asked
from served import serving

from hitstream.query import sql

ENDLESS = "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3"


def stated(app, statement, **options):
    body = json.dumps({"query": statement, **options}).encode()
    return ask(app, "/api/v1/sql", method="POST", body=body, headers={"content-type": "application/json"})


def test_a_long_statement_can_be_posted(app):
    assert stated(app, "SELECT count(*) AS n FROM hits -- " + "x" * 10_000, limit=1).json["rows"] == [[4]]


def test_an_answer_tells_its_types_and_whether_it_is_cut(app):
    answer = stated(app, "SELECT target, status, time, sum(bytes) AS sent FROM hits GROUP BY ALL", limit=3).json
    assert answer["types"] == ["VARCHAR", "SMALLINT", "TIMESTAMPTZ", "HUGEINT"]
    assert (len(answer["rows"]), answer["cut"], answer["rows"][0][3]) == (3, True, 100)
    assert answer["seconds"] > 0
    assert stated(app, "FROM hits", limit=4).json["cut"] is False


def test_numbers_that_a_browser_cannot_hold_are_text(app):
    answer = stated(
        app, "SELECT 9007199254740993 AS id, sum(9007199254740993::HUGEINT) AS sum, 1.5::DECIMAL(9, 2) AS d"
    )
    assert answer.json["rows"] == [["9007199254740993", "9007199254740993", "1.50"]]


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("SELECT 'é', nothing FROM hits", "line 1, column 13"),
        ("SELECT count(*)\nFROM hits\nWHERE status = = 4", "line 3, column 16"),
        ("SELECT *\nFROM misses", "line 2, column 6"),
        ("SELECT target::INTEGER FROM hits", "line 1, column 14"),
    ],
)
def test_an_error_names_its_place(app, statement, place):
    answer = stated(app, statement)
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith(f"SQL, {place}: ")


def test_csv_has_no_cell_that_a_spreadsheet_evaluates(app):
    answer = stated(app, 'SELECT path AS "=1+1", status FROM hits ORDER BY time LIMIT 2', format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.body.decode().splitlines() == ["'=1+1,status", "/,200", "/=cmd(),404"]
    got = ask(app, "/api/v1/sql?format=csv&query=" + quote("SELECT '@x' AS a, NULL AS b"))
    assert got.body == b"a,b\n'@x,\n"


def test_a_file_has_all_rows_or_none(app, monkeypatch):
    many = "/api/v1/export/sql.{}?query=" + quote("SELECT '=' || i AS x FROM range(12345) t(i)")
    lines = ask(app, many.format("csv")).body.decode().splitlines()
    assert (len(lines), lines[1]) == (12_346, "'=0")
    answer = ask(app, many.format("json"))
    assert answer.headers["content-disposition"] == 'attachment; filename="hitstream-sql.json"'
    assert answer.json["columns"] == ["x"] and len(answer.json["rows"]) == 12_345
    monkeypatch.setattr(sql, "ROWS", 9)
    assert "more than 9 rows" in ask(app, many.format("csv")).json["error"]["message"]


def test_a_statement_that_nobody_waits_for_ends_and_holds_up_no_question(data):
    app, services = serving(data)
    path = "/api/v1/sql?query=" + quote(ENDLESS)

    async def leave():
        gone = asyncio.Event()
        waiting = [asyncio.create_task(asked(app, path, gone=gone)) for _ in range(6)]
        while sum(lane.waiting for lane in services.desk._statements) < 6:
            await asyncio.sleep(0)
        meanwhile = await asked(app, "/api/v1/totals")
        gone.set()
        left = await asyncio.gather(*waiting)
        return meanwhile, left

    meanwhile, left = asyncio.run(asyncio.wait_for(leave(), 30))
    services.desk.close()  # waits for what still runs
    assert meanwhile.status == 200
    assert {answer.status for answer in left} == {503}
    assert services.desk.asked["/sql", "given_up"] == 6
