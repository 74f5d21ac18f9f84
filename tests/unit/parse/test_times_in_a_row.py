"""Times that differ little from the one before are read as surely as any other."""

from hypothesis import given
from hypothesis import strategies as st

from hitstream.parse import compile_format, parse
from hitstream.parse.reference import parse_reference
from hitstream.record import Chunk

SECONDS = st.sampled_from([b"00", b"01", b"59", b"60", b"6x", b" 1", b"1", b"001", b""])
ENDS = st.sampled_from(
    [b".5 -0400", b".55 Z", b" GMT", b" -0400", b" +0000", b" +00:00", b" Z", b"", b" -040", b" -04000"]
)
MINUTES = st.sampled_from([b"01/Jul/1995:00:00:", b"01/Jul/1995:00:01:", b"31/Feb/1995:00:00:"])


@given(st.lists(st.tuples(MINUTES, SECONDS, ENDS, st.sampled_from([b"]", b""])), max_size=30))
def test_times_of_one_minute_are_read_as_the_reference_reads_them(times):
    lines = [b'h - - [%s%s%s%s "GET / HTTP/1.0" 200 1\n' % parts for parts in times]
    chunk, program = Chunk("times", 0, b"".join(lines)), compile_format("common")
    ours, theirs = parse(chunk, program), parse_reference(chunk, program)
    assert ours.bad == theirs.bad
    assert ours.hits.time.tolist() == theirs.hits.time.tolist()
    assert ours.hits.zone.tolist() == theirs.hits.zone.tolist()


def test_a_bad_time_between_two_good_ones_leaves_no_trace():
    good, bad = b'h - - [01/Jul/1995:00:00:%02d -0400] "GET / HTTP/1.0" 200 1\n', b"h - - [01/Jul/1995:00:00:61 Z]\n"
    hits, refused, _ = parse(Chunk("times", 0, good % 1 + bad + good % 2), compile_format("common"))
    assert hits.time.tolist() == [804571201000000, 804571202000000]
    assert hits.zone.tolist() == [-240, -240]
    assert [line.reason for line in refused] == ["%t"]
