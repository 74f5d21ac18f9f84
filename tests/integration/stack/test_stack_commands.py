"""`hitstream stack` as one types it."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from hitstream.stack.servers import SERVERS

DEFAULT_PORT = SERVERS["kafka"].ports["broker"]


@pytest.fixture
def run(tmp_path):
    """Return a runner of `hitstream stack`; what it started is stopped in the end."""

    def run(*arguments, directory="stack", **environment):
        command = [sys.executable, "-m", "hitstream", "stack", *arguments]
        environment = {**os.environ, "HITSTREAM_STACK_DATA": str(tmp_path / directory), **environment}
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    yield run
    for directory in tmp_path.iterdir():
        if (directory / "stack.json").exists():
            run("down", directory=directory.name)


@pytest.fixture
def two_ports():
    """Return free ports of Kafka as options."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        numbers = one.getsockname()[1], two.getsockname()[1]
    return [f"--port=kafka_{name}={number}" for name, number in zip(("broker", "controller"), numbers, strict=True)]


@pytest.mark.parametrize("command", ["status", "env", "logs kafka", "ready kafka"])
def test_without_a_stack_a_command_says_how_to_make_one(run, command):
    done = run(*command.split())
    assert done.returncode == 2
    assert "There is no stack in" in done.stderr
    assert "hitstream stack up" in done.stderr


def jdk(home, version):
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").touch(0o755)
    (home / "release").write_text(f'JAVA_VERSION="{version}"\n')
    return str(home)


@pytest.fixture
def only_java(tmp_path, monkeypatch):
    """Return a maker of the only JDK of the machine."""
    places = "from hitstream.stack import java; java.found.__defaults__ = ((),)"
    (tmp_path / "sitecustomize.py").write_text(places)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return lambda version: monkeypatch.setenv("JAVA_HOME", jdk(tmp_path / "jdk", version))


def test_without_java_up_says_what_to_install(run, only_java):
    done = run("up", "--only=kafka")
    assert done.returncode == 2
    assert "kafka needs Java 17 to 25; found: none." in done.stderr
    assert "Install" in done.stderr


def test_a_wrong_java_is_named(run, only_java, tmp_path):
    only_java("11.0.2")
    done = run("up", "--only=kafka")
    assert done.returncode == 2
    assert f"found: 11 ({tmp_path / 'jdk'})" in done.stderr


def test_offline_without_jars_up_says_what_to_do(run, only_java, tmp_path):
    only_java("17.0.1")
    done = run("up", "--only=kafka", "--offline", f"--jars={tmp_path / 'empty'}")
    assert done.returncode == 2
    assert "jars of kafka" in done.stderr
    assert "hitstream stack fetch" in done.stderr


def test_a_client_gets_the_files_and_addresses_of_servers_elsewhere(run, only_java, tmp_path):
    only_java("17.0.1")
    shown = (
        "import os, pathlib; print(*map(os.environ.get, ('HITSTREAM_SPARK', 'HITSTREAM_HDFS', 'HITSTREAM_KAFKA')), "
        "pathlib.Path(os.environ['SPARK_CONF_DIR'], 'spark-env.sh').read_text(), sep='\\n')"
    )
    servers = ("--at", "spark-master=master.example", "--at", "namenode=names.example")
    done = run("client", *servers, "--", sys.executable, "-c", shown, HITSTREAM_KAFKA="mine:9092")
    assert done.returncode == 0, done.stderr
    spark, hdfs, kafka, *files = done.stdout.splitlines()
    assert (spark, hdfs) == ("spark://master.example:7077", "hdfs://names.example:8020")
    assert kafka == "mine:9092"  # what is set stays
    assert f"JAVA_HOME={tmp_path / 'jdk'}" in files


def test_a_client_that_is_no_program_is_refused(run, only_java):
    only_java("17.0.1")
    done = run("client", "--at", "spark-master=master.example", "--", "/no/such/program")
    assert done.returncode == 2
    assert "/no/such/program cannot be run" in done.stderr


@pytest.mark.parametrize("option", ["--port=kafka_broker", "--port=kafka_broker=x", "--port=soup=1", "--only=soup"])
def test_what_is_no_option_is_refused(run, option):
    done = run("up", option, "--offline")
    assert done.returncode == 2
    assert done.stderr.startswith("hitstream: ")


@pytest.mark.servers
@pytest.mark.slow
def test_a_server_through_its_life(run, two_ports):
    begun = run("up", "--only=kafka", "--offline", "--profile=small", *two_ports)
    assert begun.returncode == 0, begun.stderr
    assert "kafka 4.4.0 is up after" in begun.stderr
    (kafka,) = (row for row in json.loads(run("status", "--json").stdout) if row["name"] == "kafka")
    assert (kafka["state"], kafka["version"], kafka["heap"]) == ("up", "4.4.0", 256)
    assert 100 < kafka["memory"] < 1000
    assert f"export HITSTREAM_KAFKA=127.0.0.1:{kafka['ports']['broker']}\n" in run("env").stdout
    assert "Kafka Server started" in run("logs", "kafka").stdout
    assert run("ready", "kafka").returncode == 0
    assert run("kill", "kafka").returncode == 0
    assert run("status").returncode == 1
    assert run("ready", "kafka").returncode == 4
    assert run("up", "--only=kafka", "--offline").returncode == 0
    assert run("down").returncode == 0
    assert "kafka" in run("status").stdout
    assert run("status").returncode == 0


@pytest.mark.servers
@pytest.mark.slow
def test_two_stacks_run_side_by_side_and_a_taken_port_is_named(run, stack):
    stack.up(["kafka"])
    taken = stack.instance("kafka").port("broker")
    refused = run("up", "--only=kafka", "--offline", f"--port=kafka_broker={taken}")
    assert refused.returncode == 4
    assert f"Port {taken}, which kafka needs, is in use by" in refused.stderr
    with ExitStack() as held:
        with suppress(OSError):  # somebody else has it
            held.enter_context(socket.create_server(("127.0.0.1", DEFAULT_PORT)))
        begun = run("up", "--only=kafka", "--offline", "--profile=small", directory="other")
    assert begun.returncode == 0, begun.stderr
    rows = json.loads(run("status", "--json", directory="other").stdout)
    assert not {taken, DEFAULT_PORT} & set(rows[0]["ports"].values())
    run("down", directory="other")
    assert stack.process("kafka")


@pytest.mark.servers
@pytest.mark.slow
def test_a_server_that_finds_no_room_is_said_with_its_last_lines(run, two_ports, tmp_path):
    """The limit of a file's size gives the same kind of error as a full disk, and needs no rights."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)); "
        "from hitstream.cli import main; main()"
    )
    arguments = ["stack", "up", "--only=kafka", "--offline", *two_ports, "--data", str(tmp_path / "stack")]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stderr
    assert "kafka" in done.stderr
    assert "File too large" in done.stderr


def test_the_directory_of_a_stack_can_stand_in_the_settings_file(run, tmp_path):
    Path(tmp_path / "hitstream.toml").write_text('stack_data = "from-the-file"\n')
    command = [sys.executable, "-m", "hitstream", "stack", "status"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert str(tmp_path / "from-the-file") in done.stderr
