"""A report is of one state of the data, though lines are ingested and archived while it is made."""

from itertools import chain

import pytest

from hitstream.engine.embedded import ingest
from hitstream.engine.settings import IngestSettings
from hitstream.query import parse_filter
from hitstream.query.directory import open_query
from hitstream.report import contents
from hitstream.testing.crash import PAUSE, CrashSource
from hitstream.views.table import view

LINE = b'h%d - - [01/Jul/1995:%02d:00:01 +0000] "GET /%d HTTP/1.0" 200 10\n'


@pytest.mark.parametrize("where", [(), (parse_filter("status=200"),)], ids=["cells", "single hits"])
@pytest.mark.parametrize("archive_rows", [1, 1000], ids=["archived", "staged"])
def test_totals_are_the_sum_of_the_rows_of_each_view(tmp_path, where, archive_rows):
    script = list(chain.from_iterable([LINE % (i, i, i), PAUSE] for i in range(20)))

    def add_until(step):
        settings = IngestSettings(batch_bytes=1, archive_rows=archive_rows)
        ingest(tmp_path, CrashSource(script[:step]).open, settings, log_format="common")

    def views_while_more_comes():
        for name, step in (("target", 20), ("status", 30), ("host", 40)):
            add_until(step)
            yield view(name)

    add_until(10)
    with open_query(tmp_path) as query:
        report = contents(query, where=where, views=views_while_more_comes())
        assert report.totals.hits == 5
        for top in report.views.values():
            assert sum(row.hits for row in top.rows) == report.totals.hits
        assert sum(report.series["minute"].hits) == report.totals.hits
        assert contents(query, where=where, views=[view("status")]).totals.hits == 20
