from hypothesis import given
from hypothesis import strategies as st

from hitstream.engine.known_formats import KnownFormats, shapes_of
from hitstream.sources.discover import is_sibling
from hitstream.store.ledger import SourceFormat

NAMES = st.sampled_from(
    [
        "/l/access.log",
        "/l/access.log.1",
        "/l/access.log.2.gz",
        "/l/access-20240131.log",
        "/l/other.log",
        "/m/access.log",
    ]
)
ROWS = st.lists(st.builds(SourceFormat, st.sampled_from("abcdef"), NAMES, st.sampled_from(["one", "two", "three"])))


@given(rows=ROWS, path=NAMES)
def test_the_formats_near_a_log_are_those_of_its_rotations_and_of_what_it_rotates(rows, path):
    latest = {row.source: row for row in rows}
    near = {row.format for row in latest.values() if is_sibling(row.path, path) or is_sibling(path, row.path)}
    known = KnownFormats(rows)
    assert set(known.near(path)) == near
    assert len(known) == len(latest)


def test_formats_are_told_once_each_the_latest_first():
    known = KnownFormats([SourceFormat(name, f"/{name}", text) for name, text in ("ax", "by", "cx")])
    assert known.texts() == ["x", "y"]


def test_lines_of_one_format_have_one_shape():
    lines = b'192.0.2.1 - - [t +0] "GET / HTTP/1.1" 200 5\n2001:db8::1 - kim [t +0] "-" 404 -\n'
    vhost = b'www.example.com 192.0.2.1 - - [t +0] "GET / HTTP/1.1" 200 5\n'
    assert len(shapes_of(lines.replace(b"2001:db8::1", b"192.0.2.2"))) == 1
    assert not shapes_of(vhost) & shapes_of(lines)
