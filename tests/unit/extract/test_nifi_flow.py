"""NiFi's flow as data: it fits NiFi, the processor that it names, and the file that is shipped."""

import ast
import json
import re

import pytest

from hitstream import __version__
from hitstream.extract.nifi.flow import PARAMETERS, PROCESSOR, flow, log_names
from hitstream.sources.discover import _is_log

NAMES = [
    "access.log",
    "ACCESS.log.1",
    "other_vhosts_access.log",
    "x.log-20240101.gz",
    "nasa_log",
    "a_log.2",
    "site.LOG",
    "2025-10-10-13-55-36-5F1AB2C3D4E5F6A7",
    "E2EXAMPLE.2025-10-10-13.a103fd5a.gz",
]
OTHERS = ["error.log", "access.log.tmp", ".access.log", "notes.txt", "a.log~", "catalogue", "access.md5", "log", "xlog"]


@pytest.fixture
def contents():
    return flow("some").definition({"topic": "lines"})["flowContents"]


@pytest.fixture
def declared(extension):
    """Return what NiFi reads of the processor's source: its version, its properties' and relations' names."""
    tree = ast.parse((extension / f"{PROCESSOR.type}.py").read_text())
    names = {"PropertyDescriptor": set(), "Relationship": set()}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        if call.func.id in names:
            names[call.func.id] |= {word.value.value for word in call.keywords if word.arg == "name"}
    versions = [
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "version"
    ]
    return versions, names["PropertyDescriptor"], names["Relationship"] | {"failure", "original"}


def test_the_shipped_file_is_the_flow(extension):
    shipped = extension.parents[1] / "hitstream.json"
    assert json.loads(shipped.read_text()) == flow("hitstream").definition(), "hitstream nifi flow > that file"


def test_it_is_the_same_each_time_it_is_made():
    assert flow("some").definition() == flow("some").definition()


def test_every_relation_of_every_processor_leads_somewhere_or_ends(contents, declared):
    relations = {PROCESSOR.type: declared[2]}
    for node in contents["processors"]:
        led = {
            relation
            for link in contents["connections"]
            if link["source"]["id"] == node["identifier"]
            for relation in link["selectedRelationships"]
        }
        ended = set(node["autoTerminatedRelationships"])
        assert led | ended == relations.get(node["type"], {"success"})
        assert not led & ended


def test_connections_join_processors_that_there_are(contents):
    there = {node["identifier"] for node in contents["processors"]}
    assert len(there) == len(contents["processors"])
    assert {link[end]["id"] for link in contents["connections"] for end in ("source", "destination")} == there


def test_the_processor_has_the_version_and_the_properties_that_the_flow_names(contents, declared):
    versions, properties, _ = declared
    assert versions == [__version__]
    (node,) = (node for node in contents["processors"] if node["type"] == PROCESSOR.type)
    assert set(node["properties"]) == properties


def test_every_parameter_is_used_and_no_other():
    used = re.findall(r"#\{(\w+)\}", json.dumps(flow("some").definition()["flowContents"]))
    assert set(used) == set(PARAMETERS)


def test_parameters_get_their_values():
    (context,) = flow("some").definition({"topic": "lines"})["parameterContexts"].values()
    assert {row["name"]: row["value"] for row in context["parameters"]} == dict.fromkeys(PARAMETERS, "") | {
        "topic": "lines"
    }


@pytest.mark.parametrize("name", NAMES + OTHERS)
def test_it_lists_the_names_that_hitstream_reads_in_a_directory(name):
    assert bool(re.fullmatch(log_names(), name)) == (name in NAMES)
    assert name.startswith(".") or _is_log(name) == (name in NAMES)
