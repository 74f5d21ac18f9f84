"""A process that follows a log is killed again and again while another one writes and rotates it."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from waiting import until

KILLS = 15
WORKS_FIRST = 0.7
"""The share of kills that come after something was read; the others come at any moment, also while it starts."""
SUPPORT = Path(__file__).parent.parent / "unit" / "sources"

FOLLOW = """
import json, sys
from hitstream.sources.identity import SourceState
from hitstream.sources.tail import Tail

target, saved = sys.argv[1:]
states = {}
try:
    for row in open(saved, "rb").read().split(b"\\n")[:-1]:
        entry = json.loads(row)
        state = {k: v.encode("latin-1") if k in ("head", "tail") else v for k, v in entry["state"].items()}
        states[state["identity"]] = SourceState(**state)
except FileNotFoundError:
    pass
with open(saved, "ab", buffering=0) as out:
    out.truncate(open(saved, "rb").read().rfind(b"\\n") + 1)  # a commit that the kill cut off never happened
    options = dict(follow=True, poll=0.01, max_bytes=2000, line_cap=500)
    for chunk, state in Tail([target], states=states.values(), **options).read():
        if state is None:
            continue
        fields = {k: getattr(state, k) for k in state.__slots__}
        fields = {k: v.decode("latin-1") if isinstance(v, bytes) else v for k, v in fields.items()}
        lines = bytes(chunk.data).decode().splitlines() if chunk else []
        out.write(json.dumps({"state": fields, "lines": lines}).encode() + b"\\n")
"""

WRITE = """
import random, shutil, subprocess, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from rotation import Writer

directory, stop = Path(sys.argv[1]), Path(sys.argv[3])
writer = Writer(directory)
choice = random.Random(7)
while not stop.exists():
    for _ in range(choice.randrange(20)):
        writer.append(choice.randrange(1, 30))
        time.sleep(0.005)
    choice.choice([writer.rename_and_create, writer.copy_and_truncate, lambda: writer.compress(".gz"),
                   lambda: writer.compress(".zst"), writer.tear])()
writer.whole()
Path(sys.argv[4]).write_bytes(b"".join(writer.written))
"""


def collected(saved):
    rows = saved.read_bytes().split(b"\n")[:-1] if saved.exists() else []
    return Counter(line for row in rows for line in json.loads(row)["lines"])


@pytest.mark.slow
@pytest.mark.repeated(10)
@pytest.mark.parametrize("target", ["", "access.log"])
def test_a_follower_killed_at_random_instants_reads_every_line_once(tmp_path, target, seed):
    logs, saved, expected, stop = (tmp_path / name for name in ("logs", "saved", "expected", "stop"))
    logs.mkdir()
    (logs / "access.log").write_bytes(b"the very first line\n")
    follow = [sys.executable, "-c", FOLLOW, str(logs / target), str(saved)]
    follower = subprocess.Popen(follow)
    until(lambda: collected(saved))
    write = [sys.executable, "-c", WRITE, str(logs), str(SUPPORT), str(stop), str(expected)]
    writer = subprocess.Popen(write)
    choice = random.Random(seed)
    try:
        for _ in range(KILLS):
            if choice.random() < WORKS_FIRST:
                size = saved.stat().st_size
                until(lambda size=size: saved.stat().st_size > size)
            time.sleep(choice.uniform(0, 0.3))
            follower.send_signal(signal.SIGKILL)
            follower.wait()
            time.sleep(choice.choice([0, 0, 0.3]))
            follower = subprocess.Popen(follow)
        stop.touch()
        writer.wait()
        written = Counter(["the very first line", *expected.read_text().splitlines()])
        until(lambda: collected(saved) == written, lambda: collected(saved) - written)
    finally:
        follower.kill()
        follower.wait()
        stop.touch()
        writer.wait()
