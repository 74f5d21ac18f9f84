"""/metrics: the table `telemetry.METRICS`, filled, in Prometheus' text format."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family

from hitstream import __version__
from hitstream.query.health import STATES, Health
from hitstream.telemetry import DURATIONS, METRICS, Durations, Metric
from hitstream.vitals import Lag, Vitals

Labels = tuple[str, ...]
Sample = tuple[Labels, float | Durations]


class Sight(NamedTuple):
    """What a scrape sees: the data directory, if it can be read, and the server itself."""

    health: Health | None
    viewers: int
    asked: Mapping[tuple[str, str], int]
    durations: Durations
    logins: Mapping[str, int]


def exposition(sight: Sight) -> bytes:
    """Return all metrics that have a value."""
    registry = CollectorRegistry()
    registry.register(_Collector(sight))
    return generate_latest(registry)


class _Collector:
    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    def collect(self) -> Iterator[Family]:
        for metric in METRICS:
            yield _family(metric, VALUES[metric.name](self._sight))


def _family(metric: Metric, samples: Iterable[Sample]) -> Any:
    kinds = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}
    family: Any = kinds[metric.kind](metric.name, metric.meaning, labels=metric.labels)
    for labels, value in samples:
        if isinstance(value, Durations):
            bounds = [*(str(bound) for bound in DURATIONS), "+Inf"]
            family.add_metric(labels, list(zip(bounds, accumulate(value.counts), strict=True)), value.total)
        else:
            family.add_metric(labels, value)
    return family


def _one(value: float | Durations | None) -> list[Sample]:
    return [] if value is None else [((), value)]


def _of_health(value: Callable[[Health], Iterable[Sample]]) -> Callable[[Sight], Iterable[Sample]]:
    return lambda sight: value(sight.health) if sight.health else ()


def _fact(value: Callable[[Health], float | Durations | None]) -> Callable[[Sight], Iterable[Sample]]:
    return _of_health(lambda health: _one(value(health)))


def _vital(value: Callable[[Vitals], float | Durations | None]) -> Callable[[Sight], Iterable[Sample]]:
    return _fact(lambda health: value(health.facts.vitals) if health.facts.vitals else None)


def _lags(value: Callable[[Lag], float]) -> Callable[[Sight], Iterable[Sample]]:
    def samples(health: Health) -> Iterator[Sample]:
        vitals = health.facts.vitals
        yield from (((lag.path,), value(lag)) for lag in (vitals.lags if vitals else ()))

    return _of_health(samples)


def _flow(place: int) -> Callable[[Sight], Iterable[Sample]]:
    return _of_health(lambda health: (((stage.name,), stage.flow[place]) for stage in health.stages))


def _states(health: Health) -> Iterator[Sample]:
    for stage in health.stages:
        yield from (((stage.name, state), float(stage.state == state)) for state in STATES)


VALUES: dict[str, Callable[[Sight], Iterable[Sample]]] = {
    "hitstream_up": lambda sight: _one(float(sight.health is not None)),
    "hitstream_build_info": lambda _: [((__version__,), 1.0)],
    "hitstream_lines": _fact(lambda health: health.facts.counts.lines),
    "hitstream_hits": _fact(lambda health: health.facts.counts.hits),
    "hitstream_bad_lines": _of_health(lambda health: (((why,), n) for why, n in health.facts.reasons.items())),
    "hitstream_log_bytes": _fact(lambda health: health.facts.counts.bytes),
    "hitstream_newest_hit_timestamp_seconds": _vital(lambda vitals: vitals.newest),
    "hitstream_ingest_running": _fact(lambda health: float(health.running)),
    "hitstream_ingest_beat_age_seconds": _fact(lambda health: health.beat_age),
    "hitstream_ingest_lines_per_second": _fact(lambda health: health.rate[0]),
    "hitstream_ingest_bytes_per_second": _fact(lambda health: health.rate[1]),
    "hitstream_ingest_unread_bytes": _lags(lambda lag: lag.bytes),
    "hitstream_ingest_lag_seconds": _lags(lambda lag: lag.seconds),
    "hitstream_ingest_commit_seconds": _vital(lambda vitals: vitals.commits),
    "hitstream_stage_received_total": _flow(0),
    "hitstream_stage_sent_total": _flow(1),
    "hitstream_stage_dropped_total": _flow(2),
    "hitstream_stage_errors_total": _flow(3),
    "hitstream_stage_state": _of_health(_states),
    "hitstream_staged_hits": _fact(lambda health: health.facts.staged_hits),
    "hitstream_staged_bytes": _fact(lambda health: health.facts.staged_bytes),
    "hitstream_archive_files": _vital(lambda vitals: vitals.archive.files if vitals.archive else None),
    "hitstream_archive_bytes": _vital(lambda vitals: vitals.archive.bytes if vitals.archive else None),
    "hitstream_database_bytes": _fact(lambda health: health.facts.database_bytes),
    "hitstream_audit_ok": _fact(lambda health: float(health.facts.audit.ok) if health.facts.audit else None),
    "hitstream_audit_timestamp_seconds": _fact(lambda health: health.facts.audit.ended if health.facts.audit else None),
    "hitstream_serve_viewers": lambda sight: _one(sight.viewers),
    "hitstream_serve_questions_total": lambda sight: sight.asked.items(),
    "hitstream_serve_question_seconds": lambda sight: _one(sight.durations),
    "hitstream_serve_logins_total": lambda sight: (((outcome,), n) for outcome, n in sight.logins.items()),
}
"""Where the values of each metric come from; a test holds its names to the table."""
