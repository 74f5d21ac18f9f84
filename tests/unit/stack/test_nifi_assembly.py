"""NiFi's directory of libraries, put together from parts."""

import zipfile

import pytest

from hitstream.stack.nifi_assembly import assemble, copy_processors
from hitstream.stack.versions import version


def archive(path, **entries):
    with zipfile.ZipFile(path, "w") as made:
        for name, text in entries.items():
            made.writestr(name.replace("__", "/") + ".py", text)
    return path


@pytest.fixture
def parts(tmp_path):
    release = version("nifi")
    extensions = (
        archive(tmp_path / f"nifi-server-nar-{release}.nar", server=""),
        archive(tmp_path / f"nifi-python-framework-{release}.jar", framework__Controller="run", META="no"),
        archive(tmp_path / f"nifi-python-extension-api-{release}.jar", nifiapi__properties="api"),
    )
    standard = (archive(tmp_path / "processors.jar", a="a"), archive(tmp_path / "needed.jar", b="b"))
    return {"nifi-extensions": extensions, "nifi-standard": standard}


@pytest.fixture
def place(tmp_path):
    return tmp_path / "home" / "lib"


def test_nars_are_found_and_python_sources_stand_beside_each_other(parts, place):
    assemble(place, parts.__getitem__)
    assert (place / parts["nifi-extensions"][0].name).read_bytes() == parts["nifi-extensions"][0].read_bytes()
    assert (place / "python" / "framework" / "Controller.py").read_text() == "run"
    assert (place / "python" / "api" / "nifiapi" / "properties.py").read_text() == "api"
    assert not list(place.rglob("META*"))


def test_the_standard_nar_has_what_nifi_looks_for(parts, place):
    assemble(place, parts.__getitem__)
    with zipfile.ZipFile(place / f"nifi-standard-nar-{version('nifi-standard')}.nar") as nar:
        assert nar.testzip() is None
        assert {"META-INF/", "META-INF/bundled-dependencies/"} < set(nar.namelist())
        assert {name.rpartition("/")[2] for name in nar.namelist() if name.endswith(".jar")} == {
            jar.name for jar in parts["nifi-standard"]
        }
        manifest = nar.read("META-INF/MANIFEST.MF").decode()
    assert f"Nar-Version: {version('nifi-standard')}\n" in manifest
    assert "Nar-Dependency-Id: nifi-standard-shared-nar\n" in manifest
    assert manifest.endswith("\n")


def test_what_is_made_of_the_same_parts_is_left_as_it_is(parts, place):
    assemble(place, parts.__getitem__)
    before = place.stat().st_ino
    assemble(place, parts.__getitem__)
    assert place.stat().st_ino == before


def test_other_parts_and_what_a_crash_left_are_replaced(parts, place):
    assemble(place, parts.__getitem__)
    half = place.with_name("lib.new")
    half.mkdir()
    (half / "half.nar").write_text("half")
    parts["nifi-standard"] = parts["nifi-standard"][:1]
    assemble(place, parts.__getitem__)
    with zipfile.ZipFile(place / f"nifi-standard-nar-{version('nifi-standard')}.nar") as nar:
        assert not any("needed" in name for name in nar.namelist())
    assert not (place / "half.nar").exists()
    assert not half.exists()


def test_processors_are_copied_without_what_python_compiled_and_old_ones_go(tmp_path):
    source, place = tmp_path / "source", tmp_path / "place"
    (source / "__pycache__").mkdir(parents=True)
    (source / "Publish.py").write_text("new")
    place.mkdir()
    (place / "Old.py").write_text("old")
    copy_processors(source, place)
    assert {path.name for path in place.iterdir()} == {"Publish.py"}


def test_without_processors_there_is_an_empty_directory(tmp_path):
    copy_processors(tmp_path / "nowhere", tmp_path / "place")
    assert list((tmp_path / "place").iterdir()) == []
