"""What is kept of passwords and tokens, and how long who guesses has to wait."""

import json
import stat

import pytest

from hitstream.dashboard.access import backoff
from hitstream.dashboard.access.backoff import ALL, FORGET, ONE, Backoff, network
from hitstream.dashboard.access.credentials import SHORTEST, CredentialsFile
from hitstream.errors import ConfigError

PASSWORD = "correct horse battery"


@pytest.fixture
def file(tmp_path):
    return CredentialsFile(tmp_path / "data" / "access.json")


def test_nothing_is_kept_before_anything_is_set(file):
    assert file.read() is None
    assert not file.has_password("")
    assert not file.has_token("")


def test_a_password_is_kept_hashed_and_is_its_owners_alone(file):
    file.set_password(PASSWORD)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert PASSWORD not in file.path.read_text()
    assert json.loads(file.path.read_text())["password"].startswith("$argon2id$")
    assert file.has_password(PASSWORD)
    assert not any(file.has_password(other) for other in ("", PASSWORD + "x", PASSWORD.upper(), "x" * 5000, "\udc80"))
    assert list(file.path.parent.iterdir()) == [file.path]


@pytest.mark.parametrize("password", ["", "x" * (SHORTEST - 1), "x" * 2000])
def test_a_password_too_short_or_too_long_is_refused(file, password):
    with pytest.raises(ConfigError, match=str(SHORTEST)):
        file.set_password(password)
    assert file.read() is None


def test_a_token_is_shown_once_and_kept_hashed(file):
    first, second = file.add_token("prometheus"), file.add_token("backup")
    assert len(first) > 40 and first != second
    assert first not in file.path.read_text()
    assert file.has_token(first) and file.has_token(second)
    assert not file.has_token(first[:-1]) and not file.has_token("") and not file.has_token("\udc80")
    renewed = file.add_token("prometheus")
    assert file.has_token(renewed) and not file.has_token(first)
    file.remove_token("backup")
    assert not file.has_token(second)
    with pytest.raises(ConfigError, match="prometheus"):
        file.remove_token("backup")


def test_what_another_process_writes_counts_at_once(file):
    file.set_password(PASSWORD)
    assert file.has_password(PASSWORD)
    CredentialsFile(file.path).set_password("another password")
    assert file.has_password("another password") and not file.has_password(PASSWORD)


def test_a_file_that_others_may_read_is_refused_with_the_way_out(file):
    file.set_password(PASSWORD)
    file.path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        CredentialsFile(file.path).read()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"key": 1, "tokens": [1]}', "\x00"])
def test_a_damaged_file_lets_nobody_in(file, content):
    file.set_password(PASSWORD)
    file.path.write_text(content)
    with pytest.raises(ConfigError, match="damaged"):
        CredentialsFile(file.path).read()


def test_another_password_changes_what_sessions_are_signed_with(file):
    file.set_password(PASSWORD)
    before = file.read().signing_key
    file.add_token("x")
    assert file.read().signing_key == before
    file.set_password(PASSWORD)
    assert file.read().signing_key != before


def test_the_first_wrong_passwords_cost_nothing_and_then_waits_double():
    tried, now, waits = Backoff(), 0.0, []
    for _ in range(ONE.free + 14):
        waits.append(tried.wait("192.0.2.1", now))
        now += waits[-1]
        tried.failed("192.0.2.1", now)
    assert waits[: ONE.free] == [0] * ONE.free
    assert waits[ONE.free :][:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == ONE.longest
    assert tried.wait("192.0.2.2", now) == 0
    assert tried.wait("192.0.2.1", now + FORGET + 1) == 0


def test_a_right_password_ends_the_wait():
    tried = Backoff()
    for _ in range(ONE.free):
        tried.failed("192.0.2.1", 0.0)
    assert tried.wait("192.0.2.1", 0.0) > 0
    tried.succeeded("192.0.2.1")
    assert tried.wait("192.0.2.1", 0.0) == 0


def test_many_clients_together_make_all_wait_a_little():
    tried = Backoff()
    for n in range(ALL.free + 20):
        tried.failed(f"192.0.2.{n}", 0.0)
    assert 0 < tried.wait("198.51.100.1", 0.0) <= ALL.longest


def test_clients_are_forgotten_before_memory_grows(monkeypatch):
    monkeypatch.setattr(backoff, "CLIENTS", 10)
    tried = Backoff()
    for n in range(100):
        tried.failed(f"192.0.2.{n}", 0.0)
    assert len(tried._failures) == 10
    assert backoff.EVERYBODY in tried._failures


@pytest.mark.parametrize(
    ("client", "stands_for"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("", ""),
        ("x", "x"),
    ],
)
def test_a_subscriber_of_ipv6_is_one_client(client, stands_for):
    assert network(client) == stands_for


def test_the_password_is_taken_from_a_file_and_sessions_outlive_a_restart(file, tmp_path):
    told = tmp_path / "password"
    told.write_text(PASSWORD + "\nanything else\n")
    file.take_password(told)
    assert file.has_password(PASSWORD)
    signs = file.read().signing_key
    file.take_password(told)
    assert file.read().signing_key == signs
    told.write_text("another password")
    file.take_password(told)
    assert file.has_password("another password") and not file.has_password(PASSWORD)


def test_where_there_is_no_password_file_one_is_made_with_a_random_password(file, tmp_path):
    told = tmp_path / "password"
    file.take_password(told)
    assert stat.S_IMODE(told.stat().st_mode) == 0o600
    made = told.read_text().strip()
    assert len(made) >= 20 and file.has_password(made)
    file.take_password(told)
    assert told.read_text().strip() == made


def test_a_password_file_that_cannot_be_read_is_refused(file, tmp_path):
    with pytest.raises(ConfigError, match="cannot be used"):
        file.take_password(tmp_path)
    (tmp_path / "empty").touch()
    with pytest.raises(ConfigError, match=str(SHORTEST)):
        file.take_password(tmp_path / "empty")
