"""What was sent twice is told by its position."""

from hypothesis import given
from hypothesis import strategies as st

from hitstream.engine.spark.positions import ByteRanges, Placed
from hitstream.store.ledger import ReadRange

PARTS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda at: (at[0], sum(at))), max_size=12)


def whole(parts):
    return {byte for start, stop in parts for byte in range(start, stop)}


def placed(partition, offset, source, start, stop):
    return Placed((partition, offset), ReadRange(source, start, stop, 1, 1, 0, stop - start))


@given(PARTS, PARTS)
def test_new_is_what_no_range_has(known, asked):
    positions = ByteRanges()
    for start, stop in known:
        positions.add("s", start, stop)
    for start, stop in asked:
        assert whole(positions.new("s", start, stop)) == whole([(start, stop)]) - whole(known)
    assert positions.new("other", 3, 5) == [(3, 5)]


@given(PARTS)
def test_ranges_that_touch_are_one(known):
    positions = ByteRanges()
    for start, stop in known:
        positions.add("s", start, stop)
    ends = positions._ends["s"]
    assert ends == sorted(set(ends)) and len(ends) % 2 == 0


@given(PARTS, PARTS)
def test_every_byte_of_a_batch_counts_once_however_it_was_cut(before, batch):
    positions = ByteRanges(ReadRange("s", start, stop, 1, 1, 0, stop - start) for start, stop in before)
    records = [placed(number % 2, number, "s", *part) for number, part in enumerate(batch)]
    kept = positions.repeated(records)
    counted = [part for record in records for part in kept.get(record.place, [record.range[1:3]])]
    assert len(whole(counted)) == sum(stop - start for start, stop in counted)
    assert whole(counted) == whole(batch) - whole(before)


def test_a_batch_without_repetitions_is_taken_as_it_is():
    positions = ByteRanges([ReadRange("s", 0, 10, 1, 1, 0, 10)])
    assert positions.repeated([placed(1, 5, "s", 20, 30), placed(0, 9, "s", 10, 20), placed(0, 8, "t", 0, 10)]) == {}


def test_the_first_one_in_the_topic_counts():
    twice = [placed(1, 0, "s", 0, 10), placed(0, 7, "s", 0, 10)]
    assert ByteRanges().repeated(twice) == {(1, 0): []}
    assert ByteRanges().repeated([placed(0, 0, "s", 0, 10), placed(0, 1, "s", 5, 15)]) == {(0, 1): [(10, 15)]}
