"""The stream: one Structured Streaming query that makes batches of the topic's records and commits them.

A batch that cannot be committed, because a server is away, is done again until it can: Kafka holds the lines, and
nothing is passed over. What ends the query ends the process; whoever started it starts it again.
"""

import pickle
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hitstream import kafka
from hitstream.clock import Clock
from hitstream.engine.spark.checks import NEW_CHECKPOINT, check_checkpoint, check_spark
from hitstream.engine.spark.commit import StreamCommitter
from hitstream.engine.spark.executor import RESULT, Instructions, Made, run
from hitstream.engine.spark.formats import TopicFormats
from hitstream.engine.spark.gather import Batch, together
from hitstream.engine.spark.incoming import ConsumedTopic
from hitstream.engine.spark.positions import Kept
from hitstream.engine.spark.session import open_session, records
from hitstream.engine.spark.settings import BatchSize, StreamSettings
from hitstream.errors import ConfigError, Fatal, HitstreamError, Retryable
from hitstream.sources.records import bad_lines_of
from hitstream.store.hdfs import HdfsFolder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_LOOK_SECONDS = 0.2
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 15.0
"""Seconds until a batch is tried again, at first and at the most."""


class _Stopped(Exception):
    """Ends the query between two batches: returning would tell Spark that the batch is done."""


@dataclass(frozen=True)
class Told:
    """What is told after each batch, when one has to wait, and when the query begins with nothing to read."""

    batch: int
    made: Batch | None
    seconds: float
    problem: HitstreamError | None = None


class Stream:
    """One run of the query."""

    def __init__(
        self,
        session: "SparkSession",
        committer: StreamCommitter,
        base: int,
        stop: threading.Event,
        tell: Callable[[Told], None],
    ) -> None:
        self._session = session
        self._committer = committer
        self._settings = committer.settings
        self._clock: Clock = committer.clock
        self._base = base
        self._stop = stop
        self._tell = tell
        self._working = threading.Lock()
        self._problem: BaseException | None = None
        self._formats = TopicFormats(committer.store.ledger.formats(), self._settings.clients)
        self._topic = kafka.look(self._settings.kafka, self._settings.topic)
        self._size = BatchSize(self._settings.batch_records)
        self._ended = False

    def run(self, checkpoint: str) -> None:
        """Make and commit batches until stopped; the one that is in work then is finished.

        Raises:
            HitstreamError: what ended it.
        """
        if not self._is_behind():
            self._tell(Told(self._committer.published, None, 0.0))
        while not self._stop.is_set():
            self._query(checkpoint)

    def _is_behind(self) -> bool:
        """Tell whether the topic has records that no batch has read: then the first batch shows whether all is well."""
        consumed = self._committer.consumed
        ends = kafka.ends(self._settings.kafka, self._settings.topic)
        return any(after > max(first, consumed.get(number, 0)) for number, (first, after) in ends.items())

    def _query(self, checkpoint: str) -> None:
        """Make batches of one size until stopped, or until another size suits the records better."""
        most, self._ended, self._problem = self._size.records, False, None
        query = (
            records(self._session, self._settings, most)
            .writeStream.foreachBatch(self._batch)
            .option("checkpointLocation", checkpoint)
            .start()
        )
        try:
            while query.isActive and not self._stop.is_set() and self._size.records == most:
                self._stop.wait(_LOOK_SECONDS)
            problem = query.exception()
        finally:
            with self._working:
                self._ended = True
            query.stop()
        if self._problem is not None and not isinstance(self._problem, _Stopped):
            raise self._problem
        if problem is not None and not isinstance(self._problem, _Stopped):
            raise explained(str(problem))

    def _batch(self, frame: "DataFrame", spark_batch: int) -> None:
        """Commit what Spark calls a batch; called on another thread, never twice at a time."""
        try:
            with self._working:
                self._commit(frame, self._base + spark_batch + 1)
        except BaseException as problem:
            self._problem = problem
            raise RuntimeError(str(problem)) from problem  # Spark passes on no more than the text

    def _commit(self, frame: "DataFrame", number: int) -> None:
        wait, made = _FIRST_WAIT, None
        while number > self._committer.published:
            if self._ended or self._stop.is_set():
                raise _Stopped
            began = self._clock.now()
            try:
                made = made or self._make(frame)
                self._committer.commit(number, made)
            except Retryable as problem:
                self._tell(Told(number, None, self._clock.now() - began, problem))
                self._stop.wait(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            else:
                self._tell(Told(number, made, self._clock.now() - began))
                self._formats.save(made.formats)
                self._size.suit(made.records, made.bytes)

    def _make(self, frame: "DataFrame") -> Batch:
        """Do the pass; and once more where some lines were sent before, or have formats that nobody knew of.

        What a source's lines have is settled for the whole batch, whatever tasks its records went to.
        """
        began = self._clock.now()
        made = self._pass(frame, {}, is_search=True)
        if self._formats.learn(made):
            made = self._pass(frame, {}, is_search=True)
        kept = self._committer.positions.repeated(each for one in made for each in one.placed)
        if self._formats.widen(made) or kept:
            made = self._pass(frame, kept)
        self._committer.steps["pass"] = self._clock.now() - began
        batch = together(made, self._settings.bad_lines_kept)
        self._committer.steps["merge"] = self._clock.now() - began - self._committer.steps["pass"]
        return batch

    def _pass(self, frame: "DataFrame", kept: Kept, *, is_search: bool = False) -> list[Made]:
        settings = self._settings
        told = Instructions(
            ConsumedTopic(settings.topic, self._topic.id, dict(self._committer.consumed)),
            self._committer.archive.folder.address,
            self._committer.bad_archive.folder.address,
            int(self._clock.now()),
            settings.retention,
            settings.log_format,
            self._formats.texts,
            settings.bad_lines_kept,
            (settings.kafka, bad_lines_of(settings.topic)) if settings.dead_letters else None,
            kept,
            is_search,
        )
        rows = frame.mapInArrow(partial(run, instructions=told), RESULT).collect()
        results: list[Made | HitstreamError] = [pickle.loads(row.made) for row in rows]  # noqa: S301 - our executors'
        for result in results:
            if isinstance(result, HitstreamError):
                raise result
        return [result for result in results if isinstance(result, Made)]


def prepare(settings: StreamSettings, published: int, archived: int, new_checkpoint: bool) -> tuple[int, str]:
    """Look at everything the stream needs; return the number before its first batch, and where its checkpoint is.

    The checkpoint's folder is named by that number: Spark counts the batches of each checkpoint from 0.

    Raises:
        ConfigError, Retryable, Fatal: what is wrong, and the way out.
    """
    check_spark(settings.spark)
    ends = kafka.ends(settings.kafka, settings.topic)
    folder = HdfsFolder(settings.checkpoints)
    bases = [int(name) for name in folder.names("") if name.isdigit()]
    base = max(bases, default=published)
    if new_checkpoint:
        if archived > published:
            raise ConfigError(
                f"Batch {archived} is archived and not yet published: only the old checkpoint knows its records.",
                "Start once without --new-checkpoint, until the batch is done.",
            )
        base = published
        folder.delete(str(base))
    elif not bases and published:
        message = f"The checkpoint of {published} batches is not at {settings.checkpoints}."
        raise ConfigError(message, f"Mend --hdfs, if it is elsewhere. {NEW_CHECKPOINT}")
    where = HdfsFolder(f"{settings.checkpoints}/{base}")
    check_checkpoint(where, settings, ends, published - base - 1)
    return base, where.address


_KNOWN: tuple[tuple[tuple[str, ...], type[HitstreamError], str, str], ...] = (
    (
        ("KAFKA_DATA_LOSS", "data may have been lost", "aged out", "OffsetOutOfRange"),
        Fatal,
        "Kafka has deleted records that were not read",
        f"Give the topic a longer retention. {NEW_CHECKPOINT}",
    ),
    (
        ("UnknownTopicOrPartition", "PARTITIONS_DELETED"),
        ConfigError,
        "The topic is not there any more",
        f"Make it again: `hitstream topics apply`. {NEW_CHECKPOINT}",
    ),
)


def explained(problem: str) -> HitstreamError:
    """Say what ended the query."""
    first = next((line for line in problem.splitlines() if line.strip()), "no reason given")[:500]
    for signs, kind, message, hint in _KNOWN:
        if any(sign in problem for sign in signs):
            return kind(f"{message}: {first}", hint)
    return Retryable(f"The stream ended: {first}", "It is started again; the log says more.")


def stream(
    settings: StreamSettings,
    committer: StreamCommitter,
    stop: threading.Event,
    tell: Callable[[Told], None],
    *,
    new_checkpoint: bool = False,
) -> None:
    """Run the stream until stopped.

    Raises:
        HitstreamError: what ended it.
    """
    base, checkpoint = prepare(settings, committer.published, committer.archive.last_batch(), new_checkpoint)
    session: Any = open_session(settings.spark, "hitstream stream")
    try:
        Stream(session, committer, base, stop, tell).run(checkpoint)
    finally:
        session.stop()
