"""/api/v1: the answers of `query/` as JSON, the errors as documented, and the description true."""

import asyncio
import json
import threading
from urllib.parse import quote

import pytest
from asgi import ask, asked
from served import serving

from hitstream.dashboard.server import shapes
from hitstream.dashboard.server.api import MOST_FILTERS, MOST_KEYS, ROUTES
from hitstream.dashboard.server.problems import STATUS
from hitstream.errors import ConfigError, DataError, Fatal, Retryable
from hitstream.query import Query, answers, open_query, parse_filter
from hitstream.query.answers import Row
from hitstream.views.table import VIEWS
from waiting import PATIENCE_SECONDS

QUESTIONS = (
    "/views",
    "/totals",
    "/totals?filter=status%3E%3D400&filter=host~h",
    "/series?grain=hour",
    "/series?view=status&key=404&grain=day",
    "/top/target?k=2&by=bytes",
    "/top/target?from=1995-07-01&to=1995-07-02&filter=status!=500",
    "/values/path?like=a",
    "/visitors?view=traffic",
    "/heat-map",
    "/hits?limit=2&order=oldest",
    "/hits?beyond=" + quote("899999999000000 5 x"),
    "/sql?query=" + quote("SELECT target, time, 1.5 AS x, NULL AS y FROM hits ORDER BY time"),
    "/bad-lines",
    "/health",
)


def api(app, path, **request):
    return ask(app, "/api/v1" + path, **request)


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_pages_of_hits_have_every_hit_once(app, order):
    pages = [api(app, f"/hits?limit=3&order={order}").json]
    while pages[-1]["next"]:
        pages.append(api(app, f"/hits?limit=3&order={order}&beyond={quote(pages[-1]['next'])}").json)
    assert [row for page in pages for row in page["rows"]] == api(app, f"/hits?order={order}").json["rows"]
    assert [len(page["rows"]) for page in pages] == [3, 1]


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/totals?form=1995-07-01", "Did you mean 'from'?"),
        ("/top/target?filtr=status%3D404", "Did you mean 'filter'?"),
        ("/series?compare=previous", "Parameters: "),
        ("/views?k=1", "Parameters: none."),
        ("/bad-lines?limits=5", "Did you mean 'limit'?"),
        ("/sql?query=SELECT+1&limt=1", "Did you mean 'limit'?"),
        ("/export/targets.csv?rang=all", "Did you mean 'range'?"),
        ("/report.json?form=1995-07-01", "Did you mean 'from'?"),
    ],
)
def test_a_parameter_that_a_question_does_not_have_is_refused(app, path, near):
    answer = api(app, path)
    assert answer.status == 400
    assert near in answer.json["error"]["hint"]


def test_what_a_page_writes_into_its_address_is_understood(app):
    by_page = api(app, "/totals?range=all&where=status%3E%3D400").json
    assert by_page == api(app, "/totals?filter=status%3E%3D400").json
    assert by_page["hits"] == 2
    assert api(app, "/totals?range=24h").json["hits"] == 0
    assert "15m, 1h" in api(app, "/totals?range=9y").json["error"]["hint"]
    assert api(app, "/totals?range=24h&from=1995-07-01").status == 400


def test_rows_with_estimated_visitors_are_not_called_exact():
    row = Row("/", 5000, 1, 0, 2000)
    estimated = answers.TopAnswer("target", [row], None, None, 1, True, 0.031, 0, 86400)
    assert shapes.top(estimated)["exact"] is False
    assert shapes.top(estimated._replace(visitors_error=0.0))["exact"] is True


@pytest.fixture(scope="module")
def description(app):
    return api(app, "/openapi.json").json


def test_answers_are_those_of_the_query(app, data):
    with open_query(data) as query:
        answer = api(app, "/totals?filter=status%3E%3D400").json
        found = query.totals(where=[parse_filter("status>=400")])
        assert (answer["hits"], answer["bytes"], answer["visitors"]) == (found.hits, found.bytes, found.visitors)
        assert answer["start"] == "1995-07-01T00:00:00Z"
        top = api(app, "/top/target?k=1&by=errors").json
        assert [(row["key"], row["hits"]) for row in top["rows"]] == [
            (r.key, r.hits) for r in query.top("target", k=1, by="errors").rows
        ]
        assert sum(api(app, "/series?grain=hour").json["hits"]) == 4
        assert sum(map(sum, api(app, "/heat-map").json["hits"])) == 4
    assert [row["name"] for row in api(app, "/views").json] == [view.name for view in VIEWS]
    counted = api(app, "/sql?query=SELECT%20count(*)%20AS%20n%20FROM%20hits").json
    assert (counted["columns"], counted["types"], counted["rows"], counted["cut"]) == (["n"], ["BIGINT"], [[4]], False)
    assert len(api(app, "/hits?limit=2").json["rows"]) == 2
    assert api(app, "/health").json["lines"] == 5


def test_values_of_a_column_are_found_by_a_part_of_them_and_hostile_ones_are_left_out(app, data):
    with open_query(data) as query:
        every = [(row.key, row.hits) for row in query.top("target", k=100).rows]
    found = [(each["value"], each["hits"]) for each in api(app, "/values/path").json["values"]]
    assert found == [(key, hits) for key, hits in every if key.isprintable()]
    assert api(app, "/values/path?like=SCRIPT&k=1").json["values"] == [{"value": "/<script>x</script>", "hits": 1}]
    assert api(app, "/values/path?like=nowhere").json == {"column": "path", "values": []}
    refused = api(app, "/values/user")
    assert refused.status == 400 and "path" in refused.json["error"]["hint"]
    assert api(app, "/values/path?k=101").status == 400


def test_a_time_has_its_start_and_not_its_end(app):
    def found(part):
        return api(app, f"/totals?{part}").json["hits"]

    assert found("from=1995-07-01T01:00&to=1995-07-01T02:00") == 1
    assert found("from=1995-07-01T01:00") == 3
    assert found("to=1995-07-01T01:00") == 1
    assert found("from=-1h") == 0


@pytest.mark.parametrize("path", QUESTIONS)
def test_every_answer_is_as_the_description_says(app, description, path):
    from jsonschema import validate  # takes a second

    answer = api(app, path)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    shown = path.partition("?")[0].replace("/top/target", "/top/{view}").replace("/path", "/{column}")
    schema = description["paths"][shown]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validate(answer.json, schema | {"components": description["components"]})


def test_every_question_is_tried_here(description):
    tried = {
        path.partition("?")[0].replace("/top/target", "/top/{view}").replace("/path", "/{column}") for path in QUESTIONS
    }
    assert tried == {path for path in description["paths"] if not path.startswith(("/export", "/report"))}
    assert {route.path for route in ROUTES.routes} == tried - {"/sql"}


def test_the_description_says_what_is_needed(description):
    assert description["openapi"].startswith("3.")
    for path, methods in description["paths"].items():
        for said in methods.values():
            assert said["description"] or said["summary"], path
            assert {"400", "503", "500"} <= set(said["responses"])


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/top/nothing", "Views: "),
        ("/totals?filter=colour=red", "Columns: "),
        ("/totals?from=yesterdayish", "-24h"),
        ("/totals?from=1995-07-02&to=1995-07-01", "ends before"),
        ("/series?grain=second", "minute"),
        ("/top/target?k=0", "k: "),
        (f"/top/target?k={MOST_KEYS + 1}", "k: "),
        ("/top/target?by=colour", "by: "),
        ("/totals?" + "&".join(["filter=status=1"] * (MOST_FILTERS + 1)), "filter: "),
        ("/totals?filter=" + "x" * 3000, "filter"),
        ("/hits?order=random", "newest"),
        ("/hits?beyond=yesterday", "not the place of a hit"),
        ("/hits?beyond=" + quote("9" * 30 + " 1 x"), "not the place of a hit"),
        ("/sql", "query: "),
        ("/sql?query=" + quote("DELETE FROM hits"), "SELECT"),
        ("/sql?query=" + quote("SELECT * FROM read_csv('/etc/passwd')"), "SQL"),
    ],
)
def test_a_question_that_cannot_be_asked_is_a_400_with_a_hint(app, path, words):
    answer = api(app, path)
    assert answer.status == 400
    assert answer.json["error"]["class"] == "ConfigError"
    assert words in answer.json["error"]["message"] + answer.json["error"]["hint"]


@pytest.mark.parametrize("path", ["/nothing", "/", "/docs", "/top", "/totals/"])
def test_what_is_not_there_says_what_is(app, path):
    answer = api(app, path)
    assert answer.status == 400
    assert "openapi.json" in answer.json["error"]["hint"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written(app, method):
    assert api(app, "/totals", method=method).status in (400, 405)


@pytest.mark.parametrize(
    ("error", "status"),
    [(ConfigError, 400), (DataError, 422), (Retryable, 503), (Fatal, 500), (RuntimeError, 500)],
)
def test_an_error_has_the_status_of_its_class_and_nothing_of_the_inside(data, monkeypatch, error, status):
    def fail(*_args):
        raise error("It failed at /secret/path.")

    monkeypatch.setattr(Query, "totals", fail)
    app, services = serving(data)
    answer = api(app, "/totals")
    services.desk.close()
    assert answer.status == status
    if error in STATUS:
        assert (STATUS[error], answer.json["error"]["class"]) == (status, error.__name__)
    else:
        assert answer.json["error"]["class"] == "Fatal"
        assert b"secret" not in answer.body
    assert ("retry-after" in answer.headers) == (error is Retryable)


def test_what_logs_hold_cannot_be_obeyed(app):
    for path in ("/top/target", "/bad-lines", "/hits"):
        body = api(app, path).body
        assert body.isascii()
        assert b"\x1b" not in body
        assert json.loads(body)


def _held(monkeypatch):
    go = threading.Event()
    real = Query.totals

    def slow(self, *part):
        assert go.wait(PATIENCE_SECONDS)
        return real(self, *part)

    monkeypatch.setattr(Query, "totals", slow)
    return go


def test_too_many_questions_are_turned_away_and_facts_are_still_told(data, monkeypatch):
    go = _held(monkeypatch)
    app, services = serving(data, waiting=3)

    async def crowd():
        first = [asyncio.create_task(asked(app, "/api/v1/totals")) for _ in range(3)]
        while sum(lane.waiting for lane in services.desk._lanes) < 3:
            await asyncio.sleep(0)
        turned_away = await asked(app, "/api/v1/totals")
        told = await asked(app, "/healthz")
        go.set()
        return turned_away, told, await asyncio.gather(*first)

    turned_away, told, first = asyncio.run(crowd())
    services.desk.close()
    assert (turned_away.status, turned_away.json["error"]["class"]) == (503, "Retryable")
    assert told.status == 200
    assert [answer.status for answer in first] == [200] * 3


def test_an_answer_that_takes_too_long_is_given_up_and_those_behind_it_come(data, monkeypatch):
    go = _held(monkeypatch)
    app, services = serving(data, seconds=0.05)

    async def slow():
        late = await asyncio.gather(*(asked(app, "/api/v1/totals") for _ in range(4)))
        go.set()
        services.desk._seconds = 10
        return late, await asked(app, "/api/v1/visitors")

    late, after = asyncio.run(slow())
    services.desk.close()
    assert {answer.status for answer in late} == {503}
    assert "longer" in late[0].json["error"]["message"]
    assert after.status == 200
