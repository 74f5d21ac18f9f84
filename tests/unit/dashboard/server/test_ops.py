"""/healthz and /metrics: what they say, and that the table of metrics is what they say."""

from asgi import ask
from prometheus_client.parser import text_string_to_metric_families
from served import serving

from hitstream.dashboard.server.metrics import VALUES
from hitstream.telemetry import METRICS, STAGES


def families(answer):
    assert answer.status == 200
    return {family.name: family for family in text_string_to_metric_families(answer.body.decode())}


def value(found, name, **labels):
    samples = (sample for family in found.values() for sample in family.samples)
    return next(sample.value for sample in samples if (sample.name, sample.labels) == (name, labels))


def test_every_metric_of_the_table_is_filled_and_no_other():
    assert set(VALUES) == {metric.name for metric in METRICS}


def test_metrics_are_those_of_the_data(app):
    found = families(ask(app, "/metrics"))
    assert {family.type for family in found.values()} == {"gauge", "counter", "histogram"}
    assert value(found, "hitstream_up") == 1
    assert value(found, "hitstream_lines") == 5
    assert value(found, "hitstream_hits") == 4
    assert value(found, "hitstream_ingest_running") == 0
    assert value(found, "hitstream_archive_files") == 1
    assert value(found, "hitstream_serve_viewers") == 7
    assert value(found, "hitstream_stage_errors_total", stage="parse") == 1
    assert value(found, "hitstream_ingest_commit_seconds_count") == 1
    states = [sample for sample in found["hitstream_stage_state"].samples if sample.value]
    assert [sample.labels["stage"] for sample in states] == [stage.name for stage in STAGES]


def test_metrics_have_the_kinds_and_meanings_of_the_table(app):
    found = families(ask(app, "/metrics"))
    for metric in METRICS:
        family = found[metric.name.removesuffix("_total")]
        assert (family.type, family.documentation) == (metric.kind, metric.meaning)
        assert all(set(metric.labels) <= set(sample.labels) for sample in family.samples)


def test_questions_are_counted_by_outcome(data):
    app, services = serving(data)
    ask(app, "/api/v1/totals")
    ask(app, "/api/v1/totals?filter=colour=1")
    ask(app, "/api/v1/top/nothing")
    found = families(ask(app, "/metrics"))
    services.desk.close()
    assert value(found, "hitstream_serve_questions_total", question="/totals", outcome="ok") == 1
    assert value(found, "hitstream_serve_questions_total", question="/top/{view}", outcome="ConfigError") == 1
    assert value(found, "hitstream_serve_question_seconds_count") == 2


def test_metrics_are_there_when_the_data_is_not(tmp_path):
    app, services = serving(tmp_path / "nothing")
    found = families(ask(app, "/metrics"))
    services.desk.close()
    assert value(found, "hitstream_up") == 0
    assert "hitstream_lines" not in {sample.name for family in found.values() for sample in family.samples}


def test_health_says_ok_and_how_many_lines(app):
    answer = ask(app, "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok", "reasons": [], "lines": 5})


def test_health_tells_strangers_the_status_alone(app):
    assert ask(app, "/healthz", known=False).json == {"status": "ok"}


def test_health_is_degraded_with_the_reason_when_an_ingest_has_failed(data, monkeypatch):
    from hitstream.query.directory import DirectoryCells
    from hitstream.vitals import Problem, Process, Vitals

    facts = DirectoryCells.facts
    dead = Vitals(Process.current(), "", 0, 0, 60, ended=0.0, problem=Problem("Fatal", "Disk full.", ""))
    monkeypatch.setattr(DirectoryCells, "facts", lambda self: facts(self)._replace(vitals=dead))
    app, services = serving(data)
    answer = ask(app, "/healthz")
    services.desk.close()
    assert (answer.status, answer.json["status"]) == (200, "degraded")
    assert "Disk full." in answer.json["reasons"][0]


def test_health_is_an_error_where_the_data_cannot_be_read(tmp_path):
    app, services = serving(tmp_path / "nothing")
    answer = ask(app, "/healthz")
    services.desk.close()
    assert (answer.status, answer.json["status"]) == (503, "error")
    assert "nothing" in answer.json["reasons"][0]
