"""Who may ask: nobody without a session or a token, once a password is set; and how both are had and lost."""

import re
from urllib.parse import urlencode

import pytest
from asgi import ask
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from hitstream.dashboard.access.access import Access
from hitstream.dashboard.access.credentials import CredentialsFile
from hitstream.dashboard.access.login import address, inside
from hitstream.dashboard.address import ServerAddress
from hitstream.dashboard.guard import Guard
from hitstream.dashboard.server.desk import Desk
from hitstream.dashboard.server.routes import add_routes
from hitstream.dashboard.server.services import Services
from hitstream.errors import ConfigError
from hitstream.query import open_query

PASSWORD = "correct horse battery"
FORM = {"content-type": "application/x-www-form-urlencoded"}
WIDE = ServerAddress("0.0.0.0", names=frozenset({"logs.example"}))


class Clock:
    def __init__(self):
        self.time = 1_000_000.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


class Site:
    """The guard before the routes, and a page that is not Dash's."""

    def __init__(self, root, data, where):
        self.clock = Clock()
        self.file = CredentialsFile(root / "access.json")
        self.access = Access(self.file, self.clock, hours=1)
        self.services = Services(Desk(lambda: open_query(data)), self.clock, self.access)
        inner = FastAPI(openapi_url=None)
        add_routes(inner, self.services)
        inner.add_api_route("/", lambda: PlainTextResponse("the page"))
        inner.add_api_route("/_dash-layout", lambda: PlainTextResponse("the layout"))
        self.app = Guard(inner, where, self.access)

    def get(self, path, **request):
        return ask(self.app, path, **request)

    def log_in(self, password=PASSWORD, **request):
        body = urlencode({"password": password, "next": "/"}).encode()
        return self.get("/login", method="POST", body=body, headers=FORM | request.pop("headers", {}), **request)

    def session(self, **request):
        return self.log_in(**request).headers["set-cookie"].partition(";")[0]


@pytest.fixture
def make(tmp_path, data):
    made = []

    def site(where=None):
        made.append(Site(tmp_path, data, where or ServerAddress()))
        return made[-1]

    yield site
    for each in made:
        each.services.desk.close()


@pytest.fixture
def site(make):
    made = make()
    made.file.set_password(PASSWORD)
    return made


def test_without_a_password_this_machine_may_ask_all(make):
    site = make()
    assert site.get("/").body == b"the page"
    assert site.get("/api/v1/totals").status == 200
    assert site.get("/healthz").json["lines"] == 5
    assert site.get("/login").status == 303


@pytest.mark.parametrize(
    "path", ["/", "/_dash-layout", "/assets/page.css", "/api/v1/totals", "/api/v1/openapi.json", "/metrics"]
)
@pytest.mark.parametrize("cookie", ["", "hitstream=1", "hitstream-00000000=x.y", "=;;="])
def test_with_a_password_a_stranger_gets_nothing(site, path, cookie):
    answer = site.get(path, headers={"cookie": cookie})
    assert answer.status == (303 if path == "/" else 401)
    assert b'"hits"' not in answer.body and b"the page" not in answer.body


def test_a_stranger_is_sent_to_the_login_and_from_there_to_where_he_wanted(site):
    sent = site.get("/?range=24h&where=status%3E%3D400")
    assert sent.headers["location"] == "/login?next=/%3Frange%3D24h%26where%3Dstatus%253E%253D400"
    form = site.get(sent.headers["location"])
    assert form.status == 200
    target = re.search(r'name="next" value="([^"]*)"', form.body.decode())[1].replace("&amp;", "&")
    assert target == "/?range=24h&where=status%3E%3D400"
    body = urlencode({"password": PASSWORD, "next": target}).encode()
    assert site.get("/login", method="POST", body=body, headers=FORM).headers["location"] == target


def test_programs_are_told_in_their_own_words(site):
    answer = site.get("/api/v1/totals")
    assert answer.json["error"]["message"]
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert site.get("/healthz").json == {"status": "ok"}


def test_a_session_lets_in_until_its_time_is_over(site):
    cookie = {"cookie": site.session()}
    for path in ("/", "/_dash-layout", "/api/v1/totals", "/metrics"):
        assert site.get(path, headers=cookie).status == 200
    assert site.get("/healthz", headers=cookie).json["lines"] == 5
    site.clock.time += 3599
    assert site.get("/", headers=cookie).status == 200
    site.clock.time += 2
    assert site.get("/", headers=cookie).status == 303


def test_the_cookie_is_for_this_site_and_no_script(site):
    plain = site.log_in().headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=3600"} <= set(plain.split("; "))
    assert "Secure" not in plain
    secure = site.log_in(scheme="https").headers["set-cookie"]
    assert secure.startswith("__Host-hitstream-") and "Secure" in secure.split("; ")


def test_a_changed_cookie_is_none(site):
    name, _, value = site.session().partition("=")
    for place in range(0, len(value) - 1, 7):  # the last character has bits that mean nothing
        changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        assert site.get("/", headers={"cookie": f"{name}={changed}"}).status == 303


def test_a_logout_ends_the_session_for_good(site, make):
    cookie = {"cookie": site.session()}
    other = {"cookie": site.session()}
    answer = site.get("/logout", method="POST", headers=cookie)
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert site.get("/", headers=cookie).status == 303
    assert site.get("/", headers=other).status == 200
    assert make().get("/", headers=cookie).status == 303  # after a restart too


@pytest.mark.parametrize("password", ["another password", None])
def test_another_password_ends_all_sessions(site, password):
    site.file.add_token("x")
    cookie = {"cookie": site.session()}
    site.file.set_password(password)
    assert site.get("/", headers=cookie).status == 303


def test_a_token_lets_a_program_in(site):
    token = site.file.add_token("prometheus")
    for word in ("Bearer", "bearer"):
        assert site.get("/metrics", headers={"authorization": f"{word} {token}"}).status == 200
    for wrong in (f"Bearer {token}x", "Bearer ", f"Basic {token}", token):
        assert site.get("/metrics", headers={"authorization": wrong}).status == 401
    site.file.remove_token("prometheus")
    assert site.get("/metrics", headers={"authorization": f"Bearer {token}"}).status == 401


def test_with_tokens_alone_the_form_says_that_there_is_no_password(make):
    site = make()
    site.file.add_token("x")
    assert b"hitstream password" in site.get("/login").body
    assert site.log_in("").status == 401


def test_wrong_passwords_are_slowed_by_client_and_counted(site):
    answers = [site.log_in("wrong wrong wrong") for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert b"Try again in" in answers[-1].body
    assert site.log_in().status == 429  # the right one has to wait too
    assert site.log_in(client="192.0.2.9").status == 303
    site.clock.time += 1.1
    assert site.log_in().status == 303
    assert site.access.logins == {"wrong": 5, "delayed": 2, "taken": 2}


@pytest.mark.parametrize("body", [b"", b"password", b"password=%ff%fe", b"next=/&next=//evil.example", b"\xff" * 100])
def test_a_form_that_is_none_is_a_wrong_password(site, body):
    assert site.get("/login", method="POST", body=body, headers=FORM).status == 401


def test_a_form_that_is_too_long_is_not_read(site):
    assert site.get("/login", method="POST", body=b"password=" + b"x" * 100_000, headers=FORM).status == 413


@pytest.mark.parametrize("path", ["/login", "/logout", "/_dash-layout", "/api/v1/sql"])
def test_a_form_of_another_page_is_refused(site, path):
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        assert site.get(path, method="POST", headers={"origin": origin}).status == 403


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "",
        "x",
        "/\r\nset-cookie: a=b",
        "/login",
    ],
)
def test_a_login_leads_nowhere_else(target):
    assert inside(target) == "/"


def test_a_login_leads_back_with_everything():
    assert inside("/errors?range=24h&where=host~a%20b") == "/errors?range=24h&where=host~a%20b"
    assert address("/", "a=1") == "/login?next=/%3Fa%3D1"


def test_the_form_needs_no_script_and_shows_nothing_it_was_given_as_html(site):
    page = site.get("/login?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert b"<script" not in page.body
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert site.get("/login.css").status == 200


@pytest.mark.parametrize(
    "host", ["logs.example", "logs.example:8050", "LOGS.example", "192.0.2.7:8050", "[2001:db8::1]:8050", "localhost"]
)
def test_a_public_server_answers_to_its_names_and_to_numbers(make, host):
    assert make(WIDE).get("/healthz", headers={"host": host}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "logs.example.evil.example", "", "192.0.2.7.evil.example"])
def test_a_public_server_answers_to_no_other_name(make, host):
    assert make(WIDE).get("/healthz", headers={"host": host}).status == 421


def test_the_origin_is_that_of_https_behind_tls(site):
    assert site.get("/healthz", scheme="https", headers={"origin": "https://localhost"}).status == 200
    assert site.get("/healthz", scheme="https", headers={"origin": "http://localhost"}).status == 403
    assert "connect-src 'self' wss://localhost" in site.get("/login", scheme="https").headers["content-security-policy"]


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-forwarded-host"])
def test_a_proxy_opens_nothing_by_accident(make, header):
    site = make()
    answer = site.get("/", headers={header: "192.0.2.1"})
    assert answer.status == 421
    assert b"--behind-proxy" in answer.body
    site.file.set_password(PASSWORD)
    assert site.get("/", headers={header: "192.0.2.1"}).status == 303


def test_an_address_is_read_from_settings():
    where = ServerAddress.of("0.0.0.0", 1, " a.example, B.example ", "127.0.0.1,10.0.0.0/8", None, None)
    assert where.names == {"a.example", "b.example"}
    assert where.proxies == ("127.0.0.1", "10.0.0.0/8")
    assert not where.is_private and not ServerAddress(names=frozenset({"x"})).is_private
    assert ServerAddress("::1").is_private and ServerAddress("localhost").is_private
    with pytest.raises(ConfigError, match="--behind-proxy"):
        ServerAddress.of("127.0.0.1", 1, "", "proxy", None, None)
    with pytest.raises(ConfigError, match="--tls-key"):
        ServerAddress.of("127.0.0.1", 1, "", "", "cert.pem", None)
