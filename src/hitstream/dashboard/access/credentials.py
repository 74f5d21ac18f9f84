"""Password, tokens and the key of sessions, in one file that its owner alone may read; no secret stands in it readable.

The password is hashed by Argon2id (RFC 9106). A token has 256 random bits, which no one can guess: SHA-256 will do.
"""

import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from hitstream.errors import ConfigError, Fatal

FILE = "access.json"
"""Its name in a data directory."""
SHORTEST = 10
"""Characters of a password."""
LONGEST = 1024
_RANDOM_BYTES = 15
"""Of a password that is made: 120 bits."""


class Token(NamedTuple):
    """A program's way in: its name and the hash of its text."""

    name: str
    digest: str


@dataclass(frozen=True)
class Credentials:
    """What is kept."""

    key: str
    """Signs sessions, together with the password's hash: another password ends them all."""
    password: str | None = None
    tokens: tuple[Token, ...] = ()
    ended: Mapping[str, float] = field(default_factory=dict)
    """Sessions that were logged out, and until when they would have lasted, s since 1970."""

    @property
    def is_open(self) -> bool:
        """Tell whether nothing is asked for."""
        return self.password is None and not self.tokens

    @property
    def signing_key(self) -> bytes:
        """Return what sessions are signed with."""
        return hashlib.sha256(f"{self.key}\0{self.password}".encode()).digest()


class CredentialsFile:
    """Reads and writes the file. What another process writes counts at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._alone = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._read: Credentials | None = None

    def read(self) -> Credentials | None:
        """Return what is kept; None where nothing is.

        Raises:
            ConfigError: others may read the file, or it is damaged.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise ConfigError(f"{self.path} cannot be read: {problem.strerror}.", "Make it yours.") from problem
        stamp = status.st_mtime_ns, status.st_size, status.st_ino
        if stamp != self._stamp:
            if status.st_mode & 0o077:
                raise ConfigError(f"Others may read {self.path}.", f"Take that from them: chmod 600 {self.path}.")
            self._read, self._stamp = self._load(), stamp
        return self._read

    def set_password(self, password: str | None) -> None:
        """Keep a password, or none, in place of the one before; all sessions end.

        Raises:
            ConfigError: it is too short or too long, or the file cannot be written.
        """
        if password is not None and not SHORTEST <= len(password) <= LONGEST:
            raise ConfigError(f"A password has {SHORTEST} to {LONGEST} characters.", "Take a longer one.")
        self._change(lambda old: replace(old, password=password and _hasher().hash(password), ended={}))

    def take_password(self, path: Path) -> None:
        """Make the first line of a file the password; where there is no such file it is written, with a random one.

        Sessions go on where the password is the one before.

        Raises:
            ConfigError: the file cannot be read or written, or what stands in it is no password.
        """
        try:
            if not path.exists():
                path.touch(mode=0o600)
                path.write_text(secrets.token_urlsafe(_RANDOM_BYTES) + "\n")
            first = path.read_text().partition("\n")[0]
        except (OSError, UnicodeDecodeError) as problem:
            raise ConfigError(f"{path} cannot be used: {problem}.", "Name another: --password-file.") from problem
        if not self.has_password(first):
            self.set_password(first)

    def add_token(self, name: str) -> str:
        """Return a new token of that name, in place of an older one; it is not kept, its hash is."""
        token = f"hs_{secrets.token_urlsafe(32)}"
        made = Token(name, _digest(token))
        self._change(lambda old: replace(old, tokens=(*_others(old, name), made)))
        return token

    def remove_token(self, name: str) -> None:
        """Forget a token.

        Raises:
            ConfigError: there is none of that name.
        """
        known = self.read()
        if known is None or all(token.name != name for token in known.tokens):
            raise ConfigError(f"There is no token {name!r}.", f"Tokens: {_names(known)}.")
        self._change(lambda old: replace(old, tokens=_others(old, name)))

    def end_session(self, session: str, until: float, now: float) -> None:
        """Note that a session was logged out, as long as it would have lasted."""
        self._change(lambda old: replace(old, ended={**_lasting(old.ended, now), session: until}))

    def has_password(self, password: str) -> bool:
        """Tell whether this is the password. Takes some 50 ms and 64 MB, so that trying is dear."""
        from argon2.exceptions import Argon2Error, InvalidHashError

        known = self.read()
        if known is None or known.password is None or len(password) > LONGEST:
            return False
        with self._alone:
            try:
                return bool(_hasher().verify(known.password, password))
            except (Argon2Error, InvalidHashError, UnicodeEncodeError):
                return False

    def has_token(self, token: str) -> bool:
        """Tell whether this is a token; takes the same time whether or not, and wherever it differs."""
        known = self.read()
        digest = _digest(token)
        found = [hmac.compare_digest(each.digest, digest) for each in (known.tokens if known else ())]
        return any(found)

    def _load(self) -> Credentials:
        try:
            plain = json.loads(self.path.read_text())
            return Credentials(**plain | {"tokens": tuple(Token(*token) for token in plain["tokens"])})
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise ConfigError(
                f"{self.path} is damaged: {problem}.", "Delete it, and set password and tokens again."
            ) from problem

    def _change(self, change: Any) -> None:
        """Write what is kept anew; the file is whole at any time, and its owner's alone from the start."""
        with self._alone:
            new = change(self.read() or Credentials(secrets.token_hex(32)))
            part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                part.unlink(missing_ok=True)
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    json.dump(asdict(new), file)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.path)
            except OSError as problem:
                part.unlink(missing_ok=True)
                raise Fatal(
                    f"{self.path} cannot be written: {problem.strerror}.", "Name another: --access-file."
                ) from problem
            self._stamp = None


def _hasher() -> Any:
    from argon2 import PasswordHasher

    return PasswordHasher()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _others(known: Credentials, name: str) -> tuple[Token, ...]:
    return tuple(token for token in known.tokens if token.name != name)


def _names(known: Credentials | None) -> str:
    return ", ".join(token.name for token in known.tokens) if known and known.tokens else "none"


def _lasting(ended: Mapping[str, float], now: float) -> dict[str, float]:
    return {session: until for session, until in ended.items() if until > now}
