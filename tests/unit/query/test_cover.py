from hypothesis import example, given
from hypothesis import strategies as st

from hitstream.query.cover import GRAINS, Cover
from hitstream.views import SECONDS

SPAN = 4 * 86400
seconds = st.one_of(st.integers(0, SPAN), st.integers(0, SPAN // 3600).map(lambda hour: hour * 3600))
grain_sets = st.sets(st.sampled_from(GRAINS), min_size=1).map(frozenset)


def counter(hits, floors):
    def count(grain, start, end):
        step = SECONDS[grain]
        return sum(max(start, floors.get(grain, start)) <= hit // step * step < end for hit in hits)

    return count


def covered(pieces, hits):
    return sorted(hit for piece in pieces for hit in hits if piece.start <= hit < piece.end)


@given(
    st.lists(seconds, max_size=40),
    st.tuples(seconds, seconds).map(sorted),
    grain_sets,
    st.fixed_dictionaries({"minute": seconds, "hour": seconds}),
)
@example([0, 3600], [0, 3600], frozenset(("day", "minute")), {"minute": 60, "hour": 0})
def test_pieces_have_every_hit_of_the_range_once_from_cells_that_are_kept(hits, asked, usable, floors):
    floors = {grain: floor // SECONDS[grain] * SECONDS[grain] for grain, floor in floors.items()}
    count = counter(hits, floors)
    pieces = Cover(usable, True, count).pieces(*asked)
    assert covered(pieces, hits) == sorted(hit for hit in hits if asked[0] <= hit < asked[1])
    for piece in pieces:
        grain, start, end, wider = piece
        assert not wider
        if grain is not None:
            assert grain in usable
            assert start % SECONDS[grain] == end % SECONDS[grain] == 0
            # A whole day is taken from its cells even where its hours have expired; finer cells only if all are there.
            if "day" in usable:
                assert count(grain, start, end) == len(covered([piece], hits))


@given(st.lists(seconds, max_size=40), st.tuples(seconds, seconds).map(sorted))
def test_without_single_hits_pieces_are_widened_to_buckets(hits, asked):
    pieces = Cover(frozenset(("hour", "day")), False, counter(hits, {})).pieces(*asked)
    assert all(piece.grain for piece in pieces)
    wide = [asked[0] // 3600 * 3600, -(-asked[1] // 3600) * 3600]
    assert set(covered(pieces, hits)) >= {hit for hit in hits if asked[0] <= hit < asked[1]}
    assert set(covered(pieces, hits)) <= {hit for hit in hits if wide[0] <= hit < wide[1]}


def test_whole_days_are_days_and_the_edges_hours_and_minutes():
    day, hour = 86400, 3600
    hits = [*range(0, SPAN, 60)]
    pieces = Cover(frozenset(GRAINS), True, counter(hits, {})).pieces(day - 2 * hour - 120, 3 * day + hour + 30)
    assert [tuple(piece) for piece in pieces] == [
        ("minute", day - 2 * hour - 120, day - 2 * hour, False),
        ("hour", day - 2 * hour, day, False),
        ("day", day, 3 * day, False),
        ("hour", 3 * day, 3 * day + hour, False),
        (None, 3 * day + hour, 3 * day + hour + 30, False),
    ]
