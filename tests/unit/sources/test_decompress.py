import bz2
import gzip
import io
import lzma

import pytest
import zstandard

from hitstream.errors import DataError
from hitstream.sources.codecs import MAGIC_BYTES, detect
from hitstream.sources.decompress import Decompressed, Limits

LINES = b"".join(b"line %d\n" % number for number in range(50_000))
COMPRESS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}


@pytest.fixture(params=COMPRESS)
def name(request):
    return request.param


@pytest.fixture
def compress(name):
    return COMPRESS[name]


def unpack(data, limits=None, step=1 << 16):
    """Return what comes before the end or an error, and the error."""
    codec = detect("access.log", data[:MAGIC_BYTES])
    stream = Decompressed(io.BytesIO(data), "access.log", codec, limits or Limits())
    view, got = memoryview(bytearray(step)), b""
    try:
        while count := stream.readinto(view):
            got += view[:count]
    except DataError as error:
        return got, error
    return got, None


def test_the_codec_is_told_by_the_first_bytes(compress, name):
    assert detect("x", compress(b"")[:MAGIC_BYTES]).name == name
    assert detect("x", compress(LINES)[:MAGIC_BYTES]).name == name


@pytest.mark.parametrize(
    "start", [b"", b"1", b'host - - [01/Jul/1995:00:00:01 -0400] "GET', b"\x1f\x8b", b"BZh9abcdef"]
)
def test_other_bytes_are_plain(start):
    assert detect("x", start) is None


@pytest.mark.parametrize("start", [b"PK\x03\x04rest", b"SQLite format 3\x00"])
def test_what_is_certainly_no_log_is_refused_by_name(start):
    with pytest.raises(DataError, match=r"access\.log is an? .* not a log.*(Unpack|leave)"):
        detect("access.log", start)


@pytest.mark.parametrize("step", [97, 1 << 20])
def test_members_are_read_as_one_stream(compress, step):
    members = compress(LINES[:1000]) + compress(b"") + compress(LINES[1000:])
    assert unpack(members, step=step) == (LINES, None)


def test_many_small_members_are_read_as_one_stream(compress):
    lines = LINES.splitlines(keepends=True)[:300]
    assert unpack(b"".join(compress(line) for line in lines)) == (b"".join(lines), None)


def test_a_zstd_file_may_start_with_a_skippable_frame():
    frame = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    assert unpack(frame + COMPRESS["zstd"](LINES)) == (LINES, None)


def test_zero_bytes_after_the_end_are_padding(compress):
    assert unpack(compress(LINES) + bytes(100_000)) == (LINES, None)


@pytest.mark.parametrize("junk", [b"j", b"junk" * 50_000, bytes(70_000) + b"junk"])
def test_other_bytes_after_the_end_are_an_error_after_all_lines(compress, junk):
    got, error = unpack(compress(LINES) + junk)
    assert got == LINES
    assert "followed by other bytes" in str(error)


@pytest.mark.parametrize("lost", [1, 5, 5000])
def test_a_cut_off_file_gives_what_is_there_and_says_where_it_ends(compress, name, lost):
    data = compress(LINES)[:-lost]
    got, error = unpack(data)
    assert LINES.startswith(got)
    assert f"access.log:{len(got)} (compressed byte {len(data)}): the {name} data is cut off" in str(error)
    assert error.hint


def test_a_damaged_file_is_an_error(compress):
    data = bytearray(compress(LINES))
    data[len(data) // 2] ^= 0xFF
    _, error = unpack(bytes(data))
    assert error is not None
    assert "damaged" in error.message


def test_a_bomb_is_stopped_by_its_ratio(compress):
    limits = Limits(ratio=100, ratio_after=1 << 20)
    got, error = unpack(compress(bytes(40 << 20)), limits)
    assert len(got) <= 33 << 20
    assert "more than 100 bytes a byte" in str(error)


def test_a_file_is_stopped_by_the_total(compress):
    _, error = unpack(compress(LINES), Limits(total=100_000))
    assert "more than 100000 bytes" in str(error)


def test_a_log_of_ordinary_repetition_is_no_bomb(compress):
    line = b'host - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 7074\n'
    lines = b"".join(b"%d %s" % (number, line) for number in range(60_000))
    assert unpack(compress(lines), Limits(ratio_after=1 << 20)) == (lines, None)
