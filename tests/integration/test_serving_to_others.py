"""The page behind a password, as real processes: by HTTP, HTTPS, the socket and through a proxy."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import pytest

from hitstream.engine.embedded import ingest
from hitstream.testing.crash import PAUSE, CrashSource
from waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
LINE = b'h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 1\n'


def hitstream(*arguments, text=None):
    done = subprocess.run(
        [sys.executable, "-m", "hitstream", *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def data(tmp_path):
    ingest(tmp_path / "data", CrashSource([LINE, PAUSE]).open, log_format="common")
    return tmp_path / "data"


@contextmanager
def served(data, *arguments):
    command = [sys.executable, "-m", "hitstream", "serve", "--data", str(data), "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"})
    try:
        said = process.stderr.readline()
        yield urlsplit(re.search(r"https?://\S+", said)[0]), process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        process.stderr.close()


def ask(place, path, method="GET", headers=None, body=None, context=None):
    port = place.port
    connection = (
        http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS, context=context)
        if place.scheme == "https"
        else http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    )
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def log_in(place, **options):
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "origin": f"{place.scheme}://127.0.0.1:{place.port}",
    }
    answer = ask(place, "/login", "POST", headers, urlencode({"password": PASSWORD}), **options)
    assert answer.status == 303
    return answer.headers["set-cookie"].partition(";")[0]


def test_others_are_served_only_once_a_password_is_set(data):
    code, _, said = hitstream("serve", "--data", data, "--host", "0.0.0.0", "--port", "0")
    assert (code, "hitstream password" in said) == (2, True)
    for option in (("--allowed-hosts", "logs.example"), ("--behind-proxy", "127.0.0.1")):
        assert hitstream("serve", "--data", data, "--port", "0", *option)[0] == 2
    assert hitstream("password", "--data", data, text="short\n")[0] == 2
    assert hitstream("password", "--data", data, text=PASSWORD + "\n")[0] == 0
    code, token, _ = hitstream("token", "prometheus", "--data", data)
    assert code == 0
    with served(data, "--host", "0.0.0.0") as (place, _process):
        assert ask(place, "/").status == 303
        assert ask(place, "/metrics", headers={"authorization": f"Bearer {token.strip()}"}).status == 200
        assert ask(place, "/", headers={"cookie": log_in(place)}).status == 200
        hitstream("token", "prometheus", "--data", data, "--remove")
        assert ask(place, "/metrics", headers={"authorization": f"Bearer {token.strip()}"}).status == 401


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate by openssl")
def test_https_is_served_with_a_certificate(data, tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)
    hitstream("password", "--data", data, text=PASSWORD + "\n")
    context = ssl.create_default_context(cafile=str(cert))
    with served(data, "--tls-cert", cert, "--tls-key", key) as (place, _process):
        assert place.scheme == "https"
        cookie = log_in(place, context=context)
        assert cookie.startswith("__Host-")
        assert ask(place, "/", headers={"cookie": cookie}, context=context).status == 200
    assert hitstream("serve", "--data", data, "--tls-cert", key, "--tls-key", cert)[0] == 2


def test_the_socket_opens_for_a_session_and_closes_with_it(data):
    from websockets.exceptions import ConnectionClosed, InvalidStatus
    from websockets.sync.client import connect

    hitstream("password", "--data", data, text=PASSWORD + "\n")
    with served(data) as (place, _process):
        url, origin = f"ws://127.0.0.1:{place.port}/_dash-ws-callback", f"http://127.0.0.1:{place.port}"
        with pytest.raises(InvalidStatus), connect(url, origin=origin, proxy=None):
            pass
        cookie = log_in(place)
        with connect(url, origin=origin, additional_headers={"cookie": cookie}, proxy=None) as opened:
            opened.send('{"type": "ping"}')
            hitstream("password", "--data", data, text=PASSWORD + " new\n")
            with pytest.raises(ConnectionClosed) as closed:
                for _ in range(20):
                    opened.send('{"type": "ping"}')
                    opened.recv(timeout=PATIENCE_SECONDS)
        assert closed.value.rcvd.code == 4401


def test_forwarded_headers_are_believed_from_a_trusted_proxy_alone(data):
    hitstream("password", "--data", data, text=PASSWORD + "\n")
    https = {
        "x-forwarded-proto": "https",
        "x-forwarded-for": "192.0.2.1",
        "host": "logs.example",
        "origin": "https://logs.example",
    }
    for trusted, status in (("127.0.0.1", 200), ("192.0.2.200", 403)):
        with served(data, "--allowed-hosts", "logs.example", "--behind-proxy", trusted) as (place, _process):
            assert ask(place, "/login", headers=https).status == status


def test_a_free_port_is_bound_to_loopback_alone(data):
    with served(data) as (place, _process), socket.socket() as other:
        other.settimeout(5)
        name = socket.gethostbyname(socket.gethostname())
        if name.startswith("127."):
            pytest.skip("this machine has no other address")
        assert other.connect_ex((name, place.port)) != 0
