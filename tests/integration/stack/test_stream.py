"""The stream on real servers makes of the same lines what the embedded tier makes of them, whatever happens."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from confluent_kafka.admin import AdminClient
from kafka_topic import end_of, messages, partitions
from laboratory import Embedded, Laboratory, junk, shuffled

from hitstream.clock import SystemClock
from hitstream.engine.spark.commit import STEPS
from hitstream.engine.spark.keep import tidy
from hitstream.errors import ConfigError, Fatal
from hitstream.parse.program import ONLY
from hitstream.record import Chunk
from hitstream.sources.generate import Traffic
from hitstream.sources.records import Record, bad_lines_of, cut
from hitstream.store.bad_archive import bad_archive
from hitstream.store.contract import FIRST_GENERATION
from hitstream.testing.crash import CrashAt, Crashed
from waiting import PATIENCE_SECONDS

COVERAGES = (1, 2, 3, 5, 1 << 30)
"""Batches after which views are recomputed; the last is more than there are."""

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture
def lab(session, stack):
    return Laboratory(stack)


def traffic(seed, days=2.0, rate=0.01):
    made = Traffic(seed=seed, start=datetime(2026, 10, 30, tzinfo=UTC), days=days, rate=rate, format="combined")
    return b"".join(made.blocks())


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    logs = {"a.log": junk(traffic(1), 1), "b.log": junk(traffic(2), 2), "late.log": traffic(3, days=0.1, rate=0.02)}
    return Embedded(tmp_path_factory.mktemp("embedded"), logs)


def test_shuffled_late_and_bad_lines_give_what_the_embedded_tier_gives(session, lab, embedded):
    lab.send(shuffled(embedded.records(), 1))
    lab.run_to_end(session, embedded.contents.counts.lines)
    found = lab.contents()
    assert found.counts.bad > 100
    assert found == embedded.contents


def test_what_is_sent_twice_counts_once_wherever_it_is_cut(session, lab, embedded):
    lab.send([*shuffled(embedded.records(), 2), *embedded.records(23100)[:7]])
    first = lab.run_to_end(session, embedded.contents.counts.lines)
    again = [*embedded.records(23100), *embedded.records(9000)[:5]]
    lab.send(again)
    last = lab.run(session, lambda made: made.published >= first.published + len(again) // 16 + 1)
    assert last.published > first.published
    assert lab.contents() == embedded.contents
    bad = lab.bad_lines()
    assert len(set(bad)) == len(bad) == embedded.contents.counts.bad


def test_a_batch_cut_short_anywhere_is_done_again_and_counts_once(session, lab, embedded):
    lab.send(shuffled(embedded.records(), 3))
    lab.run(session, lambda made: made.published >= 1)
    for step in STEPS:
        with pytest.raises(Crashed):
            lab.run_to_end(session, embedded.contents.counts.lines, CrashAt(step, 1))
    lab.run_to_end(session, embedded.contents.counts.lines)
    assert lab.contents() == embedded.contents
    bad = lab.bad_lines()
    assert len(set(bad)) == len(bad) == embedded.contents.counts.bad


@pytest.mark.repeated(len(COVERAGES))
def test_batch_and_speed_give_the_same_at_every_coverage(session, lab, embedded, seed):
    coverage = COVERAGES[seed]
    lab.send(shuffled(embedded.records(), 4))
    lines = embedded.contents.counts.lines
    lab.run(session, lambda made: made.published >= coverage or made.store.ledger.counts().lines >= lines)
    hits, covered = lab.rebuild(session)
    assert covered >= min(coverage, 4) and hits > 0
    with lab.opened() as (store, _):
        assert store.cells.cut() == (covered, FIRST_GENERATION + 1, covered)
    lab.run_to_end(session, lines)
    assert lab.contents() == embedded.contents


def test_cells_of_another_table_of_views_are_recomputed_first(session, lab, embedded):
    lab.send(embedded.records(logs=["a.log"]))
    lab.run(session, lambda made: made.published >= 1)
    with lab.opened() as (store, _):
        store.set_meta("views", "other")
    with pytest.raises(ConfigError, match=r"another table of views.*hitstream cluster batch"):
        lab.run(session, bool)
    lab.rebuild(session)
    lab.send(embedded.records())
    lab.run_to_end(session, embedded.contents.counts.lines)
    assert lab.contents() == embedded.contents


def test_upkeep_beside_the_stream_changes_nothing_that_counts(session, lab, embedded):
    lab.send(shuffled(embedded.records(), 5))
    lines = embedded.contents.counts.lines
    for batch in (2, 4):
        lab.run(session, lambda made, batch=batch: made.published >= batch or made.store.ledger.counts().lines >= lines)
        with lab.opened() as (store, archive):
            archives = archive, bad_archive(lab.settings.bad_lines, store.application)
            sealed, *_ = tidy(store, archives, lab.settings.retention, SystemClock())
    assert sealed
    lab.run_to_end(session, lines)
    assert lab.contents() == embedded.contents


def test_all_bad_lines_are_on_hdfs_with_reason_and_bytes(session, lab, embedded):
    lab.send(shuffled(embedded.records(), 6))
    lab.run_to_end(session, embedded.contents.counts.lines)
    found, kept = lab.bad_lines(), lab.contents()
    assert len(found) == kept.counts.bad
    assert {(line.source, line.offset, line.reason, line.data) for line in kept.bad_lines} <= set(found)


def test_bad_lines_are_in_a_topic_with_reason_and_position(session, lab, embedded):
    lab.send(embedded.records(logs=["a.log"]))
    lab.run(session, lambda made: made.store.ledger.counts().bad > 0)
    sent = {
        (headers["source"], int(headers["offset"])): (headers["reason"], value) for value, headers in bad_lines(lab)
    }
    kept = lab.contents().bad_lines
    assert kept
    assert all(sent[line.source.encode(), line.offset] == (line.reason.encode(), line.data) for line in kept)


def test_a_topic_that_is_not_there_is_named(lab):
    lab.settings = replace(lab.settings, topic="nothing")
    with pytest.raises(ConfigError, match=r"no topic nothing\..*topics apply"):
        lab.run(None, bool)


def test_a_checkpoint_of_another_topic_is_refused_and_a_new_one_reads_only_what_is_new(session, lab, embedded):
    lab.send(embedded.records(logs=["a.log"]))
    lines = lab.run(session, lambda made: made.published >= 2).store
    assert lines
    before = lab.settings
    other = Laboratory(lab.stack)
    other.send(embedded.records())
    lab.settings = replace(before, topic=other.settings.topic)
    with pytest.raises(ConfigError, match=r"is of the topic .* --new-checkpoint"):
        lab.run(session, bool)
    lab.run_to_end(session, embedded.contents.counts.lines, new_checkpoint=True)
    assert lab.contents() == embedded.contents


def test_records_that_kafka_deleted_unread_stop_the_stream(session, lab, embedded):
    lab.send(embedded.records())
    lab.run(session, lambda made: made.published >= 1)
    delete_all(lab)
    with pytest.raises(Fatal, match=r"deleted records that were not read.*retention.*--new-checkpoint"):
        lab.run(session, bool)


def bad_lines(lab):
    """Return value and headers of all records of the topic of bad lines."""
    with partitions(lab.settings.kafka, bad_lines_of(lab.settings.topic)) as (consumer, places):
        for place in places:
            for message in messages(consumer, place):
                yield message.value(), dict(message.headers())


def delete_all(lab):
    """Delete all records, as retention would."""
    with partitions(lab.settings.kafka, lab.settings.topic) as (consumer, places):
        for place in places:
            place.offset = end_of(consumer, place)
    admin = AdminClient({"bootstrap.servers": lab.settings.kafka})
    for done in admin.delete_records(places).values():
        done.result(PATIENCE_SECONDS)


def test_a_log_whose_format_changes_is_read_as_the_embedded_tier_reads_it(session, lab, tmp_path):
    """Records say the format of the first lines; the others are read from the batch on in which they come."""
    first, then = traffic(4, days=0.5), traffic(5, days=0.5)
    behind = b"".join(b"www.example.org:80 " + line for line in then.splitlines(keepends=True))
    changed = Embedded(tmp_path, {"a.log": first + behind + then, "b.log": junk(traffic(6, days=0.5), 3)})
    told = [record._replace(format=record.format.partition("\n")[0]) for record in changed.records(4000)]
    lab.send(shuffled(told, 4))
    with pytest.raises(Crashed):
        lab.run_to_end(session, changed.contents.counts.lines, CrashAt("ledger-written", 2))
    lab.run_to_end(session, changed.contents.counts.lines)
    assert lab.contents() == changed.contents
    with lab.opened() as (store, _):
        assert any("\n" in row.format for row in store.ledger.formats())


def test_records_of_a_given_format_are_read_with_no_other(session, lab, tmp_path):
    first = traffic(4, days=0.2)
    given = Embedded(tmp_path, {"a.log": first})
    (row, _), lines = given.sources["a.log"], first.count(b"\n")
    behind = b"".join(b"www.example.org:80 " + line for line in first.splitlines(keepends=True))
    lab.send(Record(chunk, row.path, ONLY + row.format) for chunk in cut(Chunk(row.source, 0, first + behind)))
    lab.run_to_end(session, 2 * lines)
    assert lab.contents().counts[:3] == (2 * lines, lines, lines)
