"""The log format of a GoAccess configuration, as a format of hitstream.

Source: https://goaccess.io/man (log-format, date-format, time-format)
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from hitstream.errors import ConfigError
from hitstream.parse.configurations import ConfiguredLog, checked
from hitstream.parse.configurations.files import ConfigurationFiles

_NAMED = {
    "COMBINED": "combined",
    "VCOMBINED": "vhost_combined",
    "COMMON": "common",
    "VCOMMON": "vhost_common",
    "CLOUDFRONT": "cloudfront",
    "AWSELB": "alb",
    "AWSALB": "alb",
    "AWSS3": "s3",
    "SQUID": "squid",
    "CADDY": "caddy",
    "TRAEFIKCLF": "traefik_clf",
}
"""GoAccess's own names. W3C is read by `#Fields`, so it needs no format."""
_DIRECTIVES = {
    "v": "%v", "e": "%u", "h": "%h", "r": "%r", "m": "%m", "U": "%U", "q": "%q", "H": "%H", "s": "%>s", "b": "%b",
    "R": "%{Referer}i", "u": "%{User-Agent}i", "D": "%D", "T": "%T", "L": "%{ms}T",
}  # fmt: skip
_COLUMNS = {
    "v": "vhost", "e": "user", "h": "host", "r": "request", "m": "method", "U": "target", "H": "protocol",
    "s": "status", "b": "bytes", "R": "referrer", "u": "agent", "D": "microseconds", "T": "seconds",
    "L": "milliseconds", "n": "nanoseconds", "x": "time", "d": "time", "t": "time",
}  # fmt: skip
_TIMES = {"%s": "sec", "%*": "msec", "%f": "usec"}
_SPECIFIER = re.compile(r"~h(?:\{[^}]*\})?|%[A-Za-z^~%]|[^%~]+|.", re.DOTALL)
_FIRST = "client=first: "


def goaccess_logs(path: Path) -> list[ConfiguredLog]:
    """Return the logs of a GoAccess configuration, or one without a file, in the format that it says.

    Raises:
        ConfigError: the file cannot be read, or has no log-format.
    """
    options: dict[str, list[str]] = {}
    for line in ConfigurationFiles(path).text(path).splitlines():
        name, _, value = line.strip().partition(" ")
        if name and not name.startswith("#"):
            options.setdefault(name, []).append(value.strip())
    if "log-format" not in options:
        raise ConfigError(f"{path} has no log-format.", "Give a goaccess.conf in which a log-format is set.")
    text = options["log-format"][-1]
    date, time = (options.get(name, [""])[-1] for name in ("date-format", "time-format"))
    files = options.get("log-file") or ["-"]
    if text.upper() == "W3C":
        return [ConfiguredLog(file, "", "needs no format: its #Fields say it") for file in files]
    log_format = _NAMED.get(text.upper()) or translated(text, date, time)
    return [checked(file, log_format) for file in files]


def translated(text: str, date: str, time: str) -> str:
    """Return a format of GoAccess, with the formats of its dates and times, as one of hitstream."""
    if text.lstrip().startswith("{"):
        return _of_keys(text)
    pieces = "".join(_piece(found[0], date, time) for found in _SPECIFIER.finditer(text))
    return (_FIRST if "~h" in text else "") + pieces


def _piece(piece: str, date: str, time: str) -> str:
    if piece.startswith("~h"):
        return "%{X-Forwarded-For}i"
    if not piece.startswith("%") or piece == "%%":
        return piece
    letter = piece[1:]
    if letter == "~":
        return " "
    if letter in "dtx":
        form = {"d": date, "t": time, "x": date if time in (date, "") else f"{date} {time}"}[letter]
        return f"%{{{_TIMES.get(form, form)}}}t"
    return _DIRECTIVES.get(letter, "%{skipped}n")


def _of_keys(text: str) -> str:
    """Return the mapping of a format that is an object of JSON, its values the specifiers."""
    try:
        keys = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"The log-format is no JSON: {error}.", "Mend it, or give --format 'json ...'.") from error
    columns: dict[str, list[str]] = {}
    for key, value in _values(keys, ""):
        for letter in re.findall(r"[%~]([A-Za-z])", value):
            if letter in _COLUMNS:
                columns.setdefault(_COLUMNS[letter], []).append(key)
                break
    return " ".join(["json", *(f"{column}={'|'.join(dict.fromkeys(keys))}" for column, keys in columns.items())])


def _values(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _values(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield from (pair for inner in value[:1] for pair in _values(inner, path))
    else:
        yield path, str(value)
