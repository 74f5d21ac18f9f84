"""The demo's logs: what happens now does not wait for the days before."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from hitstream.pipeline import Demo
from waiting import until

TIME = re.compile(rb"\[([^]]+)\]")


def first_time(log: Path) -> datetime:
    """Return the time of a log's first line, once it has one."""
    found = until(lambda: TIME.search(log.read_bytes()[:1000]), f"{log} stays empty")
    return datetime.strptime(found[1].decode(), "%d/%b/%Y:%H:%M:%S %z")


def test_the_traffic_of_now_is_written_beside_that_of_the_days_before(tmp_path: Path) -> None:
    began = datetime.now().astimezone().replace(microsecond=0)
    with Demo(tmp_path, seed=1995, rate=500.0) as demo:
        before, now = demo.logs
        assert first_time(now) >= began
        assert began - first_time(before) > timedelta(days=2)
