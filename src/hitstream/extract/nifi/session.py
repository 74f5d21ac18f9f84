"""Requests to a NiFi: its certificate is checked, and where it has users, one of them is logged in."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from urllib3 import BaseHTTPResponse, PoolManager, Retry
from urllib3.exceptions import HTTPError, SSLError

from hitstream.errors import ConfigError, HitstreamError, Retryable
from hitstream.extract.nifi.address import Nifi
from hitstream.text import shortened, visible

_LONGEST = 400
"""Characters of what NiFi says that an error repeats."""
_WRONG_NAME = (62, 64)
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""
_OK, _REDIRECT, _UNAUTHORIZED, _FORBIDDEN = 200, 300, 401, 403
_Answer = BaseHTTPResponse


class NifiSession:
    """Sends requests as a user, where one is given, and as nobody else.

    It stands where NiFi's client has its pool of connections. A token that NiFi does not take any more, as after its
    time, is replaced by another login, once a request.
    """

    def __init__(self, nifi: Nifi) -> None:
        """Send nothing yet.

        Raises:
            ConfigError: the file with certificates cannot be read, or has none.
        """
        self._nifi = nifi
        self._token = ""
        # Nothing is sent on to where NiFi points: it could be the password, and to a place that nobody checked.
        self._pool = PoolManager(ssl_context=_trusted(nifi), retries=Retry(0, redirect=False))

    def request(self, method: str, url: str, headers: Mapping[str, str] | None = None, **sent: Any) -> _Answer:
        """Send a request and return the answer, which may be that NiFi refuses.

        Raises:
            ConfigError: the certificate, the login or the user's rights do not suffice.
            Retryable: NiFi does not answer.
        """
        known = bool(self._token)
        answer = self._as_user(method, url, headers, sent)
        if answer.status == _UNAUTHORIZED and known:
            self._token = ""
            answer = self._as_user(method, url, headers, sent)
        if answer.status in (_UNAUTHORIZED, _FORBIDDEN):
            raise self._denied(answer)
        return answer

    def _as_user(self, method: str, url: str, headers: Mapping[str, str] | None, sent: Mapping[str, Any]) -> _Answer:
        if self._nifi.nifi_user is None:
            return self._send(method, url, headers=headers, **sent)
        self._token = self._token or self._log_in(self._nifi.nifi_user)
        return self._send(method, url, headers={**(headers or {}), "Authorization": f"Bearer {self._token}"}, **sent)

    def _log_in(self, user: str) -> str:
        fields = {"username": user, "password": _password(self._nifi)}
        answer = self._send("POST", f"{self._nifi.interface}/access/token", fields=fields, encode_multipart=False)
        if not _OK <= answer.status < _REDIRECT:
            raise ConfigError(
                f"{self._nifi} refuses the login of {user}: {said(answer.data)}.",
                f"Look at --user, and at the first line of {self._nifi.nifi_password_file}.",
            )
        return answer.data.decode()

    def _send(self, method: str, url: str, **sent: Any) -> _Answer:
        try:
            answer = self._pool.request(method, url, **sent)
        except HTTPError as error:
            raise _unreached(self._nifi, error) from error
        if place := answer.get_redirect_location():
            raise ConfigError(f"{self._nifi} sends elsewhere: {said(place)}.", "Name that place with --nifi.")
        return answer

    def _denied(self, answer: _Answer) -> ConfigError:
        user = self._nifi.nifi_user
        if user is None and answer.status == _UNAUTHORIZED:
            return ConfigError(f"{self._nifi} asks for a login.", "Give --user, and --password-file with its password.")
        return ConfigError(
            f"{self._nifi} does not permit this to {user or 'one without a login'}: {said(answer.data)}.",
            "Give that user the rights in NiFi that a flow takes; the documentation of the cluster lists them.",
        )


def said(text: bytes | str) -> str:
    """Return what NiFi, or who answers in its place, says, as an error repeats it."""
    told = text.decode(errors="replace") if isinstance(text, bytes) else text
    return shortened(visible(" ".join(told.split()).rstrip(".")), _LONGEST) or "it does not say why"


def _unreached(nifi: Nifi, error: HTTPError) -> HitstreamError:
    reason = getattr(error, "reason", error)
    cause = reason.args[0] if isinstance(reason, SSLError) and reason.args else reason
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _untrusted(nifi, cause)
    if isinstance(reason, SSLError):
        hint = "Look whether that is its HTTPS port. One that asks its users for certificates has no login by password."
        return ConfigError(f"{nifi} and this machine do not agree on HTTPS: {cause}.", hint)
    return Retryable(
        f"{nifi} does not answer ({type(reason).__name__}).",
        "Start it (`hitstream stack up --only nifi`), or name it with --nifi: with https:// where it has users.",
    )


def _untrusted(nifi: Nifi, error: ssl.SSLCertVerificationError) -> ConfigError:
    if error.verify_code in _WRONG_NAME:
        return ConfigError(
            f"The certificate of {nifi} is for another name: {error.verify_message}.",
            "Write in --nifi a name that stands in the certificate.",
        )
    return ConfigError(
        f"The certificate of {nifi} is not trusted: {error.verify_message}.",
        "Give it, or that of its authority, in PEM: --ca-file. The documentation of the cluster says how to get it.",
    )


def _password(nifi: Nifi) -> str:
    file = nifi.nifi_password_file
    assert file is not None
    with _readable(file, "Name the file with NiFi's password: --password-file."):
        first = file.read_text(encoding="utf-8").partition("\n")[0]
    if not first:
        raise ConfigError(f"{file}: the first line is empty.", "NiFi's password must stand there.")
    return first


def _trusted(nifi: Nifi) -> ssl.SSLContext:
    """Return what checks NiFi's certificate, and that it is of the host that was asked."""
    file = nifi.nifi_ca_file
    if file is None:
        return ssl.create_default_context()
    with _readable(file, "Name the file with the certificate of NiFi or its authority: --ca-file."):
        context = ssl.create_default_context(cafile=file)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # NiFi's own certificate is enough, whoever signed it
    return context


@contextmanager
def _readable(file: Path, hint: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as error:
        raise ConfigError(
            f"{file} has no certificate in PEM.", "It begins with -----BEGIN CERTIFICATE-----."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {getattr(error, 'strerror', 'it is no text')}.", hint) from error
