"""What Cassandra and HDFS hold answers every question as a data directory of the same log does."""

import uuid
from itertools import pairwise

import pytest

from hitstream.engine.embedded import ingest
from hitstream.engine.settings import IngestSettings
from hitstream.engine.upkeep import seal_crowds
from hitstream.query import open_query, parse_filter
from hitstream.query.cluster import query_cluster
from hitstream.record import Chunk
from hitstream.sources.generate import Traffic
from hitstream.sources.identity import identity_of
from hitstream.sources.open import open_source
from hitstream.store.cassandra.connection import CassandraConfig
from hitstream.store.cassandra.schema import apply
from hitstream.store.cassandra.store import open_cassandra
from hitstream.store.delta import DeltaArchive
from hitstream.store.folder import folder
from hitstream.store.ledger import SourceFormat
from hitstream.testing.cluster import EVER, commit, digested, recompute_views
from hitstream.views import VIEWS

pytestmark = [pytest.mark.servers, pytest.mark.slow]

BATCHES = 7
KINDS = ("speed", "sealed", "batch", "batch and speed")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "access.log"
    path.write_bytes(b"".join(Traffic(seed=9, lines=30_000, days=4, malformed=0.02, format="combined").blocks()))
    return path


@pytest.fixture(scope="module")
def embedded(log):
    data = log.with_name("data")
    settings = IngestSettings(retention=EVER)
    ingest(
        data, lambda states, size: open_source([log], states=states, max_bytes=size), settings, log_format="combined"
    )
    return data


@pytest.fixture(scope="module")
def addresses(stack, log):
    """A keyspace and an archive that hold the log."""
    stack.up(["cassandra", "datanode"])
    address = CassandraConfig(stack.address("cassandra", "cql"), f"k{uuid.uuid4().hex}")
    hdfs = f"hdfs://{stack.address('namenode', 'rpc')}/{uuid.uuid4().hex}"
    apply(address, replication=1)
    with open_cassandra(address, {}) as store:
        archive = DeltaArchive(folder(f"{hdfs}/archive"), store.application)
        for number, chunk in enumerate(chunks(log), 1):
            formats = [SourceFormat(chunk.source, str(log), "combined")]
            commit(store, archive, number, digested(archive, chunk, "combined"), formats)
        return address, hdfs


@pytest.fixture(scope="module")
def brought():
    """The kinds that the cluster was brought to."""
    return set()


def chunks(log):
    lines = log.read_bytes().splitlines(keepends=True)
    source, offset = identity_of(lines[0]), 0
    edges = [len(lines) * part // BATCHES for part in range(BATCHES + 1)]
    for first, stop in pairwise(edges):
        data = b"".join(lines[first:stop])
        yield Chunk(source, offset, data)
        offset += len(data)


@pytest.fixture(params=KINDS)
def cluster(request, addresses, brought):
    """The cluster, as it is at first, once its buckets are sealed, and with a generation that covers all or a part.

    Each kind goes on with what the ones before have left, in whatever order they come.
    """
    address, hdfs = addresses
    with open_cassandra(address, {}, reader_seconds=0) as store:
        archive = DeltaArchive(folder(f"{hdfs}/archive"), store.application)
        bring_to(request.param, store, archive, brought)
        with query_cluster(store, archive) as query:
            yield query


def bring_to(kind, store, archive, brought):
    if kind == "sealed" and not brought & {"sealed", "batch", "batch and speed"}:
        assert seal_crowds(store.cells, 1 << 40) > 0
        assert store.cells.sweep() > 0
    if kind.startswith("batch"):
        recompute_views(store, archive)
        assert store.cells.sweep() > 0
    brought.add(kind)


@pytest.fixture
def both(cluster, embedded):
    with open_query(embedded) as expected:
        yield cluster, expected


def questions(first, last):
    day, hour = 86400, 3600
    midnight = first // day * day + day
    where = [parse_filter("status!=404"), parse_filter("host~.edu")]
    for start, end in ((None, None), (midnight, midnight + 2 * day), (midnight + 5 * hour, midnight + 30 * hour + 77)):
        yield lambda query, at=(start, end): query.totals(*at)
        yield lambda query, at=(start, end): query.totals(*at, where)
        yield lambda query, at=(start, end): query.visitors("traffic", *at)
        yield lambda query, at=(start, end): query.heat_map(*at)
        for view in VIEWS:
            yield lambda query, at=(start, end), name=view.name: query.top(name, *at, k=7)
        for grain in ("minute", "hour", "day"):
            yield lambda query, at=(start, end), grain=grain: query.series("status", *at, grain=grain, key="200")
        for by in ("bytes", "errors", "visitors"):
            yield lambda query, at=(start, end), by=by: query.top("host", *at, by=by)
            yield lambda query, at=(start, end), by=by: query.top("target", *at, by=by, where=where)
    for order in ("newest", "oldest"):
        yield lambda query, order=order: query.hits(limit=50, order=order).to_pylist()
    yield lambda query: query.sql("SELECT key, sum(hits) AS n FROM host GROUP BY key ORDER BY n DESC, key").to_pylist()
    yield lambda query: query.span()
    yield lambda query: query.counts()
    yield lambda query: query.bad_lines()
    yield lambda query: query.bad_lines(3)
    yield lambda query: query.bad_reasons()


def test_every_question_has_the_answer_of_the_embedded_tier(both):
    cluster, expected = both
    for ask in questions(*expected.span()):
        assert ask(cluster) == ask(expected)


def test_the_health_is_told(both):
    cluster, expected = both
    health = cluster.health(1e9)
    assert health.facts.counts == expected.counts()
    assert health.facts.cut.published == BATCHES
    assert health.facts.database_bytes >= 0
