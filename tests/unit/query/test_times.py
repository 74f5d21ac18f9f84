from zoneinfo import ZoneInfo

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
        ("- 3 d", 999_740_800),
        ("3d ago", 999_740_800),
        ("2 hours ago", 999_992_800),
        ("today", 999_993_600),
        ("01:46", 1_000_000_000 - 40),
        ("yesterday 14:00", 999_957_600),
        ("yesterday at 14:00:30", 999_957_630),
        ("Yesterday, 24:00", 999_993_600),
        ("tomorrow", 1_000_080_000),
        ("sunday", 999_388_800),
        ("last Saturday 08:00", 999_936_000),
        ("17 May 2015", 1_431_820_800),
        ("17. May 2015 10:05", 1_431_857_100),
        ("May 17th, 2015 10:05:03", 1_431_857_103),
        ("17.05.2015", 1_431_820_800),
        ("17.5.2015 10:05", 1_431_857_100),
        ("2015/05/17 10:05", 1_431_857_100),
        ("17/May/2015:10:05:03 +0200", 1_431_849_903),
        ("[17/May/2015:10:05:03 +0200]"[1:-1], 1_431_849_903),
        ("2015-05", 1_430_438_400),
        ("20150517", 1_431_820_800),
        ("1431857103", 1_431_857_103),
        ("@1431857103", 1_431_857_103),
        ("1431857103999", 1_431_857_103),
    ],
)
def test_times_are_read_as_people_write_them(text, seconds):
    assert parse_time(text, Stopped()) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "someday", "-24", "24h", "1995-07-32", "-h", "5/6/2015", "14:60", "25:00", "17 Mai 2015", "monda", "\x00"],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ConfigError, match="not a time"):
        parse_time(text, Stopped())


@pytest.mark.parametrize(
    ("text", "zone", "seconds"),
    [
        ("today", "Asia/Kolkata", 999_973_800),
        ("yesterday 14:00", "America/New_York", 999_885_600),
        ("2015-05-17 10:05", "Europe/Berlin", 1_431_849_900),
        ("2015-05-17 10:05Z", "Europe/Berlin", 1_431_857_100),
        ("2025-10-26 02:30", "Europe/Berlin", 1_761_438_600),
        ("2025-10-26 02:30+01:00", "Europe/Berlin", 1_761_442_200),
        ("2023-04-02 01:45", "Australia/Lord_Howe", 1_680_360_300),
        ("-24h", "Asia/Kolkata", 999_913_600),
    ],
)
def test_times_without_an_offset_are_by_the_clocks_of_a_zone(text, zone, seconds):
    assert parse_time(text, Stopped(), ZoneInfo(zone)) == seconds


@pytest.mark.parametrize(
    ("text", "zone"), [("2025-03-30 02:30", "Europe/Berlin"), ("2023-10-01 02:15", "Australia/Lord_Howe")]
)
def test_a_time_that_clocks_leave_out_is_refused(text, zone):
    with pytest.raises(ConfigError, match="set forward"):
        parse_time(text, Stopped(), ZoneInfo(zone))
