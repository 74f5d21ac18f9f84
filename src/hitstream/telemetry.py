"""What hitstream measures of itself: a closed table, from which /metrics and docs/metrics.md follow.

A metric that is not a row here is not published, and a row that nothing fills fails a test.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]


class PipelineStage(NamedTuple):
    """A stage of the pipeline, and what the four counters of its flow count."""

    name: str
    meaning: str
    received: str
    sent: str
    dropped: str
    errors: str


STAGES: tuple[PipelineStage, ...] = (
    PipelineStage("read", "whole lines of the sources", "lines", "lines", "-", "files that could not be read"),
    PipelineStage(
        "parse", "lines into hits and bad lines", "lines", "hits", "bad lines counted but not kept", "bad lines"
    ),
    PipelineStage("count", "hits into cells", "hits", "blocks", "blocks older than retention", "-"),
    PipelineStage("commit", "batches into the database", "batches", "batches", "-", "-"),
    PipelineStage("archive", "staged hits into the Delta table", "hits", "hits", "-", "-"),
    PipelineStage(
        "upkeep", "seals crowded buckets, deletes old ones", "buckets", "sealed buckets", "expired blocks", "-"
    ),
)
"""The stages of an ingest, in the order in which a line passes them."""


class Metric(NamedTuple):
    """One thing that is measured; counters are of the process that counts, and start at 0 with it."""

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    meaning: str


_STAGE = ("stage",)

METRICS: tuple[Metric, ...] = (
    Metric("hitstream_up", "gauge", "", (), "1 if the data directory can be read, else 0."),
    Metric("hitstream_build_info", "gauge", "", ("version",), "Always 1; the version that serves this page."),
    Metric("hitstream_lines", "gauge", "lines", (), "Lines read: hits + bad lines + directives."),
    Metric("hitstream_hits", "gauge", "hits", (), "Hits in the data directory."),
    Metric("hitstream_bad_lines", "gauge", "lines", ("reason",), "Lines in the data directory that did not parse."),
    Metric("hitstream_log_bytes", "gauge", "bytes", (), "Bytes of the lines read into the data directory."),
    Metric("hitstream_newest_hit_timestamp_seconds", "gauge", "seconds", (), "Time of the newest hit, since 1970."),
    Metric("hitstream_ingest_running", "gauge", "", (), "1 while a process ingests into the data directory, else 0."),
    Metric("hitstream_ingest_beat_age_seconds", "gauge", "seconds", (), "Since the ingest last told of itself."),
    Metric("hitstream_ingest_lines_per_second", "gauge", "lines/s", (), "Lines committed in the last seconds."),
    Metric("hitstream_ingest_bytes_per_second", "gauge", "bytes/s", (), "Bytes of lines, likewise."),
    Metric("hitstream_ingest_unread_bytes", "gauge", "bytes", ("source",), "Bytes of a source not yet read: its lag."),
    Metric("hitstream_ingest_lag_seconds", "gauge", "seconds", ("source",), "For how long it was not read whole."),
    Metric("hitstream_ingest_commit_seconds", "histogram", "seconds", (), "How long the commit of a batch takes."),
    Metric("hitstream_stage_received_total", "counter", "", _STAGE, "What a stage was given."),
    Metric("hitstream_stage_sent_total", "counter", "", _STAGE, "What a stage passed on."),
    Metric("hitstream_stage_dropped_total", "counter", "", _STAGE, "What a stage let go on purpose."),
    Metric("hitstream_stage_errors_total", "counter", "", _STAGE, "What a stage could not take."),
    Metric("hitstream_stage_state", "gauge", "", ("stage", "state"), "1 for the state a stage is in, else 0."),
    Metric("hitstream_staged_hits", "gauge", "hits", (), "Hits that wait for the archive."),
    Metric("hitstream_staged_bytes", "gauge", "bytes", (), "What they take, packed."),
    Metric("hitstream_archive_files", "gauge", "files", (), "Parquet files of the archive."),
    Metric("hitstream_archive_bytes", "gauge", "bytes", (), "What they take."),
    Metric("hitstream_database_bytes", "gauge", "bytes", (), "What the database takes."),
    Metric("hitstream_audit_ok", "gauge", "", (), "1 if the last audit found no difference, 0 if it did."),
    Metric("hitstream_audit_timestamp_seconds", "gauge", "seconds", (), "When the last audit ended, since 1970."),
    Metric("hitstream_serve_viewers", "gauge", "", (), "Pages that follow the data."),
    Metric("hitstream_serve_questions_total", "counter", "", ("question", "outcome"), "Questions put to the JSON API."),
    Metric("hitstream_serve_question_seconds", "histogram", "seconds", (), "Until their answers, waits included."),
    Metric("hitstream_serve_logins_total", "counter", "", ("outcome",), "Passwords tried: taken, wrong, delayed."),
)  # fmt: skip

DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of every histogram, in seconds; one more takes what is longer."""


class Durations(NamedTuple):
    """How often something took so long: a count for each of `DURATIONS`, and one for what is longer."""

    counts: tuple[int, ...] = (0,) * (len(DURATIONS) + 1)
    total: float = 0.0

    def with_one(self, seconds: float) -> "Durations":
        """Return these and one more."""
        place = sum(seconds > bound for bound in DURATIONS)
        counts = (*self.counts[:place], self.counts[place] + 1, *self.counts[place + 1 :])
        return Durations(counts, self.total + seconds)


def document() -> str:
    """Return the two tables of docs/metrics.md."""
    metrics = [
        (f"`{row.name}`", row.kind, row.unit, ", ".join(f"`{label}`" for label in row.labels), row.meaning)
        for row in METRICS
    ]
    stages = [(f"`{row.name}`", *row[1:]) for row in STAGES]
    return (
        _table(("metric", "kind", "unit", "labels", "meaning"), metrics)
        + "\n"
        + _table(("stage", "what it makes", "received", "sent", "dropped", "errors"), stages)
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
