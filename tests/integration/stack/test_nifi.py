"""NiFi as it is run: a flow goes on where it was killed, and loses nothing that it took."""

import gzip
import json
import shutil
import time
import uuid
import zlib
from contextlib import suppress
from pathlib import Path

import nipyapi
import pytest

from hitstream.stack.servers import nifi

pytestmark = [pytest.mark.servers, pytest.mark.slow]
SECONDS = 240
VERSION = "2.3.0"
LINES_A_SPLIT = 10


@pytest.fixture
def running(stack):
    stack.up(["nifi"])
    nipyapi.config.nifi_config.host = f"http://{stack.address('nifi', 'http')}/nifi-api"
    return stack


def until(condition, what):
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.1)
    return found


def processor(name, kind, settings, ended=(), period="0 sec", artifact="nifi-standard-nar"):
    version = VERSION if artifact == "nifi-standard-nar" else "0.1"
    return {
        "identifier": str(uuid.uuid4()), "name": name, "type": kind, "componentType": "PROCESSOR",
        "bundle": {"group": "org.apache.nifi", "artifact": artifact, "version": version},
        "properties": settings, "propertyDescriptors": {}, "autoTerminatedRelationships": list(ended),
        "schedulingPeriod": period, "schedulingStrategy": "TIMER_DRIVEN", "executionNode": "ALL",
        "penaltyDuration": "1 sec", "yieldDuration": "1 sec", "bulletinLevel": "WARN", "runDurationMillis": 0,
        "concurrentlySchedulableTaskCount": 1, "position": {"x": 0, "y": 0}, "style": {}, "retryCount": 0,
    }  # fmt: skip


def connection(group, source, target, relation):
    ends = {"source": source, "destination": target}
    return {
        "identifier": str(uuid.uuid4()), "name": "", "componentType": "CONNECTION", "groupIdentifier": group,
        **{end: {"id": at["identifier"], "type": "PROCESSOR", "groupId": group} for end, at in ends.items()},
        "selectedRelationships": [relation], "backPressureObjectThreshold": 1000, "bends": [], "prioritizers": [],
        "backPressureDataSizeThreshold": "1 GB", "flowFileExpiration": "0 sec", "labelIndex": 0, "zIndex": 0,
        "loadBalanceStrategy": "DO_NOT_LOAD_BALANCE", "partitioningAttribute": "",
        "loadBalanceCompression": "DO_NOT_COMPRESS",
    }  # fmt: skip


def definition(*steps):
    """Return a flow of processors, each with the relation that leads to the next."""
    group = str(uuid.uuid4())
    nodes = [node for node, _ in steps]
    links = [connection(group, a, b, relation) for (a, relation), b in zip(steps, nodes[1:], strict=False)]
    for node in nodes:
        node["groupIdentifier"] = group
    contents = {
        "identifier": group, "name": f"flow-{group}", "componentType": "PROCESS_GROUP", "position": {"x": 0, "y": 0},
        "processors": nodes, "connections": links, "processGroups": [], "inputPorts": [], "outputPorts": [],
        "labels": [], "funnels": [], "controllerServices": [], "remoteProcessGroups": [], "variables": {},
    }  # fmt: skip
    return json.dumps({"flowContents": contents, "flowEncodingVersion": "1.0", "parameterContexts": {}})


def start(stack, flow):
    """Start a flow, and wait until NiFi has written down that it runs, which takes it up to half a second."""
    group = nipyapi.versioning.import_process_group_definition(nipyapi.canvas.get_root_pg_id(), flow)
    until(lambda: not invalid(group.id), lambda: invalid(group.id))
    assert nipyapi.canvas.schedule_process_group(group.id, True)
    saved = stack.home("nifi") / "data" / "flow.json.gz"
    until(lambda: set(states(saved, group.id)) == {"RUNNING"}, lambda: states(saved, group.id))
    return group


def states(saved, group):
    """Return the states of a group's processors in the flow that NiFi loads at a start."""
    with suppress(EOFError, zlib.error, ValueError):  # it is being written
        groups = json.loads(gzip.decompress(saved.read_bytes()))["rootGroup"]["processGroups"]
        found = (each for each in groups if each["instanceIdentifier"] == group)
        return [node["scheduledState"] for each in found for node in each["processors"]]
    return []


def invalid(group):
    return [
        found.component.validation_errors or found.component.validation_status
        for found in nipyapi.canvas.list_all_processors(group)
        if found.component.validation_status != "VALID"
    ]


def standard(name):
    return f"org.apache.nifi.processors.standard.{name}"


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
    into, out = map(str, places)
    take = processor(
        "take", standard("GetFile"), {"Input Directory": into, "Keep Source File": "false"}, period="1 sec"
    )
    cut = processor("cut", standard("SplitText"), {"Line Split Count": str(LINES_A_SPLIT)}, ["original", "failure"])
    folder = f"{out}/${{fragment.identifier}}-${{fragment.index}}"
    settings = {"Directory": folder, "Create Missing Directories": "true"}
    put = processor("put", standard("PutFile"), settings, ["success", "failure"], period)
    return definition((take, "success"), (cut, "splits"), (put, ""))


def test_a_flow_that_is_killed_goes_on_and_loses_nothing(running, places):
    expected = drop(places[0], [f"file-{number}" for number in range(20)], 100)
    start(running, splitting(places, "20 ms"))
    until(lambda: len(written(places[1])) > len(expected) // 10, "nothing came out")
    running.kill("nifi")
    before = set(written(places[1]))
    assert before < expected, "it was killed too late to tell anything"
    running.up(["nifi"])
    until(lambda: set(written(places[1])) == expected, lambda: expected - set(written(places[1])))
    expected |= drop(places[0], ["later"], 5)
    until(lambda: set(written(places[1])) == expected, "it takes no new file")
    assert len(written(places[1])) - len(expected) <= 100, "more than the file in work was repeated"


def test_a_stop_and_a_start_repeat_nothing(running, places):
    expected = drop(places[0], ["one", "two"], 50)
    start(running, splitting(places, "0 sec"))
    until(lambda: set(written(places[1])) == expected, "not everything came out")
    running.restart("nifi")
    expected |= drop(places[0], ["three"], 50)
    until(lambda: set(written(places[1])) >= expected, "it takes no new file")
    assert len(written(places[1])) == len(expected)


def test_a_processor_written_in_python_works_and_is_not_left_behind(running, places, monkeypatch):
    monkeypatch.setattr(nifi, "_shipped", lambda: Path(__file__).with_name("processors"))
    running.restart("nifi")
    expected = drop(places[0], ["one"], 3)
    into, out = map(str, places)
    take = processor(
        "take", standard("GetFile"), {"Input Directory": into, "Keep Source File": "false"}, period="1 sec"
    )
    shout = processor("shout", "Shout", {}, ["original", "failure"], artifact="python-extensions")
    put = processor("put", standard("PutFile"), {"Directory": out}, ["success", "failure"])
    start(running, definition((take, "success"), (shout, "success"), (put, "")))
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
