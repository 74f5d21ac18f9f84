"""The cluster tier's engine: from the topic into the stores, and what looks after them."""

import faulthandler
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hitstream.clock import SystemClock
from hitstream.errors import HitstreamError
from hitstream.pipeline.stores import Stores
from hitstream.settings import looked_up

if TYPE_CHECKING:
    from hitstream.engine.comparison import AuditResult
    from hitstream.engine.spark.settings import StreamSettings
    from hitstream.engine.spark.stream import Told
    from hitstream.store.cassandra.store import ClusterStore
    from hitstream.store.delta import DeltaArchive

CLUSTER_SETTINGS = (
    *("kafka", "topic", "spark", "hdfs", "cassandra", "keyspace", "consistency", "format", "batch_records"),
    *("client", "trusted_proxies", "bad_lines_kept", "keep_minutes_days", "keep_hours_days"),
)
"""The settings of the cluster tier's engine."""
_TIDY_SECONDS = 900.0
"""Upkeep that takes so long hangs in a library: it says where, ends, and is started again."""


@dataclass
class Cluster:
    """The cluster tier's engine."""

    stream: "StreamSettings"
    stores: Stores
    data: Path

    @classmethod
    def looked_up(cls) -> "Cluster":
        """Return it as the environment and the settings file have it.

        Raises:
            ConfigError: a setting cannot be read.
        """
        from hitstream.engine.spark.settings import StreamSettings
        from hitstream.engine.upkeep import Retention
        from hitstream.parse.client_rule import has_format, make_rule, with_rule

        names = ("kafka", "topic", "spark", "hdfs", "batch_records", "bad_lines_kept")
        named = {name: looked_up(name) for name in names}
        retention = Retention(looked_up("keep_minutes_days"), looked_up("keep_hours_days"))
        clients = looked_up("client"), looked_up("trusted_proxies")
        log_format = with_rule(looked_up("format"), *clients)
        stream = StreamSettings(
            **named,
            log_format=log_format if has_format(log_format) else None,
            clients=make_rule(*clients),
            retention=retention,
        )
        return cls(stream, Stores.looked_up(), Path(looked_up("cluster_data")))

    def run(self, stop: threading.Event, new_checkpoint: bool = False) -> None:
        """Make batches of the topic's records until stopped, telling in `data` how that goes.

        Raises:
            HitstreamError: what ended it.
        """
        from hitstream.engine.spark.commit import StreamCommitter
        from hitstream.engine.spark.progress import Reporter
        from hitstream.engine.spark.pulse import StreamPulse
        from hitstream.engine.spark.stream import stream
        from hitstream.store.contract import no_checkpoint

        clock = SystemClock()
        self.data.mkdir(parents=True, exist_ok=True)
        reporter = Reporter(self.data, clock)
        try:
            with self._opened() as (store, archive):
                committer = StreamCommitter(store, archive, self.stream, clock, no_checkpoint)
                reporter.go_on(committer.published, store.ledger.counts(), committer.consumed)
                pulse = StreamPulse(store, self.stream.topic, clock)

                def tell(told: "Told") -> None:
                    reporter.tell(told, committer.steps)
                    pulse.tell(told, committer.steps)

                with pulse.telling():
                    stream(self.stream, committer, stop, tell, new_checkpoint=new_checkpoint)
        except HitstreamError as problem:
            reporter.save("ended", problem)
            raise
        reporter.save("ended")

    def keep(self, stop: threading.Event) -> None:
        """Keep archive and speed layer in shape until stopped.

        Raises:
            HitstreamError: a server is away.
        """
        from hitstream.engine.spark.keep import EVERY_SECONDS, tidy
        from hitstream.store.bad_archive import bad_archive

        if stop.wait(EVERY_SECONDS):  # what is wrong at a start is said by the stream
            return
        with self._opened() as (store, archive):
            archives = archive, bad_archive(self.stream.bad_lines, store.application)
            while not stop.wait(EVERY_SECONDS):
                faulthandler.dump_traceback_later(_TIDY_SECONDS, exit=True)
                tidy(store, archives, self.stream.retention, SystemClock())
                faulthandler.cancel_dump_traceback_later()

    def recompute(self) -> tuple[int, int]:
        """Recompute all cells from the archive; return of how many hits, and up to which batch.

        Raises:
            HitstreamError: see `engine.spark.recompute.rebuild`.
        """
        from hitstream.engine.spark.checks import check_spark
        from hitstream.engine.spark.recompute import rebuild
        from hitstream.engine.spark.session import open_session

        check_spark(self.stream.spark)
        with self._opened() as (store, archive):
            session = open_session(self.stream.spark, "hitstream batch")
            try:
                return rebuild(session, store, archive, self.stream.retention)
            finally:
                session.stop()

    def replay_bad(self, since: int, reason: str | None, compression: str) -> int:
        """Send bad lines to the topic again; return how many.

        Args:
            since: those that were read from then on, s since 1970.
            reason: those that failed for it; None for all.
            compression: as of `Sender`.

        Raises:
            HitstreamError: a server is away, or the format cannot be compiled.
        """
        from hitstream.extract.replay_bad import bad_records, send_again
        from hitstream.extract.sender import Sender
        from hitstream.parse import compile_format
        from hitstream.store.bad_archive import bad_archive

        given = self.stream.log_format
        log_format = compile_format(given).written if given else None
        with self._opened() as (store, _):
            paths = {row.source: row.path for row in store.ledger.formats()}
            archive = bad_archive(self.stream.bad_lines, store.application)
        sender = Sender(self.stream.kafka, self.stream.topic, compression)
        return send_again(sender, bad_records(archive, since, reason, paths, log_format))

    def _opened(self) -> "AbstractContextManager[tuple[ClusterStore, DeltaArchive]]":
        return self.stores.opened(self.stream.retention.days())


def audit_cluster(stores: Stores, kafka: str, topic: str) -> "AuditResult":
    """Count again what the cluster has, and what of the topic's records it must have.

    Raises:
        HitstreamError: see `engine.audit.audit_cluster`.
    """
    from hitstream.engine.audit import audit_cluster

    with stores.opened() as (store, archive):
        return audit_cluster(store, archive, kafka, topic)
