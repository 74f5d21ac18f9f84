"""The commands as a user runs them: real processes, real logs, exit codes, errors that help."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from hitstream.sources.generate import Traffic
from waiting import PATIENCE_SECONDS, until

SAMPLES = Path(os.environ.get("HITSTREAM_SAMPLES", Path(__file__).parents[3] / "shared" / "data"))
NASA = SAMPLES / "nasa-jul95-first-hour.log.gz"
COMBINED = SAMPLES / "apache-combined-2015.log.gz"
HITSTREAM = [sys.executable, "-m", "hitstream"]
LINE = b'%s - - [01/Jul/1995:00:00:01 -0400] "%s" 200 10\n'


def run(*arguments, code=0, stdin=None, env=None):
    command = [*HITSTREAM, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, input=stdin, env={**os.environ, **(env or {})}, check=False)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done


@pytest.fixture
def small(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(b"".join(Traffic(lines=2_000, days=1, malformed=0.05).blocks()))
    return log


@pytest.mark.slow
@pytest.mark.parametrize(("log", "lines", "bad"), [(NASA, 8_281, 0), (COMBINED, 10_000, 1)])
def test_a_real_log_is_counted_the_same_by_report_and_by_ingest(tmp_path, log, lines, bad):
    once = json.loads(run("report", log).stdout)
    run("ingest", log, "--data", tmp_path / "data")
    kept = json.loads(run("report", "--data", tmp_path / "data").stdout)
    assert (once["totals"]["lines"], once["totals"]["bad_lines"]) == (lines, bad)
    assert once["totals"] == kept["totals"]
    assert once["views"] == kept["views"]
    assert b"All agree" in run("audit", "--data", tmp_path / "data").stderr


def test_a_directory_of_logs_is_read_but_for_what_is_no_access_log(tmp_path):
    (tmp_path / "httpd").mkdir()
    (tmp_path / "httpd/access_log").write_bytes(
        b"".join(LINE % (b"192.0.2.1", b"GET /%d HTTP/1.1" % i) for i in range(9))
    )
    other = b'[01/Jul/1995:00:00:01 -0400] 192.0.2.1 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET / HTTP/1.1" 57\n'
    (tmp_path / "httpd/ssl_request_log").write_bytes(other * 9)
    refused = run("ingest", tmp_path / "httpd", "--data", tmp_path / "data", "--client", "peer", code=3)
    assert b"9 lines read = 9 hits" in refused.stderr
    assert b"ssl_request_log is the request log of Apache's mod_ssl" in refused.stderr


@pytest.mark.slow
def test_every_reading_command_answers_from_a_data_directory(tmp_path, small):
    data = tmp_path / "data"
    run("ingest", small, "--data", data)
    lines = len(small.read_bytes().splitlines())
    answer = run("query", "SELECT count(*) AS n FROM hits", "--data", data, "--format", "json")
    assert answer.stderr == b""
    counted = json.loads(answer.stdout)
    bad = json.loads(run("bad", "--data", data, "--format", "json").stdout)
    assert counted[0]["n"] + len(bad) == lines
    assert {"file", "number", "position", "field", "reason", "line"} == set(bad[0])
    top = json.loads(run("top", "status", "--data", data, "--format", "json").stdout)
    assert sum(row["hits"] for row in top) == counted[0]["n"]
    none = run("top", "status", "--data", data, "--filter", "path=/nowhere")
    assert (none.stdout, b"no hit to list" in none.stderr) == (b"", True)
    errors = json.loads(run("report", "--data", data, "--filter", "status>=400").stdout)
    assert errors["totals"]["hits"] == sum(row["hits"] for row in top if row["status"] >= "400")
    parquet = tmp_path / "hits.parquet"
    run("query", "SELECT * FROM hits", "--data", data, "--format", "parquet", "-o", parquet)
    assert parquet.stat().st_size
    assert b"ok" in run("doctor", "--data", data).stdout


def test_an_ingest_says_the_format_and_a_second_one_of_the_same_log_adds_nothing(tmp_path, small):
    assert b"The format is common" in run("ingest", small, "--data", tmp_path / "data").stderr
    again = run("ingest", small, "--data", tmp_path / "data")
    assert b"0 lines read" in again.stderr


def test_standard_input_is_read_to_its_end(small):
    made = run("report", "-", stdin=small.read_bytes())
    assert b"The format is common" in made.stderr
    report = json.loads(made.stdout)
    assert report["totals"]["lines"] == len(small.read_bytes().splitlines())


def test_random_bytes_given_a_format_stop_the_run_and_name_the_field(tmp_path):
    junk = tmp_path / "junk.log"
    junk.write_bytes(os.urandom(1 << 20))
    refused = run("ingest", junk, "--format", "common", "--data", tmp_path / "data", code=3)
    assert b"%h" in refused.stderr or b"%t" in refused.stderr


def test_every_line_of_junk_after_a_hit_is_a_bad_line_or_a_directive(tmp_path):
    log = tmp_path / "mixed.log"
    junk = os.urandom(1 << 20).replace(b"\x1f\x8b", b"..") + b"\n"
    log.write_bytes(LINE % (b"host", b"GET / HTTP/1.0") + junk)
    lines = log.read_bytes().removesuffix(b"\n").split(b"\n")
    read = [line.strip(b"\0").removesuffix(b"\r") for line in lines]
    directives = sum(not line.strip(b" ") or (line.startswith(b"#") and b"\0\0" not in line) for line in read)
    totals = json.loads(run("report", log).stdout)["totals"]
    assert totals["lines"] == len(lines) == totals["hits"] + totals["bad_lines"] + directives


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("ingest", "{dir}/nothing.log", "--data", "{dir}/data"), 2, "nothing.log"),
        (("ingest", "{log}", "--data", "{log}"), 2, "no part of its path may be a file"),
        (("report", "{dir}/nothing.log"), 2, "nothing.log"),
        (("report", "{log}", "-o", "report.pdf"), 2, ".html, .json, .csv"),
        (("report", "{log}", "--format", "%h %q %n"), 2, "%"),
        (("report", "{log}", "--filter", "colour=red"), 2, "colour"),
        (("top", "nonsense", "--data", "{data}"), 2, "Views: traffic"),
        (("top", "target", "--data", "{dir}/elsewhere"), 2, "elsewhere"),
        (("top", "target", "--data", "{data}", "--from", "yesterdayish"), 2, "yesterdayish"),
        (("query", "DROP TABLE hits", "--data", "{data}"), 2, "SELECT"),
        (("query", "SELECT nothing FROM hits", "--data", "{data}"), 2, "nothing"),
        (("serve", "--data", "{data}", "--host", "0.0.0.0"), 2, "ssh -L"),
        (("generate", "--malformed", "2", "--lines", "1"), 2, "malformed"),
        (("report", "{dir}/empty.log"), 3, "line"),
        (("report", "{dir}/cut.log.gz"), 3, "cut.log.gz"),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(tmp_path, ingested, arguments, code, says):
    (tmp_path / "empty.log").touch()
    (tmp_path / "cut.log.gz").write_bytes(NASA.read_bytes()[:20_000])
    data, log = ingested
    places = {"dir": tmp_path, "data": data, "log": log}
    refused = run(*(text.format(**places) if "{" in text else text for text in arguments), code=code)
    assert says in " ".join(refused.stderr.decode().split())


@pytest.fixture(scope="module")
def ingested(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ingested")
    log = folder / "access.log"
    log.write_bytes(gzip.decompress(NASA.read_bytes()))
    run("ingest", log, "--data", folder / "data")
    return folder / "data", log


def test_an_ingest_that_is_interrupted_says_so_and_the_next_one_goes_on(tmp_path, small):
    command = [*HITSTREAM, "ingest", "-", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as ingest:
        ingest.stdin.write(small.read_bytes())
        ingest.stdin.flush()
        until((tmp_path / "data" / "hitstream.sqlite").exists)
        ingest.send_signal(signal.SIGINT)
        _, said = ingest.communicate(timeout=PATIENCE_SECONDS)
    assert ingest.returncode == 130, said.decode()
    assert b"goes on from there" in said


def test_a_port_in_use_is_named_with_its_holder(ingested):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run("serve", "--data", ingested[0], "--port", port, code=4)
    assert str(port) in refused.stderr.decode()
    assert str(os.getpid()) in refused.stderr.decode()


def test_settings_come_from_flag_environment_and_file_in_this_order(tmp_path, ingested):
    data, _ = ingested
    file = tmp_path / "settings.toml"
    file.write_text(f'data = "{data}"\n')
    from_file = {"HITSTREAM_CONFIG": str(file)}
    run("top", "status", env=from_file)
    run("top", "status", env={**from_file, "HITSTREAM_DATA": str(tmp_path / "no")}, code=2)
    run("top", "status", "--data", data, env={**from_file, "HITSTREAM_DATA": str(tmp_path / "no")})
    file.write_text("colour = 1\n")
    assert b"no setting 'colour'" in run("top", "status", env=from_file, code=2).stderr


def test_hostile_log_fields_are_inert_on_a_terminal(tmp_path):
    log = tmp_path / "hostile.log"
    hostile = [b"/\x1b]0;owned\x07", b"/\x1b[31mred", b"/\xe2\x80\xaeevil", b"/\x00nul", b"/\x9b2J", b"/=cmd()"]
    log.write_bytes(b"".join(LINE % (b"host", b"GET " + target + b" HTTP/1.0") for target in hostile) + b"\x1b[2J\n")
    run("ingest", log, "--data", tmp_path / "data")
    for command in (("top", "target"), ("bad",), ("query", "SELECT target FROM hits")):
        shown = run(*command, "--data", tmp_path / "data").stdout.decode()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown)
    table = run("top", "target", "--data", tmp_path / "data", "--format", "csv").stdout.decode()
    assert not re.search("^[=+@\t\r-]", table, re.MULTILINE)


def test_generate_writes_the_same_lines_for_the_same_seed():
    first, second = (run("generate", "--lines", "1000", "--seed", "7").stdout for _ in range(2))
    assert first == second
    assert first.count(b"\n") == 1000


@pytest.mark.slow
def test_run_follows_a_log_and_serves_it_until_interrupted(tmp_path, small):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*HITSTREAM, "run", str(small), "--data", str(tmp_path / "data"), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running:

        def lines():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                    return json.load(answer)["lines"]
            except OSError:
                return None

        before = len(small.read_bytes().splitlines())
        until(lambda: lines() == before)
        with small.open("ab") as log:
            log.write(LINE % (b"late", b"GET /late HTTP/1.0"))
        until(lambda: lines() == before + 1)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=PATIENCE_SECONDS) == 0
    assert b"All agree" in run("audit", "--data", tmp_path / "data").stderr


@pytest.mark.slow
def test_run_ends_with_the_error_of_the_ingest(tmp_path):
    junk = tmp_path / "junk.log"
    junk.write_bytes(b"no log at all\n" * 100)
    refused = run("run", junk, "--data", tmp_path / "data", "--port", "0", code=3)
    assert b"junk.log" in refused.stderr
