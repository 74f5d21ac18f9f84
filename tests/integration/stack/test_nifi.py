"""NiFi as it is run: a flow goes on where it was killed, and loses nothing that it took."""

import shutil
import uuid
from pathlib import Path

import pytest
from saved_flow import is_settled, states

from hitstream.extract.nifi.address import Nifi
from hitstream.extract.nifi.graph import Graph, Link, Node, in_python, standard
from hitstream.extract.nifi.server import NifiFlow
from hitstream.stack.servers import nifi
from waiting import until

pytestmark = [pytest.mark.servers, pytest.mark.slow]
LINES_A_SPLIT = 10


@pytest.fixture
def running(stack):
    stack.up(["nifi"])
    return stack


@pytest.fixture
def start(running):
    """Return what starts processors, each with the relation that leads to the next; they are gone afterwards."""
    begun = []

    def started(*steps):
        nodes = [node for node, _ in steps]
        links = [Link(one.name, relation, after.name) for (one, relation), after in zip(steps, nodes[1:], strict=False)]
        graph = Graph(f"flow-{uuid.uuid4()}", nodes, links)
        begun.append(flow := NifiFlow(Nifi(f"http://{running.address('nifi', 'http')}/nifi"), graph))
        flow.deploy({})
        flow.start()
        until(lambda: is_settled(running, graph.name), lambda: states(running, graph.name))

    yield started
    running.up(["nifi"])
    for flow in begun:
        flow.remove()


def take(directory):
    settings = {"Input Directory": str(directory), "Keep Source File": "false"}
    return Node("take", standard("GetFile"), settings, "1 sec")


def put(directory, period="0 sec", **more):
    return Node("put", standard("PutFile"), {"Directory": directory, **more}, period, ended=("success", "failure"))


@pytest.fixture
def places(tmp_path):
    made = tmp_path / "in", tmp_path / "out"
    for place in made:
        place.mkdir()
    return made


def drop(place: Path, names, lines):
    """Write files whole: NiFi reads nothing that begins with a dot."""
    for name in names:
        (place / f".{name}").write_text("".join(f"{name} {line}\n" for line in range(lines)))
        (place / f".{name}").rename(place / name)
    return {f"{name} {line}" for name in names for line in range(lines)}


def written(place: Path):
    files = [path for path in place.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return [line for path in files for line in path.read_text().splitlines()]


def splitting(places, period):
    into, out = places
    cut = Node("cut", standard("SplitText"), {"Line Split Count": str(LINES_A_SPLIT)}, ended=("original", "failure"))
    folder = f"{out}/${{fragment.identifier}}-${{fragment.index}}"
    last = put(folder, period, **{"Create Missing Directories": "true"})
    return (take(into), "success"), (cut, "splits"), (last, "")


def test_a_flow_that_is_killed_goes_on_and_loses_nothing(running, start, places):
    start(*splitting(places, "20 ms"))
    expected = drop(places[0], [f"file-{number}" for number in range(20)], 100)
    until(lambda: len(written(places[1])) > len(expected) // 10, "nothing came out")
    running.kill("nifi")
    before = set(written(places[1]))
    assert before < expected, "it was killed too late to tell anything"
    running.up(["nifi"])
    until(lambda: set(written(places[1])) == expected, lambda: expected - set(written(places[1])))
    expected |= drop(places[0], ["later"], 5)
    until(lambda: set(written(places[1])) == expected, "it takes no new file")
    assert len(written(places[1])) - len(expected) <= 100, "more than the file in work was repeated"


def test_a_stop_and_a_start_repeat_nothing(running, start, places):
    expected = drop(places[0], ["one", "two"], 50)
    start(*splitting(places, "0 sec"))
    until(lambda: set(written(places[1])) == expected, "not everything came out")
    running.restart("nifi")
    expected |= drop(places[0], ["three"], 50)
    until(lambda: set(written(places[1])) >= expected, "it takes no new file")
    assert len(written(places[1])) == len(expected)


@pytest.fixture
def shouting(running):
    """Return a stack whose NiFi has a processor of this test; the next start brings hitstream's own again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nifi, "_shipped", lambda: Path(__file__).with_name("processors"))
        running.restart("nifi")
        yield running
        running.down(["nifi"])


def test_a_processor_written_in_python_works_and_is_not_left_behind(shouting, start, places):
    running = shouting
    expected = drop(places[0], ["one"], 3)
    into, out = places
    shout = Node("shout", in_python("Shout", "0.1"), {}, ended=("original", "failure"))
    start((take(into), "success"), (shout, "success"), (put(str(out)), ""))
    until(lambda: set(written(places[1])) == {line.upper() for line in expected}, "nothing came out")
    token = running.process("nifi").token
    assert python_processes(token)
    running.kill("nifi")
    running.up(["nifi"])
    assert not python_processes(token)
    shutil.rmtree(places[1])
    places[1].mkdir()
    expected = drop(places[0], ["two"], 3)
    until(lambda: set(written(places[1])) == {line.upper() for line in expected}, "nothing came out after the kill")


def python_processes(token):
    """Return the command lines of what a start of NiFi runs in Python."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if token.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().split(b"\0"))
        except OSError:
            continue
    return [line for line in found if any(b"Controller.py" in word for word in line)]
