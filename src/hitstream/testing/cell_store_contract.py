"""What every `CellStore` must do: subclass `CellStoreContract` and give the fixture `store`."""

# ruff: noqa: D102 - the names of the tests say it

from hitstream.store.contract import FIRST_GENERATION, CellStore, StoreVersion, Total
from hitstream.views.cells import Block

HOUR = 3600
_ALL = (-(1 << 40), 1 << 40)


def block(bucket: int, hits: int, cells: bytes = b"", view: str = "traffic") -> Block:
    """Return a block of so many hits, each of ten bytes."""
    return Block(view, "hour", bucket, hits, 10 * hits, 0, cells or b"cells of %d" % hits)


class CellStoreContract:
    """Subclass it and give a pytest fixture `store`: a new, empty store."""

    def test_a_new_store_shows_nothing(self, store: CellStore) -> None:
        assert store.cut() == StoreVersion(published=0, generation=FIRST_GENERATION, coverage=0)
        assert store.payloads("traffic", "hour", *_ALL) == []
        assert store.totals("traffic", "hour", *_ALL) == []

    def test_blocks_count_from_the_moment_their_batch_is_published(self, store: CellStore) -> None:
        store.write(1, [block(0, 5)])
        assert store.payloads("traffic", "hour", *_ALL) == []
        store.publish(1)
        assert store.payloads("traffic", "hour", *_ALL) == [(0, b"cells of 5")]
        assert store.cut().published == 1

    def test_writing_a_block_again_changes_nothing(self, store: CellStore) -> None:
        store.write(1, [block(0, 5)])
        store.publish(1)
        store.write(1, [block(0, 5), block(HOUR, 2)])
        store.publish(1)
        assert store.totals("traffic", "hour", *_ALL) == [Total(0, 5, 50, 0), Total(HOUR, 2, 20, 0)]

    def test_the_blocks_of_a_bucket_add_up(self, store: CellStore) -> None:
        for batch, hits in ((1, 5), (2, 7)):
            store.write(batch, [block(HOUR, hits)])
            store.publish(batch)
        assert store.totals("traffic", "hour", *_ALL) == [Total(HOUR, 12, 120, 0)]
        assert sorted(store.payloads("traffic", "hour", *_ALL)) == [
            (HOUR, b"cells of 5"),
            (HOUR, b"cells of 7"),
        ]

    def test_a_range_holds_its_start_and_not_its_end(self, store: CellStore) -> None:
        store.write(1, [block(-HOUR, 1), block(0, 2), block(HOUR, 3), block(0, 9, view="status")])
        store.publish(1)
        assert store.totals("traffic", "hour", 0, HOUR) == [Total(0, 2, 20, 0)]
        assert [bucket for bucket, _ in store.payloads("traffic", "hour", -HOUR, HOUR)] == [-HOUR, 0]

    def test_a_sealed_block_takes_the_place_of_the_batches_it_covers(self, store: CellStore) -> None:
        for batch in (1, 2, 3):
            store.write(batch, [block(0, batch), block(HOUR, batch)])
            store.publish(batch)
        store.seal(FIRST_GENERATION, 2, [block(0, 3, b"sealed")])
        assert sorted(store.payloads("traffic", "hour", 0, HOUR)) == [(0, b"cells of 3"), (0, b"sealed")]
        assert store.totals("traffic", "hour", *_ALL) == [Total(0, 6, 60, 0), Total(HOUR, 6, 60, 0)]

    def test_the_newest_sealed_block_counts(self, store: CellStore) -> None:
        for batch in (1, 2):
            store.write(batch, [block(0, batch)])
            store.publish(batch)
            store.seal(FIRST_GENERATION, batch, [block(0, batch, b"sealed %d" % batch)])
        assert store.payloads("traffic", "hour", *_ALL) == [(0, b"sealed 2")]

    def test_a_late_batch_counts_beside_a_sealed_block(self, store: CellStore) -> None:
        store.write(1, [block(0, 1)])
        store.publish(1)
        store.seal(FIRST_GENERATION, 1, [block(0, 1, b"sealed")])
        store.write(2, [block(0, 4)])
        store.publish(2)
        assert store.totals("traffic", "hour", *_ALL) == [Total(0, 5, 50, 0)]

    def test_a_generation_counts_as_a_whole_or_not_at_all(self, store: CellStore) -> None:
        for batch in (1, 2):
            store.write(batch, [block(0, batch), block(HOUR, 1)])
            store.publish(batch)
        following = FIRST_GENERATION + 1
        store.seal(following, 1, [block(0, 100)])
        assert store.totals("traffic", "hour", *_ALL) == [Total(0, 3, 30, 0), Total(HOUR, 2, 20, 0)]
        store.advance(following, 1)
        assert store.cut() == StoreVersion(published=2, generation=following, coverage=1)
        expected = [Total(0, 102, 1020, 0), Total(HOUR, 1, 10, 0)]
        assert store.totals("traffic", "hour", *_ALL) == expected
        assert store.sweep() > 0
        assert store.totals("traffic", "hour", *_ALL) == expected
        assert store.sweep() == 0

    def test_buckets_with_many_blocks_are_named(self, store: CellStore) -> None:
        for batch in (1, 2, 3):
            store.write(batch, [block(0, 1, b"1234")] + [block(HOUR, 1, b"12")] * (batch == 1))
            store.publish(batch)
        (crowd,) = store.crowds(2)
        assert crowd == ("traffic", "hour", 0, 3, 0, 12)
        store.seal(FIRST_GENERATION, 3, [block(0, 3, b"12345")])
        assert store.crowds(2) == []

    def test_what_is_too_old_is_deleted_by_grain(self, store: CellStore) -> None:
        store.write(1, [block(0, 1), block(HOUR, 2), Block("traffic", "day", 0, 3, 30, 0, b"day")])
        store.publish(1)
        assert store.expire("hour", HOUR) == 1
        assert store.totals("traffic", "hour", *_ALL) == [Total(HOUR, 2, 20, 0)]
        assert store.totals("traffic", "day", *_ALL) == [Total(0, 3, 30, 0)]
