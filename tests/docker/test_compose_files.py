"""Compose files are what docker compose takes them for, and open nothing."""

import json
from pathlib import Path

import pytest
from composed import FILES, Composed

pytestmark = pytest.mark.compose
SETS = {
    "embedded": ("compose.yaml",),
    "cluster": ("compose.cluster.yaml",),
    "official": ("compose.cluster.yaml", "compose.official.yaml"),
}


def _config(files: tuple[str, ...], logs: Path) -> dict:
    composed = Composed([FILES / file for file in files], "hitstream-read", {"LOGS": str(logs)})
    return json.loads(composed("config", "--format", "json"))


@pytest.fixture(params=SETS)
def services(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, dict]:
    return _config(SETS[request.param], tmp_path)["services"]


def test_ports_are_published_to_this_machine_alone(services: dict[str, dict]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}


def test_every_service_is_bounded_and_can_gain_nothing(services: dict[str, dict]) -> None:
    for name, service in services.items():
        assert int(service["mem_limit"]) > 0, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name


def test_no_secret_stands_in_an_environment(services: dict[str, dict]) -> None:
    told = [name for service in services.values() for name in service.get("environment", {})]
    assert told
    secret = ("PASSWORD", "TOKEN", "SECRET", "KEY")
    assert not [name for name in told if name.endswith(secret)]


def test_the_clusters_servers_are_on_a_network_that_leads_nowhere(tmp_path: Path) -> None:
    config = _config(SETS["cluster"], tmp_path)
    assert config["networks"]["cluster"]["internal"] is True
    outside = {name for name, service in config["services"].items() if set(service["networks"]) != {"cluster"}}
    assert outside == {"dashboard", "jupyter"}
    assert outside == {name for name, service in config["services"].items() if service.get("ports")}


def test_vendors_images_take_the_place_of_the_servers_and_of_nothing_else(tmp_path: Path) -> None:
    ours, theirs = (_config(SETS[name], tmp_path)["services"] for name in ("cluster", "official"))
    replaced = {name for name in ours if theirs[name]["image"] != ours[name]["image"]}
    assert replaced == {"kafka", "cassandra", "namenode", "datanode", "spark-master", "nifi"}
    assert {name: theirs[name] for name in ours if name not in replaced} == {
        name: service for name, service in ours.items() if name not in replaced
    }
