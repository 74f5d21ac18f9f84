import pytest

from hitstream.errors import ConfigError
from hitstream.query import parse_time


class Stopped:
    def now(self):
        return 1_000_000_000.9

    def sleep(self, seconds):
        raise AssertionError(seconds)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1995-07-01", 804_556_800),
        ("1995-07-01T00:01", 804_556_860),
        ("1995-07-01 00:01:02", 804_556_862),
        ("1995-07-01T00:00-04:00", 804_571_200),
        ("1969-12-31T23:59:59Z", -1),
        ("now", 1_000_000_000),
        (" -90s ", 999_999_910),
        ("-24h", 999_913_600),
        ("-1w", 999_395_200),
    ],
)
def test_times_are_read_as_people_write_them(text, seconds):
    assert parse_time(text, Stopped()) == seconds


@pytest.mark.parametrize("text", ["", "yesterday", "-24", "24h", "1995-07-32", "-h"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ConfigError, match="not a time"):
        parse_time(text, Stopped())
