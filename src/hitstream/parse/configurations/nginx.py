"""The logs of an nginx configuration: its `access_log` and `log_format` directives.

Source: https://nginx.org/en/docs/http/ngx_http_log_module.html
"""

import re
from collections.abc import Iterator
from pathlib import Path

from hitstream.parse.configurations import ConfiguredLog, checked
from hitstream.parse.configurations.files import ConfigurationFiles

_TOKEN = re.compile(
    r"""[ \t\r\n]+ | \#[^\n]* | (?P<sign>[;{}]) | "(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>(?:[^'\\]|\\.)*)'
    | (?P<word>(?:\\.|\$\{\w+\}|[^\s;{}"'\\])(?:\\.|\$\{\w+\}|[^\s;{}\\])*)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\([\"'\\])")
_VARIABLE = re.compile(r"\$\{?\w+\}?")
_COMBINED = "combined"


def nginx_logs(path: Path) -> list[ConfiguredLog]:
    """Return every log that a configuration writes, each pair of file and format once.

    A variable in a file's name becomes `*`. Files that are included are read within the configuration's directory.

    Raises:
        ConfigError: the file cannot be read.
    """
    files = ConfigurationFiles(path)
    directives = list(_directives(files, path))
    formats = {
        words[1]: "".join(word for word in words[2:] if not word.startswith("escape="))
        for words in directives
        if words[0] == "log_format" and len(words) > 2
    }
    found: dict[ConfiguredLog, None] = {}
    for words in directives:
        if words[0] != "access_log" or len(words) < 2 or words[1] == "off":
            continue
        name = next((word for word in words[2:] if "=" not in word), _COMBINED)
        if name != _COMBINED and name not in formats:
            found[ConfiguredLog(words[1], name, f"no log_format is named {name}")] = None
            continue
        carried = "syslog: " if words[1].startswith("syslog:") else ""
        text = formats.get(name, _COMBINED)
        found[checked(_VARIABLE.sub("*", words[1]), carried + text)] = None
    return list(found)


def _directives(files: ConfigurationFiles, path: Path) -> Iterator[list[str]]:
    words: list[str] = []
    for found in _TOKEN.finditer(files.text(path)):
        if not found["sign"]:
            if word := _word(found):
                words.append(word)
            continue
        if words and words[0] == "include" and len(words) > 1:
            for included in files.included(words[1]):
                yield from _directives(files, included)
        elif words:
            yield words
        words = []


def _word(found: re.Match[str]) -> str:
    quoted = found["double"] if found["double"] is not None else found["single"]
    return _ESCAPED.sub(r"\1", quoted) if quoted is not None else found["word"] or ""
