"""The reference is what the code says."""

import sys
from pathlib import Path

import pytest

from hitstream.arrow import HIT_SCHEMA

sys.path.append(str(Path(__file__).parents[2]))
from reference import schemas
from reference.pages import DOCS, PAGES
from reference.tables import table


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_is_what_the_code_says(name):
    """Where it is not: `make reference` writes it anew."""
    assert (DOCS / name).read_text() == PAGES[name]()


def test_every_column_of_a_hit_has_a_meaning():
    assert set(schemas.COLUMNS) == set(HIT_SCHEMA.names)


def test_a_cell_cannot_end_its_cell():
    assert table(["a"], [["x|y\nz"]]).splitlines()[2] == "| x\\|y z |"
