import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitstream.errors import DataError
from hitstream.sources.lines import LineCutter

MAX_BYTES, LINE_CAP = 40, 12


def cutter(parts, position=0, final=True):
    """Cut a stream that comes in parts: bytes, None for a pause, an error."""
    parts = list(parts)

    def readinto(view):
        if not parts:
            return 0
        part = parts.pop(0)
        if part is None:
            return None
        if isinstance(part, DataError):
            raise part
        count = min(len(view), len(part))
        view[:count] = part[:count]
        if part[count:]:
            parts.insert(0, part[count:])
        return count

    return LineCutter(readinto, position=position, max_bytes=MAX_BYTES, line_cap=LINE_CAP, final=final)


parts = st.lists(st.none() | st.binary(min_size=1, max_size=90) | st.sampled_from([b"\n", b"ab\n" * 30, b"x" * 100]))


@given(parts=parts, final=st.booleans())
def test_any_stream_is_cut_into_whole_lines_at_true_offsets(parts, final):
    content = b"".join(part or b"" for part in parts)
    position, tail = 0, b""
    for cut in cutter(parts, final=final):
        if cut is None:
            continue
        data = bytes(cut.data)
        assert cut.offset == position
        assert len(data) <= MAX_BYTES
        real = content[position : cut.end]
        if data != real:
            assert len(real) >= MAX_BYTES
            assert real.count(b"\n") <= 1
            assert data == real[: LINE_CAP + 1] + b"\n"
        assert real.endswith(b"\n") or (final and cut.end == len(content))
        position, tail = cut.end, cut.tail
        assert tail == content[:position][-1024:]
    assert position == (len(content) if final else content.rfind(b"\n") + 1)


def test_a_pause_hands_over_what_is_there_then_says_so():
    cuts = [cut and (cut.offset, bytes(cut.data)) for cut in cutter([b"one\ntw", None, None, b"o\nthree"], 100)]
    assert cuts == [(100, b"one\n"), None, None, (104, b"two\nthree")]


def test_an_error_is_raised_after_the_whole_lines_before_it_even_if_the_end_is_final():
    cuts = []
    with pytest.raises(DataError, match="broken"):
        cuts.extend(bytes(cut.data) for cut in cutter([b"one\ntw", DataError("broken")]))
    assert cuts == [b"one\n"]


def test_a_long_line_that_is_torn_waits_as_others_do():
    assert list(cutter([b"x" * 500], final=False)) == []
