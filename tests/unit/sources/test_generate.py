"""The generator: the same bytes for a seed, exact counts, ascending times, lines that are what they claim."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from hitstream.errors import ConfigError
from hitstream.sources.generate import HURRICANE_ERIN, Traffic, hosts, published, site
from hitstream.sources.generate.damage import KINDS
from hitstream.sources.generate.sections import ODD, SECTIONS

LINE = re.compile(
    rb"(?P<host>\S+) - - \[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}(?::\d\d){3} [+-]\d{4})\] "
    rb'"(?P<request>.*?)" (?P<status>\d{3}) (?P<bytes>\d+|-)(?: "(?P<referrer>[^"]*)" "(?P<agent>[^"]*)")?'
)


def lines_of(traffic):
    return b"".join(traffic.blocks()).splitlines(keepends=True)


def hit(line):
    """Return the fields of a line that is a hit, else None: the rule of the format, slowly and obviously."""
    found = LINE.fullmatch(line.rstrip(b"\n"))
    if found is None:
        return None
    try:
        time = datetime.strptime(found["time"].decode(), "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return None
    return found.groupdict() | {"time": time}


def as_lines(block):
    return block.split(b"\n")[:-1]


def test_equal_arguments_give_equal_bytes():
    traffic = Traffic(seed=7, lines=3_000, malformed=0.1, format="combined")
    assert list(traffic.blocks()) == list(traffic.blocks())


def test_another_seed_gives_other_lines():
    assert lines_of(Traffic(seed=1, lines=200)) != lines_of(Traffic(seed=2, lines=200))


def test_the_bytes_of_a_seed_are_the_same_on_every_machine():
    log = b"".join(Traffic(seed=1995, lines=20_000, malformed=0.05, format="combined").blocks())
    assert sha256(log).hexdigest() == "b9d578ddeff4a2dec018952f841ac8799e262e93e3f118fbf70859734f0eaa5a"


@examples(25)
@given(lines=st.integers(1, 3_000), rate=st.floats(0.001, 1e6), seed=st.integers(0, 2**32))
def test_exactly_the_lines_asked_for_in_the_order_of_time_within_their_span(lines, rate, seed):
    traffic = Traffic(seed=seed, lines=lines, rate=rate)
    times = [hit(line)["time"] for line in as_lines(b"".join(traffic.blocks()))]
    assert len(times) == lines
    assert times == sorted(times)
    assert traffic.start <= times[0]
    assert times[-1] < traffic.start + timedelta(seconds=max(round(lines / rate), 1))


def test_days_alone_have_as_many_lines_as_those_of_the_log():
    counted = sum(block.count(b"\n") for block in Traffic(days=2).blocks())
    assert counted == pytest.approx(sum(published.DAY_COUNTS[1995, 7][:2]), rel=0.01)


def test_rate_and_days_give_their_product():
    assert sum(block.count(b"\n") for block in Traffic(rate=2, days=0.1).blocks()) == 17_280


def test_a_start_within_a_day_begins_there():
    start = datetime(2024, 2, 29, 18, 30, 15, tzinfo=UTC)
    first = hit(lines_of(Traffic(start=start, lines=500, days=0.01))[0])["time"]
    assert start <= first < start + timedelta(seconds=30)
    assert first.utcoffset() == timedelta(0)


def test_a_malformed_line_replaces_a_good_one_and_leaves_the_others():
    good = as_lines(b"".join(Traffic(lines=10_000).blocks()))
    mixed = as_lines(b"".join(Traffic(lines=10_000, malformed=0.05).blocks()))
    changed = [new for old, new in zip(good, mixed, strict=True) if old != new]
    assert len(changed) == pytest.approx(500, rel=0.2)
    assert [line for line in changed if hit(line)] == []


def test_every_line_is_a_hit_unless_malformed_lines_are_asked_for():
    for form in ("common", "combined"):
        lines = as_lines(b"".join(Traffic(lines=30_000, format=form).blocks()))
        assert [line for line in lines if not hit(line)] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["common", "combined"])
def test_damage_leaves_no_hit_and_no_second_line(kind, form):
    good = as_lines(b"".join(Traffic(lines=400, format=form).blocks()))
    tail = b' "-" "-"' if form == "combined" else b""
    good += [b"a.net - - [01/Jul/1995:00:00:01 -0400] " + text + tail for text, _ in ODD]
    for bits, line in enumerate(good):
        assert hit(line)
        spoilt = KINDS[kind](line, bits * 2_654_435_761)
        assert spoilt and b"\n" not in spoilt
        assert not hit(spoilt)


def test_everything_malformed_leaves_no_hit():
    assert not any(map(hit, as_lines(b"".join(Traffic(lines=2_000, malformed=1.0).blocks()))))


def test_combined_is_common_with_referrer_and_agent():
    common = as_lines(b"".join(Traffic(lines=5_000).blocks()))
    combined = as_lines(b"".join(Traffic(lines=5_000, format="combined").blocks()))
    assert all(long.startswith(short + b' "') for short, long in zip(common, combined, strict=True))
    fields = [hit(line) for line in combined]
    assert len({field["agent"] for field in fields}) > 30
    assert any(field["referrer"] == b"-" for field in fields)
    assert any(field["referrer"].startswith(b"http://www.ksc.nasa.gov/") for field in fields)


def test_a_host_that_is_no_proxy_keeps_its_agent():
    proxies = {hosts.name(host).encode() for host in range(hosts.PROXIES)}
    agents = {}
    for line in as_lines(b"".join(Traffic(lines=20_000, format="combined").blocks())):
        field = hit(line)
        agents.setdefault(field["host"], set()).add(field["agent"])
    assert {len(seen) for host, seen in agents.items() if host not in proxies} == {1}
    assert max(len(seen) for host, seen in agents.items() if host in proxies) > 3


def test_an_outage_has_no_lines():
    start, end = HURRICANE_ERIN
    traffic = Traffic(start=start - timedelta(hours=3), days=2, outage=HURRICANE_ERIN)
    times = [hit(line)["time"] for line in as_lines(b"".join(traffic.blocks()))]
    assert not any(start <= time < end for time in times)
    before, after = max(pairwise(times), key=lambda pair: pair[1] - pair[0])
    assert start - before < timedelta(minutes=1)
    assert after - end < timedelta(minutes=1)


def test_an_image_is_fetched_soon_after_a_page_that_shows_it_by_the_same_host():
    first, wanted, kept = b"/shuttle/countdown/", b"/shuttle/countdown/images/countclock.gif", Counter()
    seen = {}
    for line in as_lines(b"".join(Traffic(lines=60_000).blocks())):
        field = hit(line)
        target = field["request"].split(b" ")[1] if b" " in field["request"] else b""
        if target == first:
            seen[field["host"]] = field["time"]
        elif target == wanted:
            page = seen.get(field["host"])
            kept[page is not None and field["time"] - page < timedelta(minutes=2)] += 1
    assert kept[True] > 200
    assert kept[True] > 0.97 * kept.total()


def test_a_burst_stands_out_of_its_hour():
    minutes = Counter(line.split(b"[")[1][:17] for line in lines_of(Traffic(seed=3, days=2)))
    ordinary = sorted(minutes.values())[len(minutes) // 2]
    assert max(minutes.values()) > 3 * ordinary


def test_odd_lines_appear_as_in_the_log():
    requests = [hit(line)["request"] for line in as_lines(b"".join(Traffic(lines=100_000, days=30).blocks()))]
    odd = {text.split(b'" ')[0].strip(b'"') for text, count in ODD if count > 150}
    assert odd <= {request.strip(b'"') for request in requests}
    assert any(request.count(b" ") > 2 for request in requests)
    assert any(max(request, default=0) > 127 for request in requests)


def test_blocks_stay_small_however_many_lines():
    sizes = [block.count(b"\n") for block in islice(Traffic(lines=10**9, days=3_000).blocks(), 8)]
    assert all(50_000 < size < 80_000 for size in sizes)


def test_the_sections_and_the_odd_lines_add_up_to_the_published_statuses():
    status = Counter({304: 0})
    for section in SECTIONS:
        status[section.status] += section.requests
    for text, count in ODD:
        status[int(text.rsplit(b" ", 2)[1])] += count
    status[200] -= published.STATUS[304]
    status[304] = published.STATUS[304]
    for code, count in published.STATUS.items():
        assert status[code] == pytest.approx(count, rel=0.01), code
    assert status.total() == pytest.approx(published.LINES, rel=0.005)


def test_every_target_and_host_has_a_name_of_its_own():
    targets = [site.path(number) for number in range(sum(section.items for section in SECTIONS))]
    assert len(set(targets)) == len(targets)
    some = range(0, hosts.COUNT, 7)
    assert len({hosts.name(host) for host in some}) == len(some)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"lines": 5, "days": 1, "rate": 2.0}, "all given"),
        ({"rate": 2.0}, "no end"),
        ({"lines": 0}, "above zero"),
        ({"days": -1}, "above zero"),
        ({"malformed": 1.5}, "malformed"),
        ({"format": "json"}, "json"),
        ({"start": datetime(1995, 7, 1)}, "zone"),
        ({"outage": HURRICANE_ERIN[::-1]}, "before it begins"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(arguments, word):
    with pytest.raises(ConfigError, match=word) as refusal:
        Traffic(**arguments)
    assert refusal.value.hint


def test_an_outage_of_the_whole_time_is_refused():
    start, end = HURRICANE_ERIN
    with pytest.raises(ConfigError, match="whole time"):
        next(Traffic(start=start, days=1, lines=10, outage=(start, end)).blocks())
