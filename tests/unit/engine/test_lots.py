from hitstream.arrow import to_arrow
from hitstream.engine.lots import LOT_BYTES, lots, parse_lot
from hitstream.parse import compile_format, parse
from hitstream.record import Chunk

PROGRAM = compile_format("common")
LINE = b'192.0.2.%d - - [10/Oct/2025:13:55:%02d +0000] "GET /%d HTTP/1.1" 200 5\n'


def rows(hits):
    return to_arrow(hits).to_pylist()


def chunk(source, count, offset=0, *, end=b"\n"):
    lines = b"".join(LINE % (number % 250, number % 60, number) for number in range(count))
    return Chunk(source, offset, (b"no hit\n" + lines).removesuffix(b"\n") + end)


def test_small_chunks_of_one_format_are_parsed_as_one_and_counted_apart():
    chunks = [chunk("a", 3), chunk("b", 2, 700), chunk("a", 1, 1000, end=b""), chunk("c", 0)]
    (lot,) = lots(chunks, lambda _: PROGRAM)
    together = parse_lot(lot, PROGRAM)
    alone = [parse(one, PROGRAM) for one in chunks]
    assert rows(together.hits) == [row for parsed in alone for row in rows(parsed.hits)]
    assert [(part.lines, part.hits) for part in together.parts] == [(p.lines, len(p.hits)) for p in alone]
    assert [list(part.bad) for part in together.parts] == [list(parsed.bad) for parsed in alone]


def test_large_chunks_and_those_of_other_formats_stay_alone():
    programs = {"a": PROGRAM, "b": compile_format("combined")}
    large = chunk("a", LOT_BYTES // 50)
    chunks = [chunk("a", 1), chunk("b", 1), chunk("a", 1), large, chunk("a", 1), chunk("a", 2)]
    found = list(lots(chunks, programs.__getitem__))
    assert [len(lot) for lot in found] == [1, 1, 1, 1, 2]
    assert [one for lot in found for one in lot] == chunks


def test_a_lot_is_bounded():
    chunks = [chunk("a", LOT_BYTES // 1000, offset) for offset in range(40)]
    found = list(lots(chunks, lambda _: PROGRAM))
    assert len(found) > 1
    assert all(sum(len(one.data) for one in lot) <= LOT_BYTES for lot in found)
