"""Ports: the default, else the next; what others wrote down does not move."""

import os
import socket

import pytest

from hitstream.errors import ConfigError, Retryable
from hitstream.stack.allocate import allocate
from hitstream.stack.contract import Command, Javas, Server, Size


def server(name, **ports):
    sizes = {"small": Size(1), "normal": Size(1)}
    return Server(name, (), Javas(17, 25), ports, sizes, command=lambda _: Command(()), ready=lambda _: "")


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def free():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def test_a_free_default_is_taken(free):
    assert allocate([server("a", x=free)], {}, {}, [], ["a"]) == {"a": {"x": free}}


def test_a_busy_default_gives_way_to_the_next_free_port(taken):
    found = allocate([server("a", x=taken)], {}, {}, [], ["a"])
    assert found["a"]["x"] > taken


def test_no_port_is_given_twice(taken):
    found = allocate([server("a", x=taken, y=taken + 1), server("b", x=taken)], {}, {}, [], [])
    numbers = [number for ports in found.values() for number in ports.values()]
    assert len({*numbers, taken}) == 4


def test_a_server_that_was_started_keeps_its_ports(free):
    assert allocate([server("a", x=1)], {"a": {"x": free}}, {}, ["a"], ["a"]) == {"a": {"x": free}}


def test_one_that_was_never_started_takes_another_when_its_own_is_busy(taken):
    assert allocate([server("a", x=taken)], {"a": {"x": taken}}, {}, [], ["a"])["a"]["x"] != taken


def test_what_is_asked_for_moves_a_server(free):
    assert allocate([server("a-b", x=1)], {"a-b": {"x": 2}}, {"a_b_x": free}, ["a-b"], ["a-b"]) == {"a-b": {"x": free}}


@pytest.mark.parametrize("how", ["asked", "remembered"])
def test_a_busy_port_that_cannot_move_is_named_with_its_holder(taken, how):
    remembered, asked = ({"a": {"x": taken}}, {}) if how == "remembered" else ({}, {"a_x": taken})
    with pytest.raises(
        Retryable, match=rf"Port {taken}, which a needs, is in use by .*process {os.getpid()}"
    ) as raised:
        allocate([server("a", x=1)], remembered, asked, ["a"], ["a"])
    assert "--port a_x=" in raised.value.hint


def test_a_busy_port_of_a_server_that_is_not_started_does_not_matter(taken):
    assert allocate([server("a", x=taken)], {}, {}, ["a"], []) == {"a": {"x": taken}}


def test_a_port_that_no_server_has_is_refused():
    with pytest.raises(ConfigError, match="'a_z'") as raised:
        allocate([server("a", x=1)], {}, {"a_z": 5}, [], [])
    assert "a_x" in raised.value.hint
