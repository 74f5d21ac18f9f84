"""The format of a log may change anywhere in it: what is read, kept and recounted is the same however it is read."""

import logging

import pytest

from hitstream.engine.audit import audit
from hitstream.engine.batch import rebuild
from hitstream.engine.embedded import ingest
from hitstream.engine.oneshot import summarise
from hitstream.engine.settings import IngestSettings
from hitstream.parse import parse_log
from hitstream.query import open_query
from hitstream.sources.open import open_source
from hitstream.store.directory import open_reader
from hitstream.testing.contents import contents
from hitstream.testing.crash import CRASH, PAUSE, STEPS, CrashAt, Crashed, CrashSource

SETTINGS = IngestSettings(workers=2, batch_bytes=80_000, archive_rows=300, direct_rows=150)
LINE = '10.0.0.%d - - [%02d/Jul/1995:00:00:%02d +0000] "GET /%d HTTP/1.0" 200 7 "-" "curl"\n'


def combined(count, start=0):
    return "".join(
        LINE % (number % 250, 1 + number % 3, number % 60, number) for number in range(start, start + count)
    ).encode()


def vhost(count, start=0):
    return b"".join(b"www.example.org:80 " + line for line in combined(count, start).splitlines(keepends=True))


def mixed(count, start=0):
    """Two servers write one log, and now and then there is junk."""
    own, other = (make(count, start).splitlines(keepends=True) for make in (combined, vhost))
    return b"".join(line for pair in zip(own, other, strict=True) for line in pair) + b"no request\n"


def read(data, *paths, log_format=None, settings=SETTINGS, **options):
    def opened(states, max_bytes):
        return open_source(paths, states=states, max_bytes=max_bytes, **options)

    return ingest(data, opened, settings, log_format=log_format)


def sections(data):
    """Return the number of formats and of lines of each stretch that was parsed alike."""
    with open_reader(data) as opened:
        return [(row.format.count("\n") + 1, row.lines) for row in opened.ledger.ranges()]


@pytest.mark.parametrize("content", [combined(150) + vhost(5_000), vhost(400) + combined(30) + vhost(400), mixed(600)])
def test_every_line_is_read_wherever_the_format_changes(tmp_path, content):
    log, data = tmp_path / "access.log", tmp_path / "data"
    log.write_bytes(content)
    counters = read(data, log)
    assert counters.bad == content.count(b"no request")
    assert counters.hits == counters.lines - counters.bad == content.count(b"GET")
    assert audit(data).ok
    before = contents(data)
    assert rebuild(data) == counters.hits
    assert contents(data) == before
    cells, _ = summarise(open_source([log], torn="take"))
    assert cells.counts()[:3] == (counters.lines, counters.hits, counters.bad)
    table, bad = parse_log(log)
    assert (table.num_rows, len(bad)) == (counters.hits, counters.bad)


def test_a_server_that_is_reconfigured_far_into_a_log_is_noticed(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(combined(60_000) + vhost(500, 60_000))
    assert log.stat().st_size > 4 << 20
    counters = read(tmp_path / "data", log, settings=IngestSettings(workers=1))
    assert (counters.hits, counters.bad) == (60_500, 0)
    assert audit(tmp_path / "data").ok


def test_a_followed_log_is_read_on_from_the_first_line_of_another_format(tmp_path, caplog):
    steps = [combined(30), PAUSE, vhost(1, 30), PAUSE, combined(1, 31), PAUSE, vhost(1, 32), PAUSE]
    counters = ingest(tmp_path, CrashSource(steps).open, SETTINGS)
    assert (counters.hits, counters.bad) == (33, 0)
    said = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert said == [f"crash-source: from position {len(steps[0])} on, lines have the format vhost_combined, too."]
    assert sections(tmp_path) == [(1, 30), (2, 3)]


def test_health_tells_the_formats_of_a_source_and_where_they_begin(tmp_path):
    log, data = tmp_path / "access.log", tmp_path / "data"
    for part in (combined(20), vhost(20), b"no request\n"):
        with log.open("ab") as file:
            file.write(part)
        read(data, log)
    with open_query(data) as query:
        found = query.health(0.0).facts.sections
    assert [(row.path, row.format, row.start, row.lines, row.bad) for row in found] == [
        (str(log), "combined", 0, 20, 0),
        (str(log), "combined + vhost_combined", len(combined(20)), 21, 1),
    ]


def test_a_restart_knows_the_formats_of_a_log(tmp_path, caplog):
    log, data = tmp_path / "access.log", tmp_path / "data"
    for part in (combined(20), vhost(20), combined(1), vhost(1)):
        with log.open("ab") as file:
            file.write(part)
        assert read(data, log).bad == 0
    assert len([record for record in caplog.records if "has" in record.message or "have" in record.message]) == 1
    with open_reader(data) as opened:
        assert [row.format.count("\n") for row in opened.ledger.formats()] == [1]
    assert sections(data) == [(1, 20), (2, 22)]
    assert audit(data).ok


def test_a_format_that_was_given_stays_the_only_one_in_later_runs_too(tmp_path):
    log, data = tmp_path / "access.log", tmp_path / "data"
    log.write_bytes(combined(20) + vhost(20))
    assert read(data, log, log_format="combined").bad == 20
    with log.open("ab") as file:
        file.write(vhost(20))
    assert read(data, log).bad == 20
    assert audit(data).ok


def test_a_log_does_not_get_the_formats_of_one_beside_it(tmp_path):
    (tmp_path / "a.log").write_bytes(combined(20))
    (tmp_path / "b.log").write_bytes(combined(20, 20) + vhost(5))
    read(tmp_path / "data", tmp_path / "*.log")
    with open_reader(tmp_path / "data") as opened:
        formats = {row.path.rpartition("/")[2]: row.format.count("\n") for row in opened.ledger.formats()}
        ranges = [row.format.count("\n") for row in opened.ledger.ranges()]
    assert (formats["a.log"], sorted(ranges)[0]) == (0, 0)


def changing(*, crash=False):
    script = [combined(40)]
    for number in range(8):
        make = (combined, vhost, mixed)[number % 3]
        script += [make(60, 100 * number), PAUSE, *([CRASH] if crash else [])]
    return CrashSource(script)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    directory = tmp_path_factory.mktemp("clean")
    counters = ingest(directory, changing().open, SETTINGS)
    assert counters.bad == 2
    return contents(directory), sections(directory)


def test_crashes_change_nothing(tmp_path, clean):
    source, crashes = changing(crash=True), 0
    while True:
        try:
            ingest(tmp_path, source.open, SETTINGS)
            break
        except Crashed:
            crashes += 1
    assert crashes == 8
    assert contents(tmp_path) == clean[0]
    assert audit(tmp_path).ok


@pytest.mark.parametrize("step", STEPS[:5])
def test_a_crash_at_any_step_changes_nothing(tmp_path, clean, step):
    with pytest.raises(Crashed):
        ingest(tmp_path, changing().open, SETTINGS, checkpoint=CrashAt(step, 2))
    ingest(tmp_path, changing().open, SETTINGS)
    assert (contents(tmp_path), sections(tmp_path)) == clean
    assert audit(tmp_path).ok
