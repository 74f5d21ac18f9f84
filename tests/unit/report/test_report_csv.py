import csv
import io

from counting import Counting, Hit
from hostile import NOON, PAYLOADS, hostile_report
from hypothesis import given
from hypothesis import strategies as st

from hitstream.report import contents
from hitstream.report.as_csv import COLUMNS, inert, render

EVALUATED = tuple("=+-@\t\r")


def read(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_table_is_tidy_and_begins_with_the_totals():
    report = contents(Counting([Hit(NOON + i, f"h{i % 9}", "404", 5) for i in range(90)]), rows=4)
    rows = read(render(report))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0] == dict(zip(COLUMNS, ["traffic", "", "90", "450", "90", "9"], strict=True))
    hosts = [row for row in rows if row["view"] == "host"]
    assert [row["key"] for row in hosts] == ["h0", "h1", "h2", "h3", "(other)"]
    assert sum(int(row["hits"]) for row in hosts) == 90
    assert hosts[-1]["visitors"] == ""


def test_no_hostile_cell_is_evaluated_or_obeyed():
    text = render(hostile_report())
    assert text.replace("\n", "").isprintable(), "no controls, no escapes of terminals, no marks that reverse text"
    rows = [row for row in read(text) if row["view"] == "target"]
    assert len(rows) == len(PAYLOADS)
    for row in csv.reader(io.StringIO(text, newline="")):
        assert len(row) == len(COLUMNS)
        assert not any(cell.startswith(EVALUATED) for cell in row)


def test_a_formula_gets_an_apostrophe_and_an_escape_is_shown_by_its_code():
    assert inert("=cmd()") == "'=cmd()"
    assert inert("\t=1") == "'\\x09=1"
    assert inert("\x1b[31m") == "\\x1b[31m"
    assert inert("/plain/é?x=1") == "/plain/é?x=1"


@given(st.text())
def test_any_key_becomes_inert_and_stays_one_cell(key):
    cell = inert(key)
    assert cell.isprintable() and not cell.startswith(EVALUATED)
    if key.isprintable() and not key.startswith(EVALUATED) and key[:1] not in "\uff1d\uff0b\uff0d\uff20":
        assert cell == key
