"""Takes a format as people paste it: a directive of a configuration, quoted pieces, or the bare string."""

import re
from typing import NamedTuple

from hitstream.errors import ConfigError

_SINGLE = r"'(?:[^'\\]|\\.)*'"
_QUOTED = rf'"(?:[^"\\]|\\.)*"|{_SINGLE}'
_PLAIN = r"""(?:[^\s;"'\\]|\\.?)+"""
_WORD = re.compile(rf"""(?P<quoted>{_QUOTED})|(?P<end>;)|(?P<open>["'].{{0,30}})|(?P<plain>{_PLAIN})""", re.DOTALL)
_NGINX = re.compile(r"\s*log_format\s+\S+\s+(?:escape=\w+\s+)?(?P<rest>.+)", re.DOTALL | re.IGNORECASE)
_APACHE = re.compile(r"\s*(?:LogFormat|CustomLog\s+(?:\"[^\"]*\"|\S+))\s+(?P<rest>.+)", re.DOTALL | re.IGNORECASE)
_PIECES = re.compile(
    rf"\s*(?P<rest>(?:{_QUOTED})(?=\s+[\w.-]+\s*$|\s*;?\s*$)|(?:{_SINGLE}\s*)+(?=;?\s*$)).*", re.DOTALL
)

_APACHE_DIRECTIVE = re.compile(r"%[!<>,\d]*[{^A-Za-z]")
_NGINX_VARIABLE = re.compile(r"\$[{A-Za-z_]")

APACHE = "Apache LogFormat"
NGINX = "nginx log_format"


class Pasted(NamedTuple):
    r"""The format string proper, without quotes and `\"` of a configuration file, and whose syntax it has."""

    text: str
    syntax: str


def unwrap(pasted: str) -> Pasted:
    """Find the format string in what was pasted.

    Understood are `LogFormat "..." name`, `CustomLog file "..."`, `log_format name '...' '...';`, quoted
    pieces, and the bare string. Without a directive the syntax is the one more of whose directives occur.

    Raises:
        ConfigError: a quote is not closed.
    """
    if found := _NGINX.fullmatch(pasted):
        return Pasted(_plain("".join(_words(found["rest"]))), NGINX)
    if found := _APACHE.fullmatch(pasted.replace("\\\n", "")):
        return Pasted(_plain("".join(_words(found["rest"])[:1])), APACHE)
    found = _PIECES.fullmatch(pasted)
    text = _plain("".join(_words(found["rest"])) if found else pasted.lstrip().rstrip("\r\n"))
    variables, directives = len(_NGINX_VARIABLE.findall(text)), len(_APACHE_DIRECTIVE.findall(text))
    return Pasted(text, NGINX if variables > directives else APACHE)


def _words(text: str) -> list[str]:
    """Return the arguments of a directive without their quotes, up to its `;`."""
    words = []
    for found in _WORD.finditer(text):
        if found["end"]:
            break
        if found["open"]:
            raise ConfigError(
                f"Log format: a quote is not closed in `{found['open']}`.",
                "Paste the directive whole, or only the string between its quotes.",
            )
        words.append(found["quoted"][1:-1] if found["quoted"] else found["plain"])
    return words


def _plain(text: str) -> str:
    return re.sub(r"\\([\"'\\])", r"\1", text)
