"""Who may ask: whoever can reach this machine's loopback where no password and no token is set, else who shows one.

A session is a signed cookie; the server keeps nothing of it. It ends with its time, a logout, or another password.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, NamedTuple

from hitstream.clock import Clock
from hitstream.dashboard.access.backoff import Backoff
from hitstream.dashboard.access.credentials import Credentials, CredentialsFile

if TYPE_CHECKING:
    from itsdangerous import URLSafeSerializer

_BEARER = "bearer "
_SALT = "hitstream session"


class LoginSession(NamedTuple):
    """A browser that has given the password, and until when it need not again, s since 1970."""

    name: str
    until: float


class Access:
    """Checks and gives sessions, and counts attempts."""

    def __init__(self, file: CredentialsFile | None, clock: Clock, hours: float = 24) -> None:
        """Take credentials from a file; without any, nothing is asked for."""
        self._file = file
        self.clock = clock
        self.seconds = hours * 3600
        self.backoff = Backoff()
        self.logins: Counter[str] = Counter()

    @property
    def is_asked_for(self) -> bool:
        """Tell whether a password or a token is set."""
        return self._kept() is not None

    @property
    def takes_passwords(self) -> bool:
        """Tell whether a password is set."""
        kept = self._kept()
        return kept is not None and kept.password is not None

    def knows(self, headers: Mapping[str, str], secure: bool) -> bool:
        """Tell whether a request may be answered: nothing is asked for, or it shows a session or a token."""
        kept = self._kept()
        if kept is None or self._file is None:
            return True
        shown = headers.get("authorization", "")
        if shown.lower().startswith(_BEARER):
            return self._file.has_token(shown[len(_BEARER) :].strip())
        return self._session(kept, headers.get("cookie", ""), secure) is not None

    def log_in(self, password: str, client: str, secure: bool) -> tuple[str | None, float]:
        """Return the cookie of a new session and 0; or None, and the seconds to wait if there are any."""
        now = self.clock.now()
        wait = self.backoff.wait(client, now)
        if wait:
            self.logins["delayed"] += 1
            return None, wait
        if self._file is None or not self._file.has_password(password):
            self.logins["wrong"] += 1
            self.backoff.failed(client, now)
            return None, 0.0
        self.logins["taken"] += 1
        self.backoff.succeeded(client)
        kept = self._file.read()
        assert kept is not None
        value = _signer(kept).dumps(LoginSession(secrets.token_hex(16), now + self.seconds))
        return _cookie(_name(kept, secure), str(value), int(self.seconds), secure), 0.0

    def log_out(self, headers: Mapping[str, str], secure: bool) -> str | None:
        """End a session; return the cookie that takes its cookie away, None where nothing is asked for."""
        kept = self._kept()
        if kept is None or self._file is None:
            return None
        session = self._session(kept, headers.get("cookie", ""), secure)
        if session is not None:
            self._file.end_session(session.name, session.until, self.clock.now())
        return _cookie(_name(kept, secure), "", 0, secure)

    def _kept(self) -> Credentials | None:
        """Return what requests are held to; None where nothing is asked for."""
        kept = self._file.read() if self._file else None
        return None if kept is None or kept.is_open else kept

    def _session(self, kept: Credentials, cookies: str, secure: bool) -> LoginSession | None:
        from itsdangerous import BadData

        try:
            shown = SimpleCookie(cookies).get(_name(kept, secure))
            session = LoginSession(*_signer(kept).loads(shown.value)) if shown else None
        except (BadData, CookieError, TypeError):
            return None
        if session is None or kept.password is None or session.name in kept.ended:
            return None
        return session if self.clock.now() < session.until else None


def _signer(kept: Credentials) -> "URLSafeSerializer":
    from itsdangerous import URLSafeSerializer

    options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(kept.signing_key, salt=_SALT, signer_kwargs=options)


def _name(kept: Credentials, secure: bool) -> str:
    """Return the cookie's name: cookies know no ports, so each data directory has one of its own."""
    own = hashlib.sha256(kept.key.encode()).hexdigest()[:8]
    return f"{'__Host-' if secure else ''}hitstream-{own}"


def _cookie(name: str, value: str, seconds: int, secure: bool) -> str:
    parts = [f"{name}={value}", "Path=/", f"Max-Age={seconds}", "HttpOnly", "SameSite=Strict"]
    return "; ".join([*parts, "Secure"] if secure else parts)
