import copy
import json
import time
from functools import cache
from importlib.resources import files

import pytest
from counting import Counting, Hit
from hostile import NOON, PAYLOADS, hostile_report
from hypothesis import given
from hypothesis import strategies as st

from hitstream.query.answers import Row
from hitstream.report import contents
from hitstream.report.as_json import render
from hitstream.views.table import VIEWS

SCHEMA = json.loads(files("hitstream.report").joinpath("schema.json").read_text("utf-8"))
HITS = [Hit(NOON + i * 5077, f"h{i % 40}", ("200", "404")[i % 2], i, target=f"/{i}") for i in range(90)]


@cache
def validator():
    from jsonschema import Draft202012Validator  # takes a second

    return Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    validator().check_schema(SCHEMA)


@pytest.mark.parametrize(
    "report",
    [
        contents(Counting(HITS, bad_lines=2)),
        contents(Counting(HITS), rows=7),
        contents(Counting(HITS), start=NOON, end=NOON + 20_000),
        contents(Counting([])),
        hostile_report(),
    ],
    ids=["whole", "cut", "range", "empty", "hostile"],
)
def test_reports_are_as_the_schema_says(report):
    written = json.loads(render(report))
    validator().validate(written)
    assert list(written) == ["schema", "totals", "views", "series"]
    assert list(written["views"]) == [view.name for view in VIEWS if view.key]


def test_the_schema_refuses_other_documents():
    good = json.loads(render(contents(Counting(HITS))))
    assert validator().is_valid(good)
    for path, value in [
        (("schema",), 2),
        (("totals", "hits"), "many"),
        (("totals", "first"), "yesterday"),
        (("views", "host", "rows", 0, "key"), None),
        (("series", "hour", "step"), 61),
        (("series", "week", "hits"), [[0] * 24] * 6),
    ]:
        bad = copy.deepcopy(good)
        place = bad
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert not validator().is_valid(bad)


def test_every_field_of_the_schema_is_described():
    def undescribed(schema, name=""):
        for key, part in schema.get("properties", {}).items():
            target = SCHEMA["$defs"].get(part.get("$ref", "").rpartition("/")[2], part)
            if not {"description", "type", "const"} & {*part, *target}:
                yield f"{name}.{key}"
            yield from undescribed(part, f"{name}.{key}")

    assert list(undescribed(SCHEMA)) == []


def test_hostile_keys_come_back_unchanged_and_nothing_a_terminal_obeys_is_written():
    text = render(hostile_report())
    assert text.isascii() and text[:-1].isprintable() and text.count("\n") == 1
    assert [row["key"] for row in json.loads(text)["views"]["target"]["rows"]] == list(PAYLOADS)


@given(st.text())
def test_any_key_comes_back(key):
    report = contents(Counting(HITS[:1]))
    report.views["host"] = report.views["host"]._replace(rows=[Row(key, 1, 1, 0, 1)])
    text = render(report)
    assert text[:-1].isprintable()
    assert json.loads(text)["views"]["host"]["rows"][0]["key"] == key


def test_twenty_thousand_rows_take_hardly_longer_than_their_plain_json():
    report = contents(Counting(HITS))
    rows = [Row(f"/some/target/number/{i}.html", i, i * 1000, 0, i) for i in range(20_000)]
    report.views["target"] = report.views["target"]._replace(rows=rows)

    def seconds(work):
        began = time.thread_time()
        work()
        return time.thread_time() - began

    pairs = [
        (seconds(lambda: render(report)), seconds(lambda: json.dumps([row._asdict() for row in rows]))) for _ in "12345"
    ]
    assert min(rendered / plain for rendered, plain in pairs) < 3
