"""JDKs are found where they stand, and what is missing is said."""

import pytest

from hitstream.errors import ConfigError
from hitstream.stack import java
from hitstream.stack.contract import Javas
from hitstream.stack.servers import SERVERS


@pytest.fixture
def jdks(tmp_path, monkeypatch):
    """Return a maker of JDKs that stand where nothing else does."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    def make(version, folder="jvm", text=None):
        home = tmp_path / folder / f"jdk-{version}"
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "java").write_text("#!/bin/sh\n")
        (home / "bin" / "java").chmod(0o755)
        (home / "release").write_text(text or f'IMPLEMENTOR="X"\nJAVA_VERSION="{version}"\n')
        return home

    make.places = [str(tmp_path / "jvm" / "*"), str(tmp_path / "more" / "*" / "Contents")]
    return make


def versions(jdks):
    return [jdk.version for jdk in java.found(jdks.places)]


def test_every_jdk_is_found_once_and_in_order(jdks, tmp_path):
    jdks("25.0.3")
    (tmp_path / "jvm" / "default").symlink_to(jdks("17.0.15"))
    jdks("1.8.0_372")
    assert versions(jdks) == [8, 17, 25]


def test_a_jdk_below_a_folder_of_its_own_is_found(jdks, tmp_path):
    jdks("21", "more/x/made").rename(tmp_path / "more" / "x" / "Contents")
    assert versions(jdks) == [21]


def test_the_jdk_of_java_home_comes_first(jdks, monkeypatch):
    jdks("17")
    monkeypatch.setenv("JAVA_HOME", str(jdks("25", "elsewhere")))
    assert versions(jdks) == [25, 17]


def test_the_jdk_of_the_path_is_found(jdks, tmp_path):
    home = jdks("21", "elsewhere")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    assert versions(jdks) == [21]


@pytest.mark.parametrize("text", ["", 'JAVA_VERSION="x"', "JAVA_VERSION=\xff"])
def test_what_does_not_say_its_version_is_no_jdk(jdks, text):
    jdks("17", text=text or "\n")
    assert versions(jdks) == []


def test_a_jdk_without_a_program_is_no_jdk(jdks):
    (jdks("17") / "bin" / "java").chmod(0o644)
    assert versions(jdks) == []


def test_a_server_gets_the_smallest_version_that_fits(jdks):
    for version in ("11", "17", "21", "25"):
        jdks(version)
    found = java.found(jdks.places)
    assert {name: java.choose(server, found).version for name, server in SERVERS.items()} == {
        **dict.fromkeys(SERVERS, 17),
        "nifi": 21,
    }


def test_a_java_home_that_fits_is_taken_though_it_is_not_the_smallest(jdks, monkeypatch):
    jdks("17")
    monkeypatch.setenv("JAVA_HOME", str(jdks("25", "elsewhere")))
    found = java.found(jdks.places)
    assert (java.choose(SERVERS["kafka"], found).version, java.choose(SERVERS["cassandra"], found).version) == (25, 17)


def test_without_java_the_error_says_what_to_install_for_which_server():
    with pytest.raises(ConfigError, match=r"cassandra needs Java 17; found: none") as raised:
        java.choose(SERVERS["cassandra"], [])
    assert "17" in raised.value.hint


def test_a_wrong_java_is_named_with_its_place(jdks):
    home = jdks("11")
    with pytest.raises(ConfigError, match=rf"kafka needs Java 17 to 25; found: 11 \({home}\)"):
        java.choose(SERVERS["kafka"], java.found(jdks.places))


@pytest.mark.parametrize(("javas", "advised"), [(Javas(17, 17), "17"), (Javas(21, 25), "21"), (Javas(17, 21), "17")])
def test_the_version_that_most_servers_share_is_advised(javas, advised, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    assert f"openjdk@{advised}`" in java.advice(javas)
