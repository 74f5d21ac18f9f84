"""Servers are worked on side by side, and never before those they wait for."""

import threading
from graphlib import CycleError

import pytest

from hitstream.errors import Fatal, Retryable
from hitstream.stack.order import side_by_side, turned, with_needs
from hitstream.stack.servers import SERVERS
from waiting import PATIENCE_SECONDS

NEEDS = {"a": (), "b": ("a",), "c": ("b",), "d": ()}


def test_what_is_needed_comes_along_and_first():
    assert with_needs(["c"], NEEDS) == ("a", "b", "c")
    assert with_needs(["d"], NEEDS) == ("d",)


def test_servers_stop_in_the_other_direction():
    assert turned(NEEDS) == {"a": ["b"], "b": ["c"], "c": [], "d": []}


def test_the_servers_need_each_other_in_no_circle():
    assert set(with_needs(SERVERS, {name: row.needs for name, row in SERVERS.items()})) == set(SERVERS)
    with pytest.raises(CycleError):
        with_needs(["a"], {"a": ("b",), "b": ("a",)})


def test_work_waits_for_what_comes_before():
    done = []
    assert side_by_side("dcba", NEEDS, done.append) == []
    assert done.index("a") < done.index("b") < done.index("c")


def test_what_waits_for_nothing_goes_side_by_side():
    both = threading.Barrier(2, timeout=PATIENCE_SECONDS)
    assert side_by_side("ad", NEEDS, lambda _: both.wait() and None) == []


def test_after_a_failure_the_rest_goes_on_and_what_waits_for_it_does_not():
    done = []

    def work(name):
        if name == "a":
            raise Fatal("a broke.")
        done.append(name)

    failures = side_by_side("abcd", NEEDS, work)
    assert done == ["d"]
    assert sorted((type(error), error.message) for error in failures if isinstance(error, Fatal)) == [
        (Fatal, "a broke.")
    ]
    assert [error.message for error in failures if isinstance(error, Retryable)] == [
        "b was not begun, because a failed.",
        "c was not begun, because b failed.",
    ]


def test_a_mistake_in_the_work_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        side_by_side("a", NEEDS, lambda _: 1 / 0)
