"""A NiFi with HTTPS and users: who logs in, what is trusted, and what is said where that does not work."""

import os
import subprocess
import sys

import pytest
from https_nifi import PASSWORD, Issued, nifi

from hitstream.errors import ConfigError, Retryable
from hitstream.extract.nifi.address import Nifi
from hitstream.extract.nifi.flow import flow
from hitstream.extract.nifi.server import NifiFlow

HERE = ("localhost", "127.0.0.1")
ROOT = "/nifi-api/flow/process-groups/root/status"
TOKEN = "/nifi-api/access/token"


@pytest.fixture
def own(tmp_path):
    return Issued(tmp_path, "own", hosts=HERE)


@pytest.fixture
def password(tmp_path):
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\nnot this\n", encoding="utf-8")
    return file


@pytest.fixture
def served(own):
    with nifi(own, users={"ada": PASSWORD}) as told:
        yield told


@pytest.fixture
def ask(served, own, password):
    """Return what asks NiFi for a flow, with other settings where they are given; there is none."""

    def asked(**other):
        known = {"nifi": served.address, "nifi_user": "ada", "nifi_password_file": password, "nifi_ca_file": own.pem}
        return NifiFlow(Nifi(**{**known, **other}), flow("some")).status()

    return asked


def refused(ask, match, kind=ConfigError, **other):
    with pytest.raises(kind, match=match) as caught:
        ask(**other)
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_a_user_logs_in_once_for_all_requests(ask, served):
    refused(ask, r"NiFi at https://127\.0\.0\.1:\d+/nifi has no flow some")
    assert served.logins == ["ada"]
    assert len(served.asked) > 3


def test_what_a_browser_shows_is_an_address(ask, served):
    refused(ask, r"has no flow some", nifi=f"{served.address}/#/process-groups/1")


def test_a_token_whose_time_is_over_is_replaced(ask, served, monkeypatch):
    answer = served.answer

    def short(path, shown, fields):
        given = answer(path, shown, fields)
        if path != TOKEN:
            served.tokens.clear()
        return given

    monkeypatch.setattr(served, "answer", short)
    refused(ask, "has no flow some")
    assert len(served.logins) > 2


def test_a_nifi_that_takes_no_token_is_not_asked_for_ever(ask, served):
    served.instead[ROOT] = 401, "The token is of another node."
    refused(ask, "does not permit this to ada: The token is of another node")
    assert len(served.logins) == 1


@pytest.mark.parametrize("wrong", [{"nifi_user": "bob"}, {"text": "another\n"}])
def test_a_login_that_nifi_refuses_names_user_and_file(ask, served, password, wrong):
    if "text" in wrong:
        password.write_text(wrong.pop("text"))
    error = refused(ask, r"refuses the login of (ada|bob): The supplied username and password are not valid\.", **wrong)
    assert str(password) in error.hint
    assert len(served.logins) == 1


def test_a_login_that_is_needed_is_asked_for(ask):
    error = refused(ask, "asks for a login", nifi_user=None, nifi_password_file=None)
    assert "--user" in error.hint
    assert "--password-file" in error.hint


def test_rights_that_a_user_lacks_are_told(ask, served):
    served.instead[ROOT] = 403, "Unable to view the user interface."
    refused(ask, r"does not permit this to ada: Unable to view the user interface\.")


@pytest.mark.parametrize("given", [{"nifi_user": None}, {"nifi_password_file": None}])
def test_half_a_login_is_refused(ask, served, given):
    refused(ask, "is half a login", **given)
    assert not served.asked


@pytest.mark.parametrize("name", ["nifi_password_file", "nifi_ca_file"])
def test_a_file_that_is_not_there_is_named_with_its_option(ask, served, tmp_path, name):
    error = refused(ask, r"nowhere cannot be read: No such file", **{name: tmp_path / "nowhere"})
    assert f"--{name.removeprefix('nifi_').replace('_', '-')}" in error.hint
    assert not served.asked


def test_an_empty_password_is_not_sent(ask, served, password):
    password.write_text("\nlater\n")
    refused(ask, "the first line is empty")
    assert not served.asked


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\n!"])
def test_a_file_without_a_certificate_is_refused(ask, served, tmp_path, content):
    (tmp_path / "ca.pem").write_bytes(content)
    refused(ask, r"ca\.pem has no certificate in PEM", nifi_ca_file=tmp_path / "ca.pem")
    assert not served.asked


def test_a_certificate_of_its_own_making_is_not_trusted_until_it_is_given(ask, served):
    error = refused(ask, r"The certificate of NiFi at \S+ is not trusted: self.signed certificate", nifi_ca_file=None)
    assert "--ca-file" in error.hint
    assert not served.asked


def test_the_certificate_of_another_is_not_trusted(ask, served, tmp_path):
    refused(ask, "is not trusted", nifi_ca_file=Issued(tmp_path, "other", hosts=HERE).pem)
    assert not served.asked


@pytest.mark.parametrize("given", ["authority", "leaf"])
def test_a_certificate_is_trusted_by_its_authority_or_itself(ask, tmp_path, given):
    authority = Issued(tmp_path, "authority")
    leaf = Issued(tmp_path, "leaf", hosts=HERE, by=authority)
    with nifi(leaf, users={"ada": PASSWORD}) as told:
        refused(ask, "has no flow some", nifi=told.address, nifi_ca_file=tmp_path / f"{given}.pem")


def test_a_certificate_for_another_name_is_not_trusted(ask, tmp_path):
    elsewhere = Issued(tmp_path, "elsewhere", hosts=["nifi.example"])
    with nifi(elsewhere, users={"ada": PASSWORD}) as told:
        refused(ask, "is for another name: .*127", nifi=told.address, nifi_ca_file=elsewhere.pem)
        assert not told.asked


def test_a_certificate_whose_time_is_over_is_not_trusted(ask, tmp_path):
    old = Issued(tmp_path, "old", hosts=HERE, days=-1)
    with nifi(old, users={"ada": PASSWORD}) as told:
        refused(ask, "is not trusted: certificate has expired", nifi=told.address, nifi_ca_file=old.pem)
        assert not told.asked


@pytest.mark.parametrize(
    "address", ["http://nifi.example:8080/nifi", "http://192.0.2.1/nifi", "http://127.0.0.1.example"]
)
def test_no_password_travels_readable(ask, address):
    error = refused(ask, "over plain HTTP everyone on the way could read it", nifi=address)
    assert "https://" in error.hint


def test_a_nifi_without_users_takes_no_login(ask):
    with nifi() as told:
        refused(ask, "refuses the login of ada: Access tokens are only issued over HTTPS", nifi=told.address)
        refused(ask, "has no flow some", nifi=told.address, nifi_user=None, nifi_password_file=None)


def test_nothing_is_sent_on_to_where_nifi_points(ask, served):
    with nifi() as other:
        for path in (TOKEN, ROOT):
            served.instead = {path: (307, "there", other.address)}
            refused(ask, rf"sends elsewhere: {other.address}")
        assert not other.asked


def test_https_and_plain_http_are_not_mixed_up(ask, served):
    with nifi() as told:
        refused(ask, "do not agree on HTTPS", nifi=told.address.replace("http:", "https:"))
    plain = {"nifi": served.address.replace("https:", "http:"), "nifi_user": None, "nifi_password_file": None}
    assert "https://" in refused(ask, "does not answer", Retryable, **plain).hint


@pytest.mark.parametrize(
    ("address", "shown"),
    [(text, text) for text in ("", "127.0.0.1:8080", "ftp://127.0.0.1", "https://", "https://[::1", "https://a:99999")]
    + [("https://ada:secret@a", "a"), ("https://:secret@a", "a")],
)
def test_what_is_no_address_is_refused_without_a_password_in_it(address, shown):
    with pytest.raises(ConfigError) as caught:
        Nifi(address)
    assert caught.value.message == f"{shown!r} is no address of NiFi."


def test_two_of_them_are_not_taken_for_one_another(ask, served, tmp_path):
    with nifi(other := Issued(tmp_path, "other", hosts=HERE), users={"ada": PASSWORD}) as told:
        refused(ask, f"NiFi at {served.address} has no flow")
        refused(ask, f"NiFi at {told.address} has no flow", nifi=told.address, nifi_ca_file=other.pem)
        assert served.logins == told.logins == ["ada"]


def test_the_command_takes_all_of_it_from_file_and_environment(served, own, password, tmp_path):
    said = {"nifi": served.address, "nifi_user": "ada", "nifi_ca_file": own.pem}
    (tmp_path / "hitstream.toml").write_text("".join(f'{name} = "{value}"\n' for name, value in said.items()))
    done = subprocess.run(
        [sys.executable, "-m", "hitstream", "nifi", "status", "--name", "some"],
        env={**os.environ, "HITSTREAM_NIFI_PASSWORD_FILE": str(password)},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert f"NiFi at {served.address} has no flow some." in done.stderr
    assert served.logins == ["ada"]
