"""The lock says what versions.toml asks for, to the byte."""

import re

import pytest

from hitstream.errors import ConfigError
from hitstream.stack import jars
from hitstream.stack.jars import Jar
from hitstream.stack.servers import SERVERS
from hitstream.stack.versions import parts


@pytest.mark.parametrize(
    ("coordinate", "path"),
    [
        ("org.apache.kafka:kafka_2.13:jar:4.4.0", "org/apache/kafka/kafka_2.13/4.4.0/kafka_2.13-4.4.0.jar"),
        ("a.b:c:jar:tests:1", "a/b/c/1/c-1-tests.jar"),
        ("a:c:test-jar:tests:1", "a/c/1/c-1-tests.jar"),
        ("a:c:nar:1", "a/c/1/c-1.nar"),
    ],
)
def test_a_coordinate_says_where_a_jar_stands_in_a_repository(coordinate, path):
    assert Jar("part", coordinate, "", 0).path == path


def test_a_lock_reads_as_it_was_written():
    made = [Jar("a", "g:x:jar:1", "0" * 64, 5), Jar("b", "g:y:jar:1", "1" * 64, 6), Jar("a", "g:z:jar:1", "2" * 64, 7)]
    assert jars.read(jars.text(made)) == {"a": (made[0], made[2]), "b": (made[1],)}


@pytest.mark.parametrize("part", parts())
def test_the_lock_has_what_the_table_of_versions_names(part):
    assert set(parts()[part].jars) <= {jar.coordinate for jar in jars.of(part)}


def test_the_lock_has_nothing_else():
    assert set(jars.locked()) == set(parts())


def test_every_jar_has_a_hash_and_a_size():
    locked = [jar for part in jars.locked().values() for jar in part]
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) and jar.size > 0 for jar in locked)


def test_the_parts_of_every_server_are_in_the_lock():
    assert {part for server in SERVERS.values() for part in server.parts} <= set(jars.locked())


def test_a_part_that_is_not_locked_is_named():
    with pytest.raises(ConfigError, match="no jars of soup"):
        jars.of("soup")
