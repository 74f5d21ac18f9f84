"""Quotes in values of servers that do not escape them: they are part of the value, and end nothing."""

import pytest

from hitstream.parse import compile_format, parse
from hitstream.parse.reference import parse_reference
from hitstream.record import Chunk


@pytest.mark.parametrize(
    ("referrer", "agent"),
    [
        ('https://a.example/?a="xinba";b("c","d")', "Mozilla/5.0"),
        ("-", '"Mozilla/5.0 (X11)'),
        ("-", 'Safari/604.1"'),
        ("-", 'a "b" c'),
        ("https://a.example/", 'a \\" b, "c", "d"'),
        ("https://a.example/", "a\\"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("parser", [parse, parse_reference])
def test_quotes_that_s3_does_not_escape_are_part_of_a_value(parser, referrer: str, agent: str) -> None:
    line = (
        '79a5 bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - 3E57 REST.GET.OBJECT a "GET /a?"b" HTTP/1.1" 200 - 113 - '
        f'7 - "{referrer}" "{agent}" - s9lz SigV4 ECDHE AuthHeader host TLSv1.2\n'
    )
    parsed = parser(Chunk("a", 0, line.encode()), compile_format("s3"))
    texts = {name: column.texts.decode() for name, column in parsed.hits.text.items()}
    assert texts["agent"] == [agent]
    assert texts["referrer"] == ([] if referrer == "-" else [referrer])
    assert texts["target"] == ['/a?"b"']


@pytest.mark.parametrize("parser", [parse, parse_reference])
def test_a_torn_line_of_s3_is_bad(parser) -> None:
    line = b'79a5 b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - 3E REST.GET.OBJECT a "GET /a" 200 - 1 - 7 - "http://a" "Mo'
    assert len(parser(Chunk("a", 0, line), compile_format("s3")).bad) == 1
