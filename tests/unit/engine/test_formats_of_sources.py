"""Each source has a format of its own: told from its first lines, kept with it, the same wherever hits are counted."""

import gzip
import logging
import threading

import pytest

from hitstream.engine import formats
from hitstream.engine.audit import audit
from hitstream.engine.batch import rebuild
from hitstream.engine.embedded import ingest
from hitstream.engine.oneshot import summarise
from hitstream.engine.settings import IngestSettings
from hitstream.errors import DataError
from hitstream.parse.detect import SAMPLE_BYTES
from hitstream.parse.program import ONLY
from hitstream.record import Chunk
from hitstream.sources.contract import IDLE, SourceEvent
from hitstream.sources.identity import SourceState
from hitstream.sources.open import open_source
from hitstream.store.directory import open_directory, open_reader
from hitstream.testing.contents import contents
from hitstream.views.table import VIEWS

SETTINGS = IngestSettings(workers=1)
CUSTOM = '%t|%h|%>s|"%r"'
REQUEST = '[%02d/Jul/1995:00:00:01 +0000] "GET /%d HTTP/1.0" 200 7'
JUNK = b"nothing that a server writes\n"


def common(number, host="h"):
    return f"{host}{number} - - {REQUEST % (1 + number % 9, number)}\n".encode()


def combined(number, agent="Mozilla/5.0"):
    return f'h{number} - - {REQUEST % (1 + number % 9, number)} "-" "{agent}"\n'.encode()


def vhost_combined(number):
    return b"www.example.org:80 " + combined(number)


def custom(number):
    return f'[01/Jul/1995:00:00:01 +0000]|h{number}|200|"GET /{number} HTTP/1.0"\n'.encode()


def many(line, count=20, start=0):
    return b"".join(line(number) for number in range(start, start + count))


def read(data, *paths, log_format=None, settings=SETTINGS, **options):
    def opened(states, max_bytes):
        return open_source(paths, states=states, max_bytes=max_bytes, **options)

    return ingest(data, opened, settings, log_format=log_format)


def names(counters):
    return {name: [path.rpartition("/")[2] for path in paths] for name, paths in counters.formats.items()}


class Script:
    """A source of several files: (path, lines) in turn; what was left is not delivered any more."""

    def __init__(self, *steps):
        self._steps = steps
        self.left = set()

    def open(self, states, _max_bytes=0):
        self._positions = {state.identity: state.position for state in states}
        return self

    def leave(self, identity):
        self.left.add(identity)

    def read(self):
        ends = {}
        for step in self._steps:
            if step is IDLE:
                yield IDLE
                continue
            path, lines = step
            start = ends.get(path, 0)
            end = ends[path] = start + len(lines)
            if path not in self.left and start >= self._positions.get(path, 0):
                state = SourceState(path, path, 0, 0, end, 0, False, end, b"", b"")
                yield SourceEvent(Chunk(path, start, lines), state)


def follow(data, *steps, log_format=None):
    script = Script(*steps)
    return ingest(data, script.open, SETTINGS, log_format=log_format), script


def test_logs_of_several_formats_are_read_together(tmp_path):
    (tmp_path / "access.log").write_bytes(many(combined))
    (tmp_path / "old.log.gz").write_bytes(gzip.compress(many(common)))
    (tmp_path / "other_vhosts_access.log").write_bytes(many(vhost_combined))
    (tmp_path / "more_access.log").write_bytes(many(combined, 5, start=50))
    counters = read(tmp_path / "data", tmp_path)
    assert counters.hits == 65
    assert counters.bad == 0
    found = names(counters)
    assert found.keys() == {"common", "combined", "vhost_combined"}
    assert sorted(found["combined"]) == ["access.log", "more_access.log"]
    assert found["vhost_combined"] == ["other_vhosts_access.log"]
    assert audit(tmp_path / "data").ok


def test_a_report_reads_logs_of_several_formats_too(tmp_path):
    (tmp_path / "a.log").write_bytes(many(common))
    (tmp_path / "b.log").write_bytes(many(vhost_combined))
    cells, found = summarise(open_source([tmp_path], torn="take"))
    assert cells.counts()[:3] == (40, 40, 0)
    assert found.keys() == {"common", "vhost_combined"}


def test_cells_of_mixed_formats_are_the_same_after_a_rebuild(tmp_path):
    """A visitor of a format without agents, of a log whose agents are all `-`, and of a piece without any is one."""
    (tmp_path / "a.log").write_bytes(many(common))
    (tmp_path / "b.log").write_bytes(many(lambda number: combined(number, "-")))
    (tmp_path / "c.log").write_bytes(many(lambda number: combined(number, "Mozilla" if number == 3 else "-")))
    (tmp_path / "d.log").write_bytes(many(vhost_combined))
    data = tmp_path / "data"
    read(data, tmp_path / "*.log")
    before = contents(data)
    visitors = [cell[3] for key, cell in before.cells.items() if key[:2] == ("traffic", "day")]
    assert sum(len(hashes) // 8 for hashes in visitors) == 20 + 1 + 20  # hosts, host 3 with an agent, d's
    assert rebuild(data) == 80
    assert contents(data) == before
    assert audit(data).ok
    assert {key[0] for key in before.cells} >= {"agent", "vhost"} & {view.name for view in VIEWS}


def test_a_source_keeps_its_format_in_the_next_run(tmp_path):
    for name, line in (("a.log", combined), ("b.log", common)):
        (tmp_path / name).write_bytes(many(line))
    read(tmp_path / "data", tmp_path)
    for name in ("a.log", "b.log"):
        with (tmp_path / name).open("ab") as log:
            log.write(JUNK)
    counters = read(tmp_path / "data", tmp_path)
    assert (counters.hits, counters.bad) == (0, 2)
    assert names(counters) == {"combined": ["a.log"], "common": ["b.log"]}


def test_many_logs_of_one_server_are_told_from_the_first(tmp_path, monkeypatch):
    asked, detect = [], formats.detect
    monkeypatch.setattr(formats, "detect", lambda *args: asked.append(args) or detect(*args))
    for number in range(30):
        (tmp_path / f"access-{number}.log").write_bytes(many(combined, start=number))
    (tmp_path / "other.log").write_bytes(many(vhost_combined))
    found = names(read(tmp_path / "data", tmp_path))
    assert {name: len(paths) for name, paths in found.items()} == {"combined": 30, "vhost_combined": 1}
    assert len(asked) == 2


def test_a_unit_that_one_log_shows_is_not_taken_for_another(tmp_path):
    for name, target in (("a.log", "/admin/metadata"), ("b.log", "/other")):
        (tmp_path / name).write_text(
            "".join(f'h{number} - - {REQUEST.replace("/%d", target) % 1} "-" "VLC/3" 1\n' for number in range(9))
        )
    counters = read(tmp_path / "data", tmp_path / "a.log", tmp_path / "b.log")
    assert names(counters) == {"icecast": ["a.log"], "combined_number": ["b.log"]}


def test_a_rotated_log_begins_with_bad_lines(tmp_path):
    """A new file that its server begins with junk is read like the one before it."""
    log = tmp_path / "access.log"
    log.write_bytes(many(common))
    read(tmp_path / "data", log)
    log.rename(tmp_path / "access.log.1")
    log.write_bytes(JUNK)
    counters = read(tmp_path / "data", log)
    assert (counters.hits, counters.bad) == (0, 1)
    log.write_bytes(JUNK + common(1))
    assert read(tmp_path / "data", log).hits == 1


def test_a_rotated_log_may_have_another_format(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(many(common))
    read(tmp_path / "data", log)
    log.rename(tmp_path / "access.log.1")
    log.write_bytes(many(lambda number: b"www.example.org " + common(number)))
    counters = read(tmp_path / "data", log)
    assert names(counters) == {"vhost_common": ["access.log"]}
    assert contents(tmp_path / "data").hits["vhost"].null_count == 20


def test_a_format_that_was_given_is_known_for_later_logs(tmp_path):
    (tmp_path / "a.log").write_bytes(many(custom))
    read(tmp_path / "data", tmp_path / "a.log", log_format=CUSTOM)
    (tmp_path / "b.log").write_bytes(many(custom, start=20))
    assert read(tmp_path / "data", tmp_path).hits == 20


def test_a_given_format_holds_for_all_logs(tmp_path):
    (tmp_path / "a.log").write_bytes(many(custom))
    (tmp_path / "b.log").write_bytes(many(combined))
    with pytest.raises(DataError, match=r"b\.log: none of the first 20 lines has the format `custom`"):
        read(tmp_path / "data", tmp_path, log_format=CUSTOM)
    assert contents(tmp_path / "data").counts[:3] == (20, 20, 0)


def test_a_log_of_no_format_among_others_is_named_after_they_are_read(tmp_path):
    (tmp_path / "a.txt").write_bytes(many(common))
    (tmp_path / "b.txt").write_bytes(JUNK * 1000)
    (tmp_path / "c.txt").write_bytes(many(combined))
    (tmp_path / "d.txt").write_bytes(b"other " + JUNK)
    for _ in range(2):
        with pytest.raises(DataError, match=r"b\.txt: no format known here fits.*Also:.*d\.txt"):
            read(tmp_path / "data", tmp_path / "*.txt")
        held = contents(tmp_path / "data")
        assert held.counts[:3] == (40, 40, 0)
        assert held.bad_lines == []
    assert audit(tmp_path / "data").ok


def test_a_report_stops_at_a_log_of_no_format(tmp_path):
    (tmp_path / "a.txt").write_bytes(JUNK * 3)
    (tmp_path / "b.txt").write_bytes(many(common))
    with pytest.raises(DataError, match=r"a\.txt"):
        summarise(open_source([tmp_path / "*.txt"], torn="take"))


def test_a_followed_log_whose_first_lines_are_bad_waits_for_more(tmp_path, caplog):
    counters, _ = follow(tmp_path, ("a", common(1)), IDLE, ("b", JUNK), IDLE, ("b", JUNK), IDLE, ("b", combined(1)))
    assert (counters.hits, counters.bad) == (2, 2)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "b: no format known here" in caplog.text
    assert [(line.source, line.offset) for line in contents(tmp_path).bad_lines] == [("b", 0), ("b", len(JUNK))]


def test_a_followed_log_of_no_format_is_left_and_said_once(tmp_path, caplog):
    steps = [("a", common(1)), ("b", JUNK * 200), IDLE, ("b", JUNK), ("a", common(2)), IDLE]
    with pytest.raises(DataError):
        follow(tmp_path, *steps)
    assert len(caplog.records) == 1
    assert contents(tmp_path).counts[:3] == (2, 2, 0)
    with pytest.raises(DataError):
        follow(tmp_path, *steps, ("b", JUNK))
    assert contents(tmp_path).counts[:3] == (2, 2, 0)


def test_a_source_without_a_format_is_not_read_to_its_end(tmp_path):
    script = Script(("a", common(1)), ("b", JUNK * (SAMPLE_BYTES // len(JUNK) + 1)), ("b", JUNK))
    with pytest.raises(DataError):
        ingest(tmp_path, script.open, SETTINGS)
    assert script.left == {"b"}


def test_the_only_log_followed_stops_the_run_when_its_lines_have_no_format(tmp_path):
    stop = threading.Event()
    with pytest.raises(DataError, match="a: no format known here"):
        follow(tmp_path, ("a", JUNK), IDLE, ("a", common(1)))
    assert not stop.is_set()
    assert contents(tmp_path).counts.lines == 0


def make_old(directory, version):
    """Give a directory the tables of an older version."""
    data = open_directory(directory, write=True)
    formats = [row._replace(format=row.format.removeprefix(ONLY)) for row in data.ledger.formats()]
    data.ledger.save_formats(formats)
    if version == 1:
        data.database.write("DROP TABLE formats")
        data.database.set_meta("format", CUSTOM)
    data.database.write("ALTER TABLE ranges DROP COLUMN format")
    data.database.write(f"PRAGMA user_version = {version}")
    data.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_directory_of_an_older_version_still_opens(tmp_path, version):
    (tmp_path / "a.log").write_bytes(many(custom))
    read(tmp_path / "data", tmp_path / "a.log", log_format=CUSTOM)
    before = contents(tmp_path / "data")
    make_old(tmp_path / "data", version)
    assert contents(tmp_path / "data") == before  # a reader takes it as it is
    assert audit(tmp_path / "data").ok
    with (tmp_path / "a.log").open("ab") as log:
        log.write(JUNK + custom(99))
    counters = read(tmp_path / "data", tmp_path / "a.log")
    assert (counters.hits, counters.bad) == (1, 1)
    with open_reader(tmp_path / "data") as reader:
        assert [(row.path.rpartition("/")[2], row.format) for row in reader.ledger.formats()] == [("a.log", CUSTOM)]
        assert reader.database.meta("format") is None
        assert [row.format for row in reader.ledger.ranges()] == ["", CUSTOM]
    assert audit(tmp_path / "data").ok


def forwarded(number):
    return f'10.0.0.1 - - {REQUEST % (1 + number % 9, number)} "-" "curl" "203.0.113.{number}, 198.51.100.7"\n'.encode()


def test_the_rule_of_clients_is_kept_with_a_log_and_taken_for_new_ones(tmp_path):
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_bytes(many(forwarded))
    read(tmp_path / "data", first, log_format="client=last: ")
    first.write_bytes(many(forwarded, 40))
    second.write_bytes(many(forwarded, 10))
    read(tmp_path / "data", first, second)
    with open_reader(tmp_path / "data") as directory:
        assert {row.format.split(" ", 1)[0] for row in directory.ledger.formats()} == {"client=last:"}
