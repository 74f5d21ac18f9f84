"""The only wiring: puts sources, engine, stores, queries, reports and the page together for the commands."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hitstream.clock import SystemClock
from hitstream.errors import ConfigError, HitstreamError
from hitstream.settings import looked_up

if TYPE_CHECKING:
    import subprocess

    from hitstream.dashboard.access.credentials import CredentialsFile
    from hitstream.dashboard.address import Address
    from hitstream.engine.comparison import AuditResult
    from hitstream.engine.settings import Counters, IngestSettings
    from hitstream.engine.spark.settings import StreamSettings
    from hitstream.engine.spark.stream import Told
    from hitstream.extract.nifi.server import Flow
    from hitstream.extract.produce import Sent
    from hitstream.query import Query
    from hitstream.sources.contract import Source
    from hitstream.sources.decompress import Limits
    from hitstream.sources.generate import Traffic
    from hitstream.sources.identity import SourceState
    from hitstream.sources.tail import Progress
    from hitstream.store.cassandra.connection import Address as CassandraAddress
    from hitstream.store.cassandra.store import ClusterStore
    from hitstream.store.delta import DeltaArchive

CLUSTER = "cluster"
"""What is asked by this name is the cluster, and no directory."""
_POLL = 0.05
"""Seconds between two looks at whether another process is ready."""
DEMO_DAYS = 3.0
DEMO_RATE = 6.0
"""Lines a second, in the mean, of the traffic that the demo begins with."""


@dataclass
class Ingestion:
    """An ingest of the embedded tier, ready to run."""

    paths: Sequence[str]
    data: Path
    settings: "IngestSettings"
    limits: "Limits"
    log_format: str | None = None
    follow: bool = False
    torn: Literal["wait", "take"] = "wait"

    def run(
        self, stop: threading.Event, on_commit: "Callable[[Counters, Progress | None], None]" = lambda _c, _p: None
    ) -> "Counters":
        """Ingest until the source ends or `stop` is set; tell `on_commit` what is counted and how much is read.

        Raises:
            HitstreamError: see `engine.embedded.ingest`.
        """
        from hitstream.engine.embedded import ingest
        from hitstream.sources.open import open_source

        opened: list[Source] = []

        def open_paths(states: Any, max_bytes: int) -> "Source":
            options = {"states": states, "max_bytes": max_bytes, "limits": self.limits}
            opened.append(open_source(self.paths, follow=self.follow, torn=self.torn, **options))
            return opened[0]

        def committed(counters: "Counters") -> None:
            on_commit(counters, getattr(opened[0], "progress", None))

        return ingest(self.data, open_paths, self.settings, log_format=self.log_format, stop=stop, on_commit=committed)


def summary(
    paths: Sequence[str],
    log_format: str | None,
    limits: "Limits",
    on_chunk: Callable[[int], None] = lambda _bytes: None,
) -> "tuple[Query, dict[str, list[str]]]":
    """Read logs once, keeping nothing; return what answers questions about them, and the paths by format."""
    from hitstream.engine.oneshot import ONE_SHOT_VIEWS, summarise
    from hitstream.query import Query
    from hitstream.sources.open import open_source

    cells, formats = summarise(open_source(paths, torn="take", limits=limits), log_format, on_chunk=on_chunk)
    return Query(cells, views=ONE_SHOT_VIEWS), formats


def chosen(where: str | Path | None) -> str | Path:
    """Return what is to be asked: what was given, else what the setting `data` says."""
    return where if where is not None else looked_up("data")


@dataclass(frozen=True)
class Stores:
    """Where the cluster keeps what was read: the settings of these names."""

    hdfs: str
    cassandra: str
    keyspace: str
    consistency: str

    def __str__(self) -> str:
        return f"{self.cassandra}/{self.keyspace}"

    @classmethod
    def looked_up(cls) -> "Stores":
        """Return what the settings say where no command line does."""
        return cls(*(looked_up(row.name) for row in fields(cls)))

    @contextmanager
    def opened(self) -> "Iterator[tuple[ClusterStore, DeltaArchive]]":
        """Open them to read from them.

        Raises:
            HitstreamError: see `store.cassandra.store.open_cassandra`.
        """
        from hitstream.store.cassandra.connection import Address
        from hitstream.store.cassandra.store import open_cassandra
        from hitstream.store.delta import DeltaArchive
        from hitstream.store.directory import ARCHIVE
        from hitstream.store.folder import folder

        with open_cassandra(Address(self.cassandra, self.keyspace, self.consistency), {}) as store:
            yield store, DeltaArchive(folder(f"{self.hdfs.rstrip('/')}/{ARCHIVE}"), store.application)


@contextmanager
def asked(where: str | Path | Stores) -> "Iterator[Query]":
    """Open what is to be asked: a data directory, or the cluster, which is also found by the word "cluster".

    Raises:
        HitstreamError: it cannot be opened; see `query.directory.open_query` and `Stores.opened`.
    """
    from hitstream.query import open_query
    from hitstream.query.cluster import query_cluster

    stores = Stores.looked_up() if where == CLUSTER else where
    if isinstance(stores, Stores):
        with stores.opened() as (store, archive), query_cluster(store, archive) as query:
            yield query
    else:
        with open_query(stores) as query:
            yield query


@contextmanager
def temporary(ingestion: Ingestion) -> "Iterator[Query]":
    """Ingest logs into a directory that is gone afterwards: for questions that need the single hits."""
    import tempfile

    from hitstream.query import open_query

    with tempfile.TemporaryDirectory(prefix="hitstream-") as directory:
        ingestion.data = Path(directory) / "data"
        ingestion.run(threading.Event())
        with open_query(ingestion.data) as query:
            yield query


def audit_cluster(stores: Stores, kafka: str, topic: str) -> "AuditResult":
    """Count again what the cluster has, and what of the topic's records it must have.

    Raises:
        HitstreamError: see `engine.audit.audit_cluster`.
    """
    from hitstream.engine.audit import audit_cluster

    with stores.opened() as (store, archive):
        return audit_cluster(store, archive, kafka, topic)


@dataclass
class Serving:
    """Where the dashboard is served, and who may ask: the settings of these names."""

    host: str
    port: int
    allowed_hosts: str = ""
    behind_proxy: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    access_file: Path | None = None
    session_hours: float = 24.0
    password_file: Path | None = None

    def credentials(self, data: Path) -> "CredentialsFile":
        """Return where the password and tokens of a data directory are kept."""
        from hitstream.dashboard.access.credentials import FILE, CredentialsFile

        return CredentialsFile(self.access_file or data / FILE)

    def address(self) -> "Address":
        """Return where to listen, and by which names it may be asked for."""
        from hitstream.dashboard.address import Address

        asked = self.allowed_hosts, self.behind_proxy, self.tls_cert, self.tls_key
        return Address.of(self.host, self.port, *asked)


def serve(
    data: Path,
    serving: Serving,
    announce: Callable[[str], None],
    stop: threading.Event | None = None,
    cluster: Stores | None = None,
) -> None:
    """Show a data directory, or the cluster, until interrupted or `stop`; tell `announce` the page's address.

    Raises:
        ConfigError: the dashboard is not installed, what is shown cannot be read, or others than this machine could
            ask and no password is set.
        Retryable: the port is in use.
    """
    try:
        import dash  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"The dashboard is not installed: {error}.", "Install it: pip install 'hitstream[dashboard]'."
        ) from error
    from hitstream.dashboard.access.access import Access
    from hitstream.dashboard.app import Settings, build
    from hitstream.dashboard.serve import serve as serve_page

    where = cluster or data
    with asked(where):
        pass  # an error here is said at once, and not on the page
    clock, address = SystemClock(), serving.address()
    credentials = serving.credentials(data)
    if serving.password_file:
        credentials.take_password(serving.password_file)
    access = Access(credentials, clock, serving.session_hours)
    app = build(lambda: asked(where), clock, Settings(str(where), address, access))
    serve_page(app, address, is_guarded=access.is_asked_for, announce=announce, stop=stop)


def run(arguments: Sequence[str], data: Path, serving: Serving, announce: Callable[[str], None]) -> int:
    """Follow logs in a process of its own (`hitstream ingest` with these arguments) and show them in this one.

    Returns:
        The exit code of the ingest, which has said what was wrong; 0 if it was still running at the end.

    Raises:
        HitstreamError: see `serve`.
    """
    import subprocess

    command = [sys.executable, "-m", "hitstream", "ingest", "--follow", *arguments, "--data", str(data)]
    stop = threading.Event()
    ingest = subprocess.Popen(command, start_new_session=True)
    watcher = threading.Thread(target=_tell, args=(stop, ingest), daemon=True)
    try:
        if not _readable(data, ingest):
            return ingest.returncode
        watcher.start()
        serve(data, serving, announce, stop)
        return ingest.poll() or 0
    finally:
        ingest.terminate()
        ingest.wait()


def _tell(stop: threading.Event, process: "subprocess.Popen[bytes]") -> None:
    """Set `stop` when a process has ended."""
    process.wait()
    stop.set()


def _readable(data: Path, ingest: "subprocess.Popen[bytes]") -> bool:
    """Wait until the data directory can be read; return whether it can, which it cannot if the ingest ends before."""
    from hitstream.query import open_query

    while ingest.poll() is None:
        try:
            with open_query(data):
                return True
        except HitstreamError:
            SystemClock().sleep(_POLL)
    return False


@dataclass
class Sending:
    """Sends lines to a topic; the settings of these names."""

    kafka: str
    topic: str
    compression: str
    log_format: str | None = None

    def run(
        self,
        open_lines: "Callable[[list[SourceState], int], Source]",
        stop: threading.Event,
        on_sent: "Callable[[Sent, Progress | None], None]" = lambda _s, _p: None,
        *,
        keep: Path | None = None,
        patient: bool = False,
    ) -> "Sent":
        """Send a source's lines until it ends or `stop` is set.

        Args:
            open_lines: opens the source, given how far its files were sent before and the most bytes of a chunk.
            stop: ends it.
            on_sent: told what was acknowledged, and how much was read.
            keep: the directory of what was sent before; None where the source cannot be resumed.
            patient: whether to wait for a Kafka that is away as long as it takes.

        Raises:
            HitstreamError: see `extract.produce.produce`.
        """
        from hitstream.extract.positions import open_positions
        from hitstream.extract.produce import CHUNK_BYTES, produce
        from hitstream.extract.sender import Sender
        from hitstream.sources.tail import log_problem

        sender = Sender(self.kafka, self.topic, self.compression, patient=patient, stop=stop, on_problem=log_problem)
        with ExitStack() as opened:
            kept = open_positions(keep, sender.topic, SystemClock()) if keep else None
            positions = opened.enter_context(kept) if kept else None
            source = open_lines(positions.states() if positions else [], CHUNK_BYTES)

            def sent(counted: "Sent") -> None:
                on_sent(counted, getattr(source, "progress", None))

            return produce(source, sender, positions, log_format=self.log_format, stop=stop, on_sent=sent)


def deploy(
    flow: "Flow", directory: Path, brokers: str, topic: str, compression: str, log_format: str | None
) -> tuple[bool, str]:
    """Bring NiFi's flow to where it publishes a directory, in the given format or the one that its logs have.

    Returns:
        Whether there was no flow before, and the format that records say they have; empty where it is not known.

    Raises:
        HitstreamError: the format cannot be compiled; see `extract.nifi.server.Flow.deploy`.
    """
    from hitstream.extract.formats import format_of
    from hitstream.parse import compile_format

    text = (compile_format(log_format).text if log_format else format_of(directory)) or ""
    values = {"brokers": brokers, "topic": topic, "format": text, "compression": compression}
    return flow.deploy({"directory": str(directory.absolute()), **values}), text


def demo_traffic(seed: int) -> "Traffic":
    """Return the traffic of the last days up to now."""
    from datetime import timedelta

    from hitstream.sources.generate import Traffic

    start = datetime.now().astimezone() - timedelta(days=DEMO_DAYS)
    return Traffic(seed=seed, start=start, days=DEMO_DAYS, rate=DEMO_RATE, format="combined")


def write_demo(log: Path, seed: int, rate: float, stop: threading.Event) -> None:
    """Write generated traffic to a log: the last days at once, then new lines as time goes on."""
    from hitstream.sources.generate import Traffic

    with log.open("ab", buffering=0) as file:
        for block in demo_traffic(seed).blocks():
            file.write(block)
        live = Traffic(seed=seed + 1, start=datetime.now().astimezone(), format="combined")
        for block in live.live(SystemClock(), rate):
            if stop.is_set():
                return
            file.write(block)


CLUSTER_SETTINGS = (
    *("kafka", "topic", "spark", "hdfs", "cassandra", "keyspace", "consistency", "format", "batch_records"),
    *("bad_lines_kept", "keep_minutes_days", "keep_hours_days"),
)
"""The settings of the cluster tier's engine."""


def cluster() -> "Cluster":
    """Return the cluster tier's engine as the environment and the settings file have it.

    Raises:
        ConfigError: a setting cannot be read.
    """
    from hitstream.engine.spark.settings import StreamSettings
    from hitstream.engine.upkeep import Retention
    from hitstream.settings import looked_up
    from hitstream.store.cassandra.connection import Address

    named = {name: looked_up(name) for name in CLUSTER_SETTINGS}
    stream = StreamSettings(
        named["kafka"],
        named["topic"],
        named["spark"],
        named["hdfs"],
        named["format"],
        named["batch_records"],
        named["bad_lines_kept"],
        Retention(named["keep_minutes_days"], named["keep_hours_days"]),
    )
    address = Address(named["cassandra"], named["keyspace"], named["consistency"])
    return Cluster(stream, address, Path(looked_up("cluster_data")))


@dataclass
class Cluster:
    """The cluster tier's engine."""

    stream: "StreamSettings"
    address: "CassandraAddress"
    data: Path

    def run(self, stop: threading.Event, new_checkpoint: bool = False) -> None:
        """Make batches of the topic's records until stopped, telling in `data` how that goes.

        Raises:
            HitstreamError: what ended it.
        """
        from hitstream.engine.spark.commit import Committer
        from hitstream.engine.spark.progress import Reporter
        from hitstream.engine.spark.pulse import StreamPulse
        from hitstream.engine.spark.stream import stream
        from hitstream.store.contract import no_checkpoint

        clock = SystemClock()
        self.data.mkdir(parents=True, exist_ok=True)
        reporter = Reporter(self.data, clock, 0)
        try:
            with self._opened() as (store, archive):
                committer = Committer(store, archive, self.stream, clock, no_checkpoint)
                reporter.progress.batch = committer.published
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

        if stop.wait(EVERY_SECONDS):  # what is wrong at a start is said by the stream
            return
        with self._opened() as (store, archive):
            while not stop.wait(EVERY_SECONDS):
                tidy(store, archive, self.stream.retention, SystemClock())

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

    @contextmanager
    def _opened(self) -> "Iterator[tuple[ClusterStore, DeltaArchive]]":
        from hitstream.store.cassandra.store import open_cassandra
        from hitstream.store.delta import DeltaArchive
        from hitstream.store.folder import folder

        with open_cassandra(self.address, self.stream.retention.days()) as store:
            yield store, DeltaArchive(folder(self.stream.archive), store.application)
