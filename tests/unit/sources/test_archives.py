"""Archives, encodings and line ends: what is inside is read as lines of one source, and read on where it stopped."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from hitstream.errors import DataError
from hitstream.sources.decompress import Limits
from hitstream.sources.tail import Tail

ONE, TWO = (b"".join(b"%s line %d\n" % (name, number) for number in range(300)) for name in (b"one", b"two"))


def tar(members):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        folder = tarfile.TarInfo("logs")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def zipped(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


MEMBERS = {"logs/access.log.1": ONE, "logs/access.log": TWO.removesuffix(b"\n"), "logs/error.log": b"no\n"}
PACKED = {
    "tar": tar(MEMBERS),
    "tar.gz": gzip.compress(tar(MEMBERS)),
    "tar.xz": lzma.compress(tar(MEMBERS)),
    "zip": zipped(MEMBERS),
    "tar of gzip": tar({"a.log.gz": gzip.compress(ONE), "b.log.bz2": bz2.compress(TWO)}),
    "zip of gzip": zipped({"a.log.gz": gzip.compress(ONE), "b.log": TWO}),
    "xz": lzma.compress(ONE + TWO),
    "UTF-16": (ONE + TWO).decode().encode("utf-16"),
    "UTF-16, the larger half first": b"\xfe\xff" + (ONE + TWO).decode().encode("utf-16-be"),
}


def read(path, states=(), **options):
    chunks, found = [], {state.identity: state for state in states}
    for chunk, state in Tail([path], states=states, torn="take", **options).read():
        if chunk:
            chunks.append((chunk.offset, bytes(chunk.data)))
        if state:
            found[state.identity] = state
    return chunks, list(found.values())


@pytest.mark.parametrize("kind", PACKED)
def test_what_is_packed_is_read_as_one_source_once(tmp_path, kind):
    path = tmp_path / "access.log"
    path.write_bytes(PACKED[kind])
    chunks, states = read(path)
    assert b"".join(data for _, data in chunks) == ONE + TWO
    assert len(states) == 1
    assert read(path, states) == ([], states)


@pytest.mark.parametrize("kind", PACKED)
def test_reading_goes_on_where_it_stopped(tmp_path, kind):
    path = tmp_path / "access.log"
    path.write_bytes(PACKED[kind])
    pieces = Tail([path], torn="take", max_bytes=2000, line_cap=1000).read()
    first = next(pieces)
    pieces.close()
    rest, _ = read(path, [first.state])
    assert bytes(first.chunk.data) + b"".join(data for _, data in rest) == ONE + TWO
    assert rest[0][0] == len(first.chunk.data)


def test_an_archive_that_is_cut_off_says_so_after_its_whole_lines(tmp_path):
    path = tmp_path / "access.tar"
    path.write_bytes(tar({"access.log": ONE * 10})[:20_000])
    pieces, got = Tail([path], torn="take").read(), b""
    with pytest.raises(DataError, match=r"access\.tar: the archive is damaged"):
        for chunk, _ in pieces:
            got += bytes(chunk.data) if chunk else b""
    assert got
    assert (ONE * 10).startswith(got)
    assert got.endswith(b"\n")


def test_a_zip_archive_may_not_unpack_without_bounds(tmp_path):
    path = tmp_path / "access.zip"
    path.write_bytes(zipped({"access.log": b"line\n" * 100_000}))
    with pytest.raises(DataError, match="decompression bomb"):
        read(path, limits=Limits(ratio=10, ratio_after=1000))


def test_an_encrypted_member_is_told(tmp_path):
    path = tmp_path / "access.zip"
    data = bytearray(zipped({"access.log": ONE}))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + at] |= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="encrypted"):
        read(path)


@pytest.mark.parametrize(
    ("start", "kind"), [(b"\xff\xfe\0\0a\0\0\0", "UTF-32"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"PAR1", "Parquet")]
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path, start, kind):
    path = tmp_path / "access.log"
    path.write_bytes(start + bytes(100))
    with pytest.raises(DataError, match=kind):
        read(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines_may_end_with_carriage_returns_alone(tmp_path, pack):
    path = tmp_path / "access.log"
    path.write_bytes(pack(ONE.replace(b"\n", b"\r")))
    chunks, states = read(path)
    assert b"".join(data for _, data in chunks) == ONE
    path.write_bytes(pack((ONE + TWO).replace(b"\n", b"\r")))
    assert read(path, states)[0] == [(len(ONE), TWO)]


def test_carriage_returns_among_newlines_stay(tmp_path):
    path = tmp_path / "access.log"
    data = b"a\rb\r\nc\rd\r\n"
    path.write_bytes(data)
    assert read(path)[0] == [(0, data)]


def test_a_hole_larger_than_a_chunk_is_no_part_of_the_line_after_it(tmp_path):
    path = tmp_path / "access.log"
    path.write_bytes(b"one\n" + bytes(10_000) + b"two\nthree\n")
    chunks, _ = read(path, max_bytes=1000, line_cap=500)
    assert b"".join(data for _, data in chunks).replace(b"\0", b"") == b"one\ntwo\nthree\n"
    offset, data = chunks[-1]
    assert offset + data.index(b"two") == 10_004


PARTS = [b"2025-10-10T13:55:36.123456789Z stdout P a\n", b'{"log":"a \\"b\\" ","stream":"stdout"}\n']


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("max_bytes", range(200, 260, 7))
def test_no_chunk_ends_between_the_parts_of_a_line(tmp_path, part, max_bytes):
    path = tmp_path / "access.log"
    whole = part.replace(b" P ", b" F ").replace(b' ","', b' \\n","')
    data = (part + part + whole + whole) * 30
    path.write_bytes(data)
    chunks, _ = read(path, max_bytes=max_bytes, line_cap=150)
    assert b"".join(data for _, data in chunks) == data
    assert all(data.endswith(whole) for _, data in chunks)
