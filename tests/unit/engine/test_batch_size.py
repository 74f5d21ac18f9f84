"""Batches take as many records as make about as many bytes."""

from hypothesis import given
from hypothesis import strategies as st

from hitstream.engine.spark.settings import BatchSize
from hitstream.sources.records import RECORD_BYTES


def test_a_full_batch_of_small_records_makes_the_next_ones_larger():
    size = BatchSize(1024)
    size.suit(1024, 1024 * 100)
    assert size.records == 1024 * RECORD_BYTES // 100


def test_a_batch_that_is_not_full_says_nothing():
    size = BatchSize(1024)
    size.suit(500, 500 * 100)
    assert size.records == 1024


def test_large_records_after_small_ones_make_it_small_again():
    size = BatchSize(1024)
    size.suit(1024, 1024 * 100)
    size.suit(10, 10 * RECORD_BYTES)
    assert size.records == 1024


@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 1 << 40)), max_size=20))
def test_it_stays_between_the_setting_and_a_million(batches):
    size = BatchSize(1024)
    for records, octets in batches:
        size.suit(records, octets)
        assert 1024 <= size.records <= 1 << 20
