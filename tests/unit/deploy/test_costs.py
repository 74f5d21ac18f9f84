"""What the documentation says that a month costs, recomputed from the arithmetic it shows."""

import re
from pathlib import Path

import pytest

TIMES = "\N{MULTIPLICATION SIGN}"
DOCS = Path(__file__).parents[3] / "docs"


def _rows(page: str, heading: str) -> list[list[str]]:
    text = (DOCS / page).read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


@pytest.mark.parametrize(
    ("page", "heading"), [("ec2.md", "What it costs a month"), ("scaling.md", "The bill of such a cluster")]
)
def test_the_sums_add_up(page: str, heading: str) -> None:
    *rows, total = _rows(page, heading)
    columns = zip(*(map(float, row[2:]) for row in rows), strict=True)
    told = [float(cell.strip("* |")) for cell in total if re.search(r"\d", cell)]
    assert [round(sum(column), 2) for column in columns] == told


def test_each_line_of_the_larger_variant_is_its_arithmetic() -> None:
    for _, arithmetic, told in _rows("scaling.md", "The bill of such a cluster")[:-1]:
        plain = re.sub(r"[a-z][\w.]* | GB", "", arithmetic).replace(TIMES, "*")
        assert re.fullmatch(r"[\d.+* ]+", plain)
        assert round(eval(plain), 2) == float(told), arithmetic


@pytest.mark.parametrize(("kind", "column"), [("t3.large", 2), ("m7i.xlarge", 3)])
def test_the_hosts_of_the_template_are_those_that_are_priced(kind: str, column: int) -> None:
    (row,) = [row for row in _rows("ec2.md", "What it costs a month") if row[0] == "host"]
    price = re.search(rf"{re.escape(kind)} ([\d.]+) {TIMES} 730", row[1])
    assert price and round(float(price[1]) * 730, 2) == float(row[column])
    assert kind in (DOCS.parent / "deploy" / "ec2" / "hitstream.yaml").read_text()
