"""Lines that something carries: the format is kept with its envelope, so that all that parses them parses the same."""

import pytest

from hitstream.arrow import to_arrow
from hitstream.engine.audit import audit
from hitstream.engine.batch import rebuild
from hitstream.engine.embedded import ingest
from hitstream.engine.oneshot import summarise
from hitstream.engine.settings import IngestSettings
from hitstream.parse import compile_format, parse
from hitstream.record import Chunk
from hitstream.sources.open import open_source
from hitstream.sources.records import Record, cut
from hitstream.store.directory import open_reader
from hitstream.testing.contents import contents

SETTINGS = IngestSettings(workers=1)
LINE = '192.0.2.%d - - [10/Oct/2025:13:55:%02d +0000] "GET /%d HTTP/1.1" 200 57 "-" "curl/8.5.0"'
LINES = [LINE % (number % 200, number % 60, number) for number in range(300)]
ISO = "2025-10-10T13:55:36.123456789Z"


def syslog(line):
    return f"Oct 10 13:55:36 web1 nginx[812]: {line}\n"


def cri(line):
    return f"{ISO} stdout P {line[:30]}\n{ISO} stdout P {line[30:60]}\n{ISO} stdout F {line[60:]}\n"


CARRIED = {"syslog": syslog, "cri": cri}


def read(data, path, log_format=None):
    def opened(states, max_bytes):
        return open_source([path], states=states, max_bytes=max_bytes)

    return ingest(data, opened, SETTINGS, log_format=log_format)


def formats(data):
    with open_reader(data) as directory:
        return {row.format for row in directory.ledger.formats()}


@pytest.mark.parametrize("name", CARRIED)
def test_a_restart_and_a_rebuild_read_carried_lines_the_same(tmp_path, name):
    log, data = tmp_path / "access.log", tmp_path / "data"
    log.write_text("".join(map(CARRIED[name], LINES[:200])))
    assert read(data, log).formats == {f"{name}: combined": [str(log)]}
    with log.open("a") as more:
        more.write("no envelope\n" + "".join(map(CARRIED[name], LINES[200:])))
    counters = read(data, log)
    assert (counters.hits, counters.bad) == (100, 1)
    (kept,) = formats(data)
    assert compile_format(kept) == compile_format(f"{name}: combined")
    before = contents(data)
    assert rebuild(data) == 300
    assert contents(data) == before


def test_an_audit_finds_carried_lines_where_they_stand(tmp_path):
    log, data = tmp_path / "access.log", tmp_path / "data"
    log.write_text("".join(map(syslog, LINES)))
    read(data, log)
    assert audit(data).ok


def test_an_envelope_may_be_given(tmp_path):
    log = tmp_path / "access.log"
    log.write_text("".join(map(syslog, LINES)))
    counters = read(tmp_path / "data", log, 'syslog: %h %l %u %t "%r" %>s %{size}n %{rest}n')
    assert (counters.hits, counters.formats) == (300, {"syslog: custom": [str(log)]})


def test_a_report_reads_carried_lines(tmp_path):
    log = tmp_path / "access.log"
    log.write_text("".join(map(cri, LINES)))
    cells, found = summarise(open_source([log], torn="take"))
    assert cells.counts().hits == 300
    assert found == {"cri: combined": [str(log)]}


def test_the_records_of_a_topic_hold_what_makes_the_same_hits(tmp_path):
    chunk = Chunk("a", 0, "".join(map(cri, LINES)).encode())
    program = compile_format("cri: combined")
    whole = to_arrow(parse(chunk, program).hits).to_pylist()
    records = [Record(part, "access.log", program.text) for part in cut(chunk, 1000)]
    received = [Record.of(bytes(record.chunk.data), dict(record.headers)) for record in records]
    parts = [parse(record.chunk, compile_format(record.format)) for record in received]
    assert len(records) > 10
    assert [row for part in parts for row in to_arrow(part.hits).to_pylist()] == whole
    assert len(whole) == len(LINES)
