import os
from pathlib import Path

import pytest

from hitstream.errors import ConfigError
from hitstream.sources.discover import LOG_NAMES, Paths, is_sibling


def names(found):
    return [Path(one.path).name for one in found]


def make(directory, *files):
    for number, name in enumerate(files):
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"a line\n")
        os.utime(path, (number, number))


def test_a_directory_means_its_logs_the_oldest_first(tmp_path):
    logs = ["access.log.2.gz", "access.log.1", "ssl_access_log", "site.log-20240131.zst", "Access.LOG", "vhost.log"]
    others = ["error.log", "error_log.1", ".hidden.log", "notes.txt", "access.log.swp", "below/access.log"]
    make(tmp_path, *logs, *others)
    (tmp_path / "dir.log").mkdir()
    os.mkfifo(tmp_path / "pipe.log")
    assert names(Paths([tmp_path]).scan([])) == logs


def test_a_glob_means_what_it_matches_but_no_hidden_files(tmp_path):
    make(tmp_path, "a/one.txt", "b/two.txt", "b/.three.txt", "b/error.md")
    assert names(Paths([f"{tmp_path}/**/*.txt"]).scan([])) == ["one.txt", "two.txt"]
    assert names(Paths([f"{tmp_path}/b/e*"]).scan([])) == ["error.md"]


def test_two_stars_at_the_end_mean_the_logs_of_all_directories_below(tmp_path):
    cloud = ["2025/10/10/2025-10-10-13-55-36-5F1AB2C3D4E5F6A7", "E2EXAMPLE.2025-10-10-13.a103fd5a.gz"]
    for folder in ("2025/10/10", ".hidden"):
        (tmp_path / folder).mkdir(parents=True)
    make(tmp_path, "access.log", *cloud, "2025/10/10/notes.txt", ".hidden/access.log")
    (tmp_path / "2025" / "loop").symlink_to(tmp_path)
    assert names(Paths([f"{tmp_path}/**"]).scan([])) == ["access.log", *(Path(name).name for name in cloud)]


def test_a_directory_that_has_logs_below_alone_says_how_to_read_them(tmp_path):
    (tmp_path / "2025").mkdir()
    make(tmp_path, "2025/access.log")
    with pytest.raises(ConfigError, match=r"DIR/\*\*"):
        Paths([tmp_path]).check([])


def test_a_directory_is_listed_once_however_many_of_its_files_are_given(tmp_path, monkeypatch):
    make(tmp_path, *(f"access-{number}.log" for number in range(20)))
    listed, listing = [], Path.iterdir
    monkeypatch.setattr("pathlib.Path.iterdir", lambda path: listed.append(path) or listing(path))
    given = [str(path) for path in sorted(tmp_path.glob("*.log"))]
    assert len(Paths(given).scan(given)) == 20
    assert listed == [tmp_path]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path):
    make(tmp_path, "access[1].log", "access1.log")
    assert names(Paths([tmp_path / "access[1].log"]).scan([])) == ["access[1].log"]


def test_a_file_named_twice_in_any_way_is_found_once(tmp_path):
    make(tmp_path, "access.log")
    (tmp_path / "link.log").symlink_to("access.log")
    os.link(tmp_path / "access.log", tmp_path / "hard.log")
    paths = [tmp_path / "access.log", tmp_path / "link.log", tmp_path, f"{tmp_path}/*.log"]
    assert len(Paths(paths).scan([])) == 1


@pytest.mark.parametrize(
    ("named", "other", "expected"),
    [
        ("access.log", "access.log", True),
        ("access.log", "access.log.1", True),
        ("access.log", "access.log.12.gz", True),
        ("access.log", "access.log-20240131", True),
        ("access.log", "access.log-20240131.zst", True),
        ("access.log", "access-20240131.log", True),
        ("access.log", "access.2024-01-31.log.bz2", True),
        ("access.log", "access.log.old", True),
        ("access_log", "access_log.1700000000", True),
        ("access.log", "access.log.gz", True),
        ("access.log", "error.log", False),
        ("access.log", "access-ssl.log", False),
        ("access.log", "access.log.d", False),
        ("access.log", "other-access.log.1", False),
        ("access.log", "accessXlog.1", False),
    ],
)
def test_rotated_siblings_are_told_by_their_names(named, other, expected):
    assert is_sibling(f"/var/log/{named}", f"/var/log/{other}") is expected


def test_files_elsewhere_are_no_siblings():
    assert not is_sibling("/var/log/access.log", "/var/log/old/access.log.1")


def test_siblings_are_found_but_not_asked_for(tmp_path):
    make(tmp_path, "access.log.1", "access.log", "other.log")
    given = str(tmp_path / "access.log")
    assert names(Paths([given]).scan([])) == ["access.log"]
    found = Paths([given]).scan([given])
    assert [(Path(one.path).name, one.asked) for one in found] == [("access.log.1", False), ("access.log", True)]


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"There is no file .*nowhere\.log"):
        Paths([tmp_path / "nowhere.log"]).check([])


def test_a_glob_without_a_match_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"No file matches .*/\*\.log"):
        Paths([f"{tmp_path}/*.log"]).check([])


def test_a_directory_without_logs_says_what_was_looked_for(tmp_path):
    make(tmp_path, "notes.txt", "error.log")
    with pytest.raises(ConfigError, match="holds no logs") as caught:
        Paths([tmp_path]).check([])
    assert all(pattern in str(caught.value) for pattern in LOG_NAMES)


@pytest.mark.parametrize("given", ["access.log", "", "acc*.log"])
def test_a_file_that_was_read_before_may_be_away_while_it_is_rotated(tmp_path, given):
    Paths([tmp_path / given]).check([str(tmp_path / "access.log")])


def test_a_device_or_pipe_is_sent_to_standard_input(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match=r"not a regular file.*`-`"):
        Paths([tmp_path / "pipe"]).scan([])


def test_a_directory_that_cannot_be_listed_is_refused(tmp_path, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.iterdir", denied)
    with pytest.raises(ConfigError, match="cannot be listed: permission denied"):
        Paths([tmp_path]).scan([])
