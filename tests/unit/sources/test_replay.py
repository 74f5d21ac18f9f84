import re
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rotation import ManualClock

from hitstream.errors import ConfigError, DataError
from hitstream.sources.replay import Replay, find_times
from hitstream.sources.tail import Tail
from hitstream.testing.source_contract import chunks_of

NOW = 1_700_000_000.0
FORMAT = "%d/%b/%Y:%H:%M:%S %z"


def line(when, text="GET / HTTP/1.0"):
    return f'host - - [{when}] "{text}" 200 10\n'.encode()


LINES = [
    line("31/Dec/1999:23:59:58 -0400"),
    line("31/Dec/1999:23:59:59 -0400", "GET /[01/Jul/1995:00:00:01 -0400] HTTP/1.0"),
    b"no time at all\n",
    line("29/Feb/2000:03:59:58 +0000"),
    line("29/Feb/2000:09:29:57 +0530"),
]


@pytest.fixture
def clock():
    clock = ManualClock()
    clock.time = NOW
    return clock


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "access.log"
    path.write_bytes(b"".join(LINES))
    return path


def times(data):
    found = (re.search(rb"\[(.{26})\]", one) for one in data.splitlines())
    return [datetime.strptime(one[1].decode(), FORMAT).timestamp() for one in found if one]


def play(log, **options):
    return b"".join(chunk.data for chunk in chunks_of(Replay(lambda: Tail([log]), **options)))


def test_the_first_line_is_now_and_the_others_keep_their_distance(log, clock):
    data = play(log, speed=0, clock=clock)
    later = 59 * 86400
    assert [time - NOW for time in times(data)] == [0, 1, later, later - 1]
    assert clock.now() == NOW


def test_only_the_times_change_and_the_offset_from_utc_stays(log, clock):
    data = play(log, speed=0, clock=clock)
    blank = re.compile(rb"(host - - \[)[^ ]+")
    assert blank.sub(rb"\1", data) == blank.sub(rb"\1", b"".join(LINES))


def test_lines_come_when_they_are_due_and_show_that_time(log, clock):
    speed = 1e6
    for piece in Replay(lambda: Tail([log]), speed=speed, clock=clock).read():
        if piece.chunk:
            assert piece.state is None
            assert all(clock.now() - 1.1 <= time <= clock.now() for time in times(bytes(piece.chunk.data)))
    assert clock.now() == pytest.approx(NOW + 59 * 86400 / speed, abs=0.2)


def test_a_loop_begins_again_and_goes_on_in_offsets(log, clock):
    total = len(b"".join(LINES))
    position = 0
    for piece in Replay(lambda: Tail([log]), speed=1e7, loop=True, clock=clock).read():
        if piece.chunk:
            assert piece.chunk.offset == position
            position += len(piece.chunk.data)
        if position >= 3 * total:
            break
    assert position == 3 * total


def test_control_comes_back_while_waiting(log, clock):
    pieces = Replay(lambda: Tail([log]), speed=1, clock=clock).read()
    assert bytes(next(pieces).chunk.data) == line("14/Nov/2023:18:13:20 -0400")
    for _ in range(5):
        before = clock.now()
        assert next(pieces).chunk is None
        assert clock.now() - before <= 0.11


def test_a_log_without_times_is_refused(tmp_path):
    (tmp_path / "access.log").write_bytes(b'{"time": 1}\n')
    with pytest.raises(DataError, match=r":0: no line has a \[01/Jul/1995"):
        play(tmp_path / "access.log", speed=0)


def test_a_negative_speed_is_refused(log):
    with pytest.raises(ConfigError, match="backwards"):
        Replay(lambda: Tail([log]), speed=-1)


@given(
    lines=st.lists(
        st.builds(
            lambda before, when, after: before + when + after,
            st.binary(max_size=5),
            st.sampled_from([b"", b"[01/Jul/1995:00:00:01 -0400]", b"[1/Jul/1995:00:00:01 -0400]", b"[31/dec/1"])
            | st.dates().map(lambda day: day.strftime("[%d/%b/%Y:01:02:03 +0000]").encode()),
            st.binary(max_size=40),
        ).map(lambda text: text.replace(b"\n", b"")),
        min_size=1,
        max_size=10,
    )
)
def test_the_first_time_of_each_line_is_found(lines):
    data = b"\n".join(lines) + b"\n"
    ends = np.cumsum([len(one) + 1 for one in lines])
    found = find_times(np.frombuffer(data, np.uint8), ends)
    month = b"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    pattern = re.compile(rb"\[\d\d/(%s)/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]" % month)
    matches = [(number, pattern.search(one)) for number, one in enumerate(lines)]
    expected = [(number, int(ends[number]) - len(lines[number]) - 1 + one.start()) for number, one in matches if one]
    assert list(zip(found.line.tolist(), found.at.tolist(), strict=True)) == expected
