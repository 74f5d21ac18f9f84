"""Servers, and what Spark starts, are killed while the stream is at work; afterwards every line counts once."""

import signal
import threading

import psutil
import pytest
from laboratory import Embedded, junk, shuffled
from test_stream import lab, traffic  # noqa: F401 - a fixture

from hitstream.errors import Retryable
from hitstream.stack import process
from waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    logs = {"a.log": junk(traffic(5), 5), "b.log": traffic(6)}
    return Embedded(tmp_path_factory.mktemp("embedded"), logs)


class FaultAt:
    """A checkpoint that does something the nth time that a step is reached."""

    def __init__(self, step, nth, fault):
        self.step, self.left, self.fault = step, nth, fault

    def __call__(self, step):
        self.left -= step == self.step
        if self.left == 0:
            self.left = -1
            self.fault()


def run_through(lab, session, lines, checkpoint):  # noqa: F811
    """Stream to the end as the supervisor does: what passes is tried again."""

    def ended():
        try:
            return lab.run_to_end(session, lines, checkpoint)
        except Retryable as problem:
            print(problem)
            return None

    until(ended, "the stream did not get to the end")


@pytest.mark.parametrize("victim", ["kafka", "cassandra"])
def test_a_killed_server_costs_time_alone(session, lab, stack, embedded, victim):  # noqa: F811
    again = threading.Thread(target=lambda: stack.up([victim]))

    def fault():
        stack.kill(victim)
        again.start()

    lab.send(shuffled(embedded.records(), 7))
    run_through(lab, session, embedded.contents.counts.lines, FaultAt("made", 2, fault))
    again.join()
    assert lab.contents() == embedded.contents


def test_the_python_of_executors_may_die(session, lab, stack, embedded):  # noqa: F811
    def fault():
        begun = process.last_start(stack.home("spark-worker"))
        for found in process.families([begun])[begun.token]:
            if "pyspark.daemon" in " ".join(found.cmdline()):
                found.send_signal(signal.SIGKILL)
                psutil.wait_procs([found], PATIENCE_SECONDS)

    lab.send(shuffled(embedded.records(), 8))
    run_through(lab, session, embedded.contents.counts.lines, FaultAt("made", 1, fault))
    assert lab.contents() == embedded.contents


def test_a_write_to_cassandra_that_timed_out_after_it_happened_is_written_again(session, lab, embedded):  # noqa: F811
    def fault():
        raise Retryable("Cassandra did not answer in time.")

    lab.send(shuffled(embedded.records(), 9))
    lab.run_to_end(session, embedded.contents.counts.lines, FaultAt("blocks-written", 1, fault))
    assert lab.contents() == embedded.contents
