"""A command is kept running: started again when it ends by itself, ended when a stop is asked for."""

import sys
import threading

import pytest

from hitstream.stack.supervisor import LASTING, supervise
from waiting import until

WAIT = 0.01


def python(code, *arguments):
    return [sys.executable, "-c", code, *arguments]


def test_what_ends_by_itself_is_started_again(tmp_path):
    marks, stop, said = tmp_path / "marks", threading.Event(), []

    def say(text):
        said.append(text)
        if len(said) == 3:
            stop.set()

    code = "import sys; open(sys.argv[1], 'a').write(' '.join(sys.argv[2:]) + '.'); sys.exit(4)"
    assert supervise(python(code, str(marks)), stop, say, first=["once"], longest_wait=WAIT) == 0
    assert marks.read_text() == "once..."
    assert all("ended with 4" in text for text in said)


@pytest.mark.parametrize("code", LASTING)
def test_a_lasting_error_is_returned_and_not_tried_again(code):
    said = []
    assert supervise(python(f"raise SystemExit({code})"), threading.Event(), said.append, longest_wait=WAIT) == code
    assert not said


def test_at_a_stop_the_command_may_end_what_it_does(tmp_path):
    ready, done, stop = tmp_path / "ready", tmp_path / "done", threading.Event()
    code = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.3), pathlib.Path(sys.argv[2]).touch(), sys.exit(0)))
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""
    watcher = threading.Thread(target=lambda: (until(ready.exists), stop.set()))
    watcher.start()
    assert supervise(python(code, str(ready), str(done)), stop, print) == 0
    watcher.join()
    assert done.exists()


def test_a_command_that_may_be_ended_at_any_moment_holds_up_no_stop(tmp_path):
    ready, stop = tmp_path / "ready", threading.Event()
    code = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""
    watcher = threading.Thread(target=lambda: (until(ready.exists), stop.set()))
    watcher.start()
    assert supervise(python(code, str(ready)), stop, print, grace=WAIT) == 0
    watcher.join()


def test_a_stop_during_a_wait_starts_nothing_more():
    stop, said = threading.Event(), []

    def say(text):
        said.append(text)
        stop.set()

    assert supervise(python("raise SystemExit(1)"), stop, say) == 0
    assert len(said) == 1
