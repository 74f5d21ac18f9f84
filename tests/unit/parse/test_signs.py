"""A number at the end of lines is seconds only where the lines show that Icecast wrote them."""

import pytest

from hitstream.parse import compile_format, detect, parse_log

BEFORE = b'192.0.2.7 - - [19/Jun/2019:05:59:14 +0900] "'
UPDATE = BEFORE + b'GET /admin/metadata HTTP/1.0" 200 367 "-" "Liquidsoap/1.3.4 (Unix; OCaml 4.07.1)" %d\n'
SOURCE = BEFORE + b'SOURCE /live.mp3 HTTP/1.0" 200 19 "-" "libshout/2.4.1" %d\n'
LISTENER = BEFORE + b'GET /live.mp3 HTTP/1.1" 200 9031764 "-" "VLC/3.0.8 LibVLC/3.0.8" %d\n'


@pytest.mark.parametrize("shown", [UPDATE % 1, SOURCE % 5400])
def test_seconds_are_read_where_icecast_is_shown(shown: bytes) -> None:
    table, bad = parse_log(shown + LISTENER % 321 * 5)
    assert not bad
    assert table["duration"].to_pylist()[1:] == [321_000_000] * 5


@pytest.mark.parametrize(
    "log",
    [
        LISTENER % 321 * 5,
        UPDATE % 1 + LISTENER % 321 * 50,
        UPDATE % 163 + LISTENER % 32_143,
        UPDATE % 1 + UPDATE % 812 + LISTENER % 32_143,
        SOURCE % 5400 + LISTENER % 45_678_912,
        (UPDATE % 1).replace(b" 200 ", b" 404 ") + LISTENER % 321,
        BEFORE + b'GET /a HTTP/1.1" 200 9 "-" "SOURCE /live.mp3 HTTP/1.0" 1\n',
    ],
)
def test_a_number_is_left_out_where_another_server_may_have_written_it(log: bytes) -> None:
    assert detect(log).name == "combined_number"


def test_a_log_beside_one_of_icecast_is_read_by_its_own_signs() -> None:
    known = [compile_format("icecast")]
    assert detect(LISTENER % 321 * 5, known=known).name == "combined_number"
    assert detect(b"".join(b"Jun 19 05:59:14 web app[1]: " + LISTENER % 321 for _ in range(5)), known=known).name == (
        "syslog: combined_number"
    )
