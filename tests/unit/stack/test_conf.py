"""Configuration files are filled whole, and what does not fit them is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from hitstream.errors import ConfigError
from hitstream.stack import conf
from hitstream.stack.contract import Command, Instance, Javas, Server, Size
from hitstream.stack.servers import SERVERS

SERVER = Server(
    name="soup-bowl",
    parts=(),
    java=Javas(17, 25),
    ports={"hot": 4000},
    sizes={"small": Size(64, values={"depth": "3"}), "normal": Size(128, values={"depth": "5"})},
    command=lambda _: Command(()),
    ready=lambda _: "1",
    values=lambda instance: {"twice": str(2 * instance.port("hot"))},
)


@pytest.fixture
def instance(tmp_path):
    ports = {"soup-bowl": {"hot": 4001}, "spoon": {"cold": 4002}}
    return Instance(SERVER, tmp_path / "home", "small", Path(), lambda _: (), ports, hosts={"spoon": "spoon.example"})


@pytest.fixture
def written(tmp_path, instance):
    """Return what becomes of a template."""

    def write(text, **changes):
        folder = tmp_path / "templates" / "soup-bowl"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "soup.xml").write_text(text)
        conf.write(replace(instance, **changes), tmp_path / "templates")
        return (instance.conf / "soup.xml").read_text()

    return write


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${name} ${port_hot} ${twice} ${heap} ${depth}", "soup-bowl 4001 8002 64 3"),
        ("${soup_bowl_hot} ${spoon_cold}", "127.0.0.1:4001 spoon.example:4002"),
        ("${listen} ${host} ${appender}", "127.0.0.1 127.0.0.1 file"),
        ("$${its.own}", "${its.own}"),
    ],
)
def test_placeholders_say_what_the_instance_is(written, text, filled):
    assert written(text) == filled


def test_in_a_container_it_listens_elsewhere_and_logs_to_the_console(written):
    changes = {"listen": "0.0.0.0", "hosts": {"soup-bowl": "bowl"}, "foreground": True}
    assert written("${listen} ${host} ${soup_bowl_hot} ${appender}", **changes) == "0.0.0.0 bowl bowl:4001 console"


@pytest.mark.parametrize("text", ["${colour}", "a $ sign", "$", "${"])
def test_a_placeholder_that_there_is_not_is_named_with_its_file(written, text):
    with pytest.raises(ConfigError, match=r"soup\.xml: ") as raised:
        written(text)
    assert "$$" in raised.value.hint


def test_configuration_is_written_anew_and_data_are_kept(written, instance):
    written("one")
    (instance.conf / "stray").touch()
    (instance.tmp / "stray").touch()
    (instance.data / "kept").touch()
    assert written("two") == "two"
    found = {path.relative_to(instance.home).as_posix() for path in instance.home.rglob("*") if path.is_file()}
    assert found == {"conf/soup.xml", "data/kept"}


def test_a_directory_of_ones_own_must_be_there(tmp_path, instance):
    with pytest.raises(ConfigError, match=r"nowhere"):
        conf.templates(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="no configuration files of soup-bowl"):
        conf.write(instance, tmp_path)


@pytest.mark.parametrize("foreground", [False, True])
@pytest.mark.parametrize("profile", ["small", "normal"])
@pytest.mark.parametrize("name", SERVERS)
def test_the_files_that_come_along_fit_every_server(tmp_path, name, profile, foreground):
    ports = {other: dict(server.ports) for other, server in SERVERS.items()}
    made = Instance(SERVERS[name], tmp_path / name, profile, Path(), lambda _: (), ports, foreground=foreground)
    conf.write(made, conf.templates())
    text = "".join(file.read_text() for file in made.conf.iterdir())
    assert str(made.log) in text
    assert ("console" if foreground else "file") in text
