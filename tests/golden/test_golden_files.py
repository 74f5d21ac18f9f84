"""What real servers logged is read by detection alone, as those who asked them saw it."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from hitstream.errors import DataError
from hitstream.parse import parse_log

LOGS = Path(__file__).parent / "logs"
NAMES = sorted(path.stem for path in LOGS.glob("*.json"))
NO_TIME = {"uvicorn"}
"""Servers that do not log when: no reading can be right."""
UNESCAPED = {"squid-combined": ('"say',), "hypercorn": ('"say', "/a b")}
"""What servers write as it came, so that the line may be read in several ways: it is a bad line, not a wrong hit."""
_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})|\\(.)")
_HOP_BYTES = 16
"""What an answer may gain or lose on its way through a proxy that logs it."""
_AUTHORITY = re.compile(r"^\w+://[^/]*")


def spellings(text):
    r"""Return what a logged text may stand for: a server writes a quote as `\"`, as `\x22`, or as it is."""
    return text and (
        text,
        text.replace('\\"', '"'),
        _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text),
    )


def path_of(target):
    """Return a target without the authority that a proxy is asked with, decoded, as some servers log it."""
    return unquote(_AUTHORITY.sub("", target))


def is_size(logged, asked):
    """Tell whether a size is that of the answer or of its body; what would be the body's, for an answer without."""
    if asked["method"] in ("HEAD", "CONNECT"):
        return True
    return logged == asked["body_size"] or abs(logged - asked["size"]) <= _HOP_BYTES


@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if name not in NO_TIME],
)
def test_a_log_of_a_real_server_is_read_as_it_was_asked(name):
    table, bad = parse_log(LOGS / f"{name}.log")
    rows = table.to_pylist()
    asked = [json.loads(line) for line in (LOGS / f"{name}.json").read_text().splitlines()]
    signs = UNESCAPED.get(name, ())
    asked = [each for each in asked if not any(sign in f'"{each["agent"]} {path_of(each["target"])}' for sign in signs)]
    assert all(any(sign.encode() in line.data for sign in signs) for line in bad if b"GET" in line.data)
    assert [(row["host"], row["method"], row["status"]) for row in rows] == [
        (each["client"], each["method"], each["status"]) for each in asked
    ]
    for row, each in zip(rows, asked, strict=True):
        asked_for = path_of(each["target"]) if "query" in each["says"] else path_of(each["target"]).partition("?")[0]
        assert path_of(row["target"]) == asked_for
        assert row["protocol"] in (None, "", each["protocol"], each["protocol"].removeprefix("HTTP/"))
        assert abs(row["time"].timestamp() - each["time"]) < 2
        if "bytes" in each["says"]:
            assert is_size(row["bytes"] or 0, each)
        if "agent" in each["says"]:
            assert each["agent"] in (spellings(row["agent"]) or (None,))
        if "referrer" in each["says"]:
            assert row["referrer"] == each["referrer"]


@pytest.mark.parametrize("name", sorted(NO_TIME))
def test_a_log_without_times_is_refused(name):
    with pytest.raises(DataError):
        parse_log(LOGS / f"{name}.log")
