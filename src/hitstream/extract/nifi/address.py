"""Where a NiFi is, who logs in there, and what its certificate is checked against."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hitstream.errors import ConfigError
from hitstream.ports import LOOPBACK_NAMES

_BOTH = "Give both --user and --password-file, or neither where NiFi has no users."


@dataclass(frozen=True)
class Nifi:
    """A NiFi, by the settings of these names; as a text it is what errors call it.

    Raises:
        ConfigError: the address is none, half a login is given, or its password would travel readable.
    """

    nifi: str
    """Its address, as one opens it in a browser."""
    nifi_user: str | None = None
    """Who logs in; None where it has no users."""
    nifi_password_file: Path | None = None
    nifi_ca_file: Path | None = None
    """Certificates (PEM) one of which must be NiFi's or its authority's; None for those that this machine trusts."""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.nifi)
            known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
        except ValueError:
            known = False
        if not known:
            shown = self.nifi.rpartition("@")[2]  # before it may stand a password
            raise ConfigError(f"{shown!r} is no address of NiFi.", "Write --nifi https://HOST:PORT/nifi.")
        if (self.nifi_user is None) != (self.nifi_password_file is None):
            raise ConfigError(f"The login for {self} is half a login.", _BOTH)
        if self.nifi_user is not None and parts.scheme == "http" and parts.hostname not in LOOPBACK_NAMES:
            raise ConfigError(
                f"No password is sent to {self}: over plain HTTP everyone on the way could read it.",
                "Give NiFi's address with https://, or no --user where it has no users.",
            )

    def __str__(self) -> str:
        return f"NiFi at {self._page}"

    @property
    def interface(self) -> str:
        """Where its REST interface is."""
        return self._page.removesuffix("/nifi") + "/nifi-api"

    @property
    def _page(self) -> str:
        return self.nifi.partition("#")[0].rstrip("/")
