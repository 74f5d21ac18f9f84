"""A stack's life, with servers that start at once."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from fake_rows import row

from hitstream.errors import ConfigError, Fatal, Retryable
from hitstream.stack import process
from hitstream.stack.lifecycle import Stack, Wishes
from hitstream.stack.logs import read
from hitstream.stack.status import statuses
from waiting import PATIENCE_SECONDS, until


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return a maker of stacks; all of their servers are stopped in the end."""
    jdk = tmp_path / "jdk"
    (jdk / "bin").mkdir(parents=True)
    (jdk / "bin" / "java").touch(0o755)
    (jdk / "release").write_text('JAVA_VERSION="99"\n')
    monkeypatch.setenv("JAVA_HOME", str(jdk))
    (tmp_path / "conf" / "fake").mkdir(parents=True)
    (tmp_path / "conf" / "fake" / "fake.properties").write_text("port=${port_talk}\n")
    stacks = []

    def make(*rows, directory="stack"):
        said = []
        stack = Stack(tmp_path / directory, None, tmp_path / "conf", {row.name: row for row in rows}, said.append)
        stack.lines = said
        stacks.append(stack)
        return stack

    yield make
    for stack in stacks:
        stack.down()


def starts(stack, name):
    return int((stack.home(name) / "data" / "starts").read_text())


def state(stack):
    return {row.name: row.state for row in statuses(stack)}


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_up_starts_what_is_asked_for_and_what_that_needs(made):
    stack = made(row("a"), row("b", needs=("a",)), row("c"))
    assert stack.up(["b"]) == ("a", "b")
    assert state(stack) == {"a": "up", "b": "up", "c": "down"}
    assert stack.lines == ["a starts.", stack.lines[1], "b starts.", stack.lines[3]]
    assert stack.lines[1].startswith("a 1.2.3 is up after ")


def test_a_second_up_starts_nothing(made):
    stack = made(row("a"))
    stack.up()
    before = stack.process("a")
    stack.up()
    assert (starts(stack, "a"), stack.process("a")) == (1, before)


def test_a_server_outlives_its_command_and_another_command_finds_it(made):
    stack = made(row("a"))
    stack.up()
    pid = stack.process("a").pid
    assert os.getsid(pid) != os.getsid(0)
    assert psutil.Process(pid).ppid() != os.getpid()
    again = made(row("a"))
    assert again.process("a").pid == pid
    again.down()
    assert not alive(pid)


def test_down_lets_a_server_save_what_it_has(made):
    stack = made(row("a"), row("b", needs=("a",)))
    stack.up()
    stack.down()
    assert (stack.home("a") / "data" / "stopped").exists()
    assert [line.split(" after")[0] for line in stack.lines[-2:]] == ["b is down", "a is down"]
    assert state(stack) == {"a": "down", "b": "down"}
    stack.down()


def test_a_server_that_does_not_obey_is_killed_after_its_grace(made):
    stack = made(row("a", "deaf", grace=0.2))
    stack.up()
    pid = stack.process("a").pid
    stack.down()
    assert not alive(pid)
    assert "was killed" in stack.lines[-1]


def test_a_killed_server_is_seen_and_started_again_with_its_data(made):
    stack = made(row("a"))
    stack.up()
    stack.kill("a")
    assert state(stack) == {"a": "died"}
    stack.up()
    assert state(stack) == {"a": "up"}
    assert starts(stack, "a") == 2


def test_what_a_dead_server_left_behind_is_ended_before_it_starts_again(made):
    stack = made(row("a", "children"))
    stack.up()
    begun = process.last_start(stack.home("a"))
    stack.kill("a")
    (orphan,) = process.families([begun])[begun.token]
    assert orphan.name() == "sleep"
    stack.up()
    assert not alive(orphan.pid)


def test_down_ends_the_children_too(made):
    stack = made(row("a", "children"))
    stack.up()
    begun = process.last_start(stack.home("a"))
    family = process.families([begun])[begun.token]
    assert len(family) == 2
    stack.down()
    assert not [other for other in family if alive(other.pid)]


def test_a_recycled_process_id_is_left_alone(made):
    stack = made(row("a"))
    stack.up()
    stack.kill("a")
    record = stack.home("a") / "process.json"
    with subprocess.Popen(["sleep", "600"]) as stranger:
        record.write_text(json.dumps(json.loads(record.read_text()) | {"pid": stranger.pid}))
        assert state(stack) == {"a": "died"}
        with pytest.raises(ConfigError, match="a does not run"):
            stack.kill("a")
        stack.down()
        assert stranger.poll() is None
        stranger.kill()


def test_a_start_that_was_cut_off_before_it_noted_the_process_leaves_nothing_running(made):
    stack = made(row("a"))
    stack.up()
    record = stack.home("a") / "process.json"
    pid = stack.process("a").pid
    record.write_text(json.dumps(json.loads(record.read_text()) | {"pid": None}))
    stack.up()
    assert not alive(pid)
    assert starts(stack, "a") == 2


def test_a_server_that_ends_while_it_starts_is_said_with_its_last_lines(made):
    stack = made(row("a", "breaks"), row("b", needs=("a",)), row("c"))
    with pytest.raises(Fatal, match=r"a ended while it started.* a\.out end with:\nFATAL the soup is cold\n") as raised:
        stack.up()
    assert "b was not begun, because a failed." in raised.value.message
    assert state(stack) == {"a": "died", "b": "down", "c": "up"}


def test_a_server_that_does_not_answer_is_said_with_its_reason(made):
    stack = made(row("a", "mute", "deaf", patience=0.3, grace=0.1))
    with pytest.raises(Retryable, match=r"a does not answer after 0 s: .*refused"):
        stack.up()
    assert state(stack) == {"a": "silent"}


def test_who_gives_up_waiting_leaves_the_server_starting(made):
    stack = made(row("a", "mute", "deaf", grace=0.1))
    threading.Timer(0.3, stack.stopped.set).start()
    with pytest.raises(Retryable, match="Gave up waiting for a"):
        stack.up()
    assert state(stack) == {"a": "starting"}


def test_ports_and_profile_are_remembered(made):
    with socket.create_server(("127.0.0.1", 0)) as asked:
        number = asked.getsockname()[1]
    stack = made(row("a"))
    stack.up(wishes=Wishes("small", {"a_talk": number}))
    assert (stack.home("a") / "conf" / "fake.properties").read_text() == f"port={number}\n"
    stack.down()
    again = made(row("a"))
    again.up()
    assert [(status.ports, status.heap) for status in statuses(again)] == [({"talk": number}, 64)]


def test_a_server_that_runs_keeps_its_port_and_its_size(made):
    stack = made(row("a"), row("b"))
    stack.up(["a"], Wishes("small"))
    port = stack.instance("a").port("talk")
    with pytest.raises(ConfigError, match="a runs, and on other ports"):
        stack.up(wishes=Wishes(ports={"a_talk": port + 1}))
    stack.up(wishes=Wishes("normal"))
    assert [(status.name, status.heap) for status in statuses(stack)] == [("a", 64), ("b", 128)]
    assert stack.instance("a").port("talk") == port


def test_a_profile_that_there_is_not_is_refused(made):
    with pytest.raises(ConfigError, match="'huge'") as raised:
        made(row("a")).up(wishes=Wishes("huge"))
    assert "small, normal" in raised.value.hint


def test_two_stacks_run_side_by_side(made):
    one, two = made(row("a"), directory="one"), made(row("a"), directory="two")
    one.up()
    two.up()
    assert one.instance("a").port("talk") != two.instance("a").port("talk")
    one.down()
    assert (state(one), state(two)) == ({"a": "down"}, {"a": "up"})


def test_one_command_at_a_time_works_on_a_stack(made):
    stack = made(row("a", "mute", "deaf", grace=0.1))

    def give_up():
        with pytest.raises(Retryable, match="Gave up"):
            stack.up()

    busy = threading.Thread(target=give_up)
    busy.start()
    until(lambda: stack.process("a"))
    with pytest.raises(Retryable, match=rf"Another command works on the stack .*process {os.getpid()}"):
        made(row("a")).up()
    stack.stopped.set()
    busy.join()


def test_a_restart_stops_and_starts(made):
    stack = made(row("a"), row("b", needs=("a",)))
    stack.up()
    other = stack.process("b")
    stack.restart("a")
    assert (starts(stack, "a"), stack.process("b")) == (2, other)


def test_without_java_nothing_is_started(made, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("hitstream.stack.java.PLACES", ())
    monkeypatch.setattr("hitstream.stack.java.found.__defaults__", ((),))
    stack = made(row("a"))
    with pytest.raises(ConfigError, match="a needs Java 17 to 99; found: none"):
        stack.up()
    assert not (stack.home("a")).exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"format": 2}', '{"format": 1, "colour": 1}', '{"ports": {}}']
)
def test_a_damaged_state_is_said_and_data_stay(made, content):
    stack = made(row("a"))
    stack.up()
    (stack.directory / "stack.json").write_text(content)
    with pytest.raises(ConfigError, match=r"stack\.json cannot be read as the state of a stack") as raised:
        stack.up()
    assert "Move it away" in raised.value.hint
    (stack.directory / "stack.json").unlink()
    with pytest.raises(ConfigError, match="a runs, and on other ports than asked for or known"):
        stack.up()
    stack.down()
    stack.up()
    assert starts(stack, "a") == 2


@pytest.mark.parametrize("ask", [statuses, lambda s: s.instance("a"), lambda s: s.remembered()])
def test_where_there_is_no_stack_the_error_says_how_to_make_one(made, ask):
    with pytest.raises(ConfigError, match="There is no stack in") as raised:
        ask(made(row("a")))
    assert "hitstream stack up" in raised.value.hint


def test_a_server_that_there_is_not_is_refused(made):
    stack = made(row("a"))
    for ask in (stack.up, stack.down):
        with pytest.raises(ConfigError, match="no server 'soup'"):
            ask(["soup"])
    for ask in (stack.kill, stack.restart, stack.instance):
        with pytest.raises(ConfigError, match="no server 'soup'"):
            ask("soup")


def test_a_log_is_read_from_its_end_and_followed_when_it_turns_over(made):
    stack = made(row("a"))
    stack.up()
    instance = stack.instance("a")
    assert list(read(instance, 5)) == ["listening"]
    instance.log.write_text("".join(f"line {number}\n" for number in range(10)))
    followed = read(instance, 2, follow=True)
    assert [next(followed), next(followed)] == ["line 8", "line 9"]
    with instance.log.open("a") as file:
        file.write("line 10\n")
    assert next(followed) == "line 10"
    instance.log.replace(instance.log.with_name("a.log.1"))
    instance.log.write_text("anew\n")
    assert next(followed) == "anew"


def test_status_says_what_a_server_takes(made):
    stack = made(row("a"))
    stack.up()
    (found,) = statuses(stack)
    assert (found.version, found.pid, found.heap) == ("1.2.3", stack.process("a").pid, 128)
    assert 2 <= found.memory <= 200
    assert 0 <= found.uptime < 60


def test_in_the_foreground_the_process_becomes_the_server(made, tmp_path):
    made(row("a"))
    code = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from fake_rows import row
from hitstream.stack.lifecycle import Stack, Wishes
Stack(Path({str(tmp_path / "stack")!r}), None, Path({str(tmp_path / "conf")!r}), {{"a": row("a")}}).run("a", Wishes())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "listening\n"
        stack = made(row("a"))
        assert stack.process("a").pid == running.pid
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE_SECONDS) == 0
    assert state(stack) == {"a": "died"}
