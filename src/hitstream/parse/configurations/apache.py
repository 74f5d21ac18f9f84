"""The logs of a configuration of Apache's httpd: its `CustomLog`, `TransferLog` and `LogFormat` directives.

Source: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html
"""

import re
from collections.abc import Iterator
from pathlib import Path

from hitstream.errors import ConfigError
from hitstream.parse.configurations import ConfiguredLog, checked
from hitstream.parse.configurations.files import ConfigurationFiles

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)
_ESCAPED = re.compile(r"\\([\"\\])")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_EXPORT = re.compile(r"^\s*export\s+(\w+)=([^\s#]*)", re.MULTILINE)
_SHELL_VARIABLE = re.compile(r"\$\{?\w+\}?")
_COMMON = "common"


def apache_logs(path: Path) -> list[ConfiguredLog]:
    """Return every log that a configuration writes, each pair of file and format once.

    Files that are included are read within the configuration's directory. `${NAME}` is what `Define` says, or the file
    `envvars` beside the configuration, as Debian has it; what neither says stays as it is.

    Raises:
        ConfigError: the file cannot be read.
    """
    files = ConfigurationFiles(path)
    variables = _exported(files, path.parent / "envvars")
    directives = list(_directives(files, path, variables))
    formats = {words[2]: words[1] for words in directives if words[0] == "logformat" and len(words) > 2}
    default = next((words[1] for words in directives if words[0] == "logformat" and len(words) == 2), _COMMON)
    found: dict[ConfiguredLog, None] = {}
    for words in directives:
        if words[0] in ("customlog", "globallog") and len(words) > 2:
            text = formats.get(words[2], words[2])
        elif words[0] == "transferlog" and len(words) > 1:
            text = default
        else:
            continue
        found[checked(words[1], text)] = None
    return list(found)


def _directives(files: ConfigurationFiles, path: Path, variables: dict[str, str]) -> Iterator[list[str]]:
    for line in files.text(path).replace("\\\r\n", "").replace("\\\n", "").splitlines():
        words = [_ESCAPED.sub(r"\1", quoted) if quoted else plain for quoted, plain in _WORD.findall(line)]
        if not words or words[0].startswith(("#", "<")):
            continue
        words = [words[0].lower(), *(_filled(word, variables) for word in words[1:])]
        if words[0] == "define" and len(words) > 2:
            variables[words[1]] = words[2]
        elif words[0] in ("include", "includeoptional") and len(words) > 1:
            for included in files.included(words[1]):
                yield from _directives(files, included, variables)
        else:
            yield words


def _filled(word: str, variables: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), word)


def _exported(files: ConfigurationFiles, path: Path) -> dict[str, str]:
    try:
        text = files.text(path)
    except ConfigError:
        return {}
    return {name: _SHELL_VARIABLE.sub("", value).strip("\"'") for name, value in _EXPORT.findall(text)}
