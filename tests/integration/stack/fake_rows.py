"""Rows of the table of servers that run `fake_server.py`."""

import os
import socket
import sys
from pathlib import Path

from hitstream.errors import Retryable
from hitstream.stack.contract import Command, Instance, Javas, Server, Size

PROGRAM = (sys.executable, "-S", "-E", str(Path(__file__).with_name("fake_server.py")))
FIRST_PORT = 20000 + 200 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
"""Tests that run side by side must not choose the same free port."""
SIZES = {"small": Size(64), "normal": Size(128)}


def row(name: str, *behaviour: str, needs: tuple[str, ...] = (), **more) -> Server:
    def command(instance: Instance) -> Command:
        return Command((*PROGRAM, str(instance.home), str(instance.port("talk")), *behaviour))

    port = {"talk": FIRST_PORT + sum(map(ord, name))}
    settings = {
        "grace": 5.0,
        "patience": 20.0,
        "conf": "fake",
        "addresses": {f"AT_{name.upper()}": f"${{{name}_talk}}"},
    }
    return Server(name, (), Javas(17, 99), port, SIZES, command, ready, needs, **settings | more)


def ready(instance: Instance) -> str:
    with socket.create_connection(instance.address(instance.server.name, "talk"), 1) as connection:
        answer = connection.recv(10)
    if answer != b"1.2.3":
        raise Retryable(f"it said {answer!r}")
    return answer.decode()
