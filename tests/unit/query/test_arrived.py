"""How many hits have come: those that pass, once each, however old they are and wherever they went meanwhile."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from plain import DAY, START, Files, Hit, Memory, staged

from hitstream.engine.embedded import ingest
from hitstream.errors import ConfigError
from hitstream.query import Filter, Query, open_query
from hitstream.sources.open import open_source

LOST = (Filter("status", "=", "404"),)
ROWS = [Hit(START - (row % 5) * 40 * DAY, status=404 if row % 3 else 200) for row in range(60)]


class Kept(NamedTuple):
    """Files as `Files` has them, and a stage of several batches."""

    files: list
    waiting: list
    folder: object = Files([], None).folder

    @property
    def stage(self):
        return pa.concat_tables([staged([]).stage, *(batch for _, batch in self.waiting)])

    snapshot = Files.snapshot


def written(path, rows):
    pq.write_table(staged(rows).stage, path)
    return str(path)


def passing(rows):
    return sum(row.status == 404 for row in rows)


def test_what_comes_is_counted_once_while_it_moves_into_files_and_files_are_joined(tmp_path):
    batches = [(at, staged(ROWS[20 + 10 * at : 30 + 10 * at]).stage) for at in range(4)]
    old = written(tmp_path / "old.parquet", ROWS[:20])
    moved = written(tmp_path / "moved.parquet", ROWS[20:40])
    joined = written(tmp_path / "joined.parquet", ROWS[:40])
    states = [
        (Kept([old], batches[:1]), 30),
        (Kept([old], batches[:2]), 40),
        (Kept([old, moved], []), 40),
        (Kept([old, moved], batches[2:3]), 50),
        (Kept([joined], batches[2:]), 60),
        (Kept([joined], batches[2:]), 60),
    ]
    found, came = None, []
    for kept, _ in states:
        found = Query(Memory([ROWS]), kept).arrived(LOST, found)
        came.append(found.hits)
    assert came == [passing(ROWS[30:there]) for _, there in states]


def test_a_first_look_reads_no_file():
    kept = Kept(["/nowhere/at-all.parquet"], [])
    assert Query(Memory([ROWS]), kept).arrived(LOST, None).hits == 0


def test_without_filters_all_hits_are_counted_by_cells_alone():
    assert Query(Memory([ROWS])).arrived((), None).hits == 60
    with pytest.raises(ConfigError):
        Query(Memory([ROWS])).arrived(LOST, None)


def test_lines_of_long_ago_that_are_read_now_have_come_now(tmp_path):
    log = tmp_path / "access.log"
    line = 'h - - [{:02}/Jul/1995:00:00:01 +0000] "GET /{} HTTP/1.0" {} 10\n'

    def read(*statuses):
        with log.open("a") as out:
            out.writelines(line.format(day, day, status) for day, status in enumerate(statuses, 1))
        ingest(tmp_path / "data", lambda states, size: open_source([log], states=states, max_bytes=size))

    read(200, 404, 404)
    with open_query(tmp_path / "data") as query:
        first = query.arrived(LOST, None)
        read(404, 200, 404, 404)
        second = query.arrived(LOST, first)
    with open_query(tmp_path / "data") as another:
        assert (second.hits - first.hits, another.arrived(LOST, second).hits) == (3, second.hits)
