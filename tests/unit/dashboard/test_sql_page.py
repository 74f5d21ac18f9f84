from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from asking import drawn, words

from hitstream.dashboard.pages.sql import EXAMPLES, PAGE
from hitstream.dashboard.state import PageState
from hitstream.engine.embedded import ingest
from hitstream.query import Query, open_query
from hitstream.sources.open import open_source


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """Two days of a hit an hour, every other one for /1, every fourth not found."""
    root: Path = tmp_path_factory.mktemp("data")
    log = root / "access.log"
    times = (f"{1 + at // 24:02}/Jul/1995:{at % 24:02}:00:00 +0000" for at in range(48))
    lines = (f'h - - [{time}] "GET /{at % 2} HTTP/1.0" {200 if at % 4 else 404} 5\n' for at, time in enumerate(times))
    log.write_text("".join(lines))
    ingest(root / "data", lambda states, most: open_source([log], states=states, max_bytes=most))
    with open_query(root / "data") as found:
        yield found


def example(search: str, at: int) -> str:
    assert PAGE.turn
    props = PAGE.turn(PageState.parse("/sql", search))
    (statement,) = parse_qs(urlsplit(props[f"sql-example-{at}"]["href"]).query)["query"]
    return statement


@pytest.mark.parametrize(
    ("search", "hits"),
    [
        ("?range=all", 48),
        ("?range=24h&where=path=/1", 12),
        ("?from=1995-07-01T01:00&to=1995-07-01T03:00", 2),
        ("?range=all&where=status=404&off=path=/1", 12),
    ],
)
def test_examples_carry_the_time_and_the_filters_of_other_pages(query: Query, search: str, hits: int) -> None:
    found = query.sql(example(search, 0)).to_pylist()
    assert sum(row["hits"] for row in found) == hits
    for at in range(len(EXAMPLES)):
        query.sql(example(search, at))


def test_the_condition_is_there_to_be_inserted_and_nothing_where_all_hits_are_meant() -> None:
    assert PAGE.turn
    carried = drawn(PAGE.turn(PageState.parse("/sql", "?range=all&where=host=a'b")), "sql-carried")
    assert words(carried[1]) == carried[1][1]["data-insert"] and "'a''b'" in words(carried[1])
    assert drawn(PAGE.turn(PageState.parse("/sql", "?range=all")), "sql-carried") == []
