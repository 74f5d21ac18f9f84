"""Where a server listens, and by which names and through whom it may be asked."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from hitstream.errors import ConfigError
from hitstream.ports import LOOPBACK_NAMES


@dataclass(frozen=True)
class ServerAddress:
    """The settings of that name; `names` and `proxies` are `allowed_hosts` and `behind_proxy`."""

    host: str = "127.0.0.1"
    port: int = 8050
    names: frozenset[str] = frozenset()
    proxies: tuple[str, ...] = ()
    cert: Path | None = None
    key: Path | None = None

    @classmethod
    def of(cls, host: str, port: int, names: str, proxies: str, cert: Path | None, key: Path | None) -> "ServerAddress":
        """Return an address from settings as they are written.

        Raises:
            ConfigError: a proxy is no address, or a certificate has no key.
        """
        trusted = tuple(_listed(proxies))
        for each in trusted:
            try:
                ipaddress.ip_network(each)
            except ValueError:
                raise ConfigError(
                    f"--behind-proxy: {each!r} is no address.", "Write 127.0.0.1 or 10.0.0.0/8."
                ) from None
        if (cert is None) != (key is None):
            raise ConfigError("HTTPS needs a certificate and its key.", "Give both: --tls-cert FILE --tls-key FILE.")
        return cls(host, port, frozenset(name.lower() for name in _listed(names)), trusted, cert, key)

    @property
    def is_private(self) -> bool:
        """Tell whether nobody but this machine can ask."""
        return self.host in LOOPBACK_NAMES and not self.names and not self.proxies

    @property
    def is_readable(self) -> bool:
        """Tell whether a network between could read along."""
        return self.host not in LOOPBACK_NAMES and self.cert is None and not self.proxies

    @property
    def scheme(self) -> str:
        """Return http or https."""
        return "http" if self.cert is None else "https"

    def answers_to(self, name: str | None) -> bool:
        """Tell whether it may be asked for by that name.

        A page elsewhere can let its own name lead here (DNS rebinding), but not a number: where others than this
        machine may ask, numbers pass.
        """
        if name is None:
            return False
        if name in LOOPBACK_NAMES or name in self.names:
            return True
        return self.host not in LOOPBACK_NAMES and (name == self.host or _is_number(name))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
