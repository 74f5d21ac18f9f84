r"""Envelopes: what carried a line here and is no part of it. A table, like `formats.FORMATS`.

An envelope is taken off before the format reads. It is written before a format, `syslog: combined`; several may stand
there, the outermost first. What is inside keeps the position of the line that carried it.

There are three kinds:

* A prefix: what stands before the line has one of the shapes `whole` or `parts`. The first that fits is taken.
* An object: the line is a JSON object (RFC 8259), and the string at `key` is what it carries, without one newline at
  its end. Control characters may stand in strings as they are, bytes need not be UTF-8; of equal keys the last counts.
* A table (`csv`): the line is a record of RFC 4180, and its last field, which is in quotes, is what it carries.

A shape is a regular expression of one-byte items without groups, each of which takes as many bytes as it can and gives
none back: a byte, an escape or a class, and `{n}`, `{n,m}`, `?`, `*` or `+` after it.

Writers cut long lines into parts. Lines of `parts` are continued by the next line of the same stream (the number of
the shape), until a whole one. Of an object with `ends`, a text that does not end with a newline is a part, and its
stream is whether the key `stream` is `stderr`. A part that is not continued within what is read at once is taken as it
is. A joined line stands at the position of its first part; the others count as directives.

A line that has not the shape, carries no text, or one with a newline in it, is bad for the reason `envelope`; it is
kept as it came. A blank line is a directive.
"""

import re
from typing import NamedTuple

ENVELOPE = "envelope"
"""The reason of a line whose envelope is broken."""

_DATE = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{2}:\d{2}:\d{2}"
_ISO = _DATE + "[T ]" + _CLOCK + r"[.,]?\d{0,9}[Z+-]\d{0,2}:?\d{0,2}"
_BSD = r"[A-Z][a-z]{2} [ \d]\d " + _CLOCK + r"\.?\d{0,6}"
_FULL = r"[A-Z][a-z]{2} " + _DATE + " " + _CLOCK + r"\.?\d{0,6} [A-Z]{2,5}"
_UNIX = r"\d{9,11}\.\d{6}"
_MONOTONIC = r"\[ *\d{1,9}\.\d{6}\]"
_PRIORITY = r"<\d{1,3}>"
_TAG = r"[^\s:\[\"]{1,64}\[?[\w.-]{0,32}\]?: "
_NODE = r"[\w.:-]{1,255}"
_SERVICE = r"[\w.-]{1,128} *\|"
_POD = r"\[pod/[^\s/\]]{1,253}/[^\s\]]{1,253}\] "
_STERN = r"[a-z\d.]{1,200}-[a-z\d.-]{1,200} [a-z\d-]{1,63} "
_PATHS = (r"[^\s:\"/\[]{0,200}/[^\s:\"\[]{1,900}:", r"[^\s:\"./\[]{0,200}\.log[^\s:\"\[]{0,200}:")
_LEVEL = "[A-Z]{3,8}"
_LOGGER = r"[A-Za-z_][\w.-]{0,63}"
_STAMP = _DATE + "[T ]" + _CLOCK + r"[.,]?\d{0,6}"
_5424 = _PRIORITY + r"1 [^\s]{1,40} [^\s]{1,255} [^\s]{1,48} [^\s]{1,128} [^\s]{1,32} "


class Envelope(NamedTuple):
    """A row of `ENVELOPES`."""

    name: str
    title: str
    whole: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    key: str = ""
    ends: bool = False
    csv: bool = False


ENVELOPES: tuple[Envelope, ...] = (
    Envelope(
        "syslog5424",
        "syslog of RFC 5424, with or without a count of bytes before it; Heroku's drain",
        tuple(
            count + _5424 + data
            for count in ("", r"\d{1,5} ")
            for data in (r"- \xef\xbb\xbf", "- ", r"\[[^\]]*\] ", r"\[[^\]]*\]\[[^\]]*\] ", "")
        ),
    ),
    Envelope("heroku", "heroku logs", (_ISO + r" [a-z]{1,16}\[[\w.-]{1,64}\]: ",)),
    Envelope(
        "syslog",
        "syslog of RFC 3164, with or without priority and host; rsyslog's files; journalctl's short outputs",
        tuple(
            priority + time + " " + node + _TAG
            for priority in ("", _PRIORITY)
            for time in (_BSD, _ISO, _FULL, _UNIX, _MONOTONIC)
            for node in ("", _NODE + " ")
        ),
    ),
    Envelope(
        "cri",
        "container logs of Kubernetes (containerd, CRI-O)",
        (_ISO + " stdout F ", _ISO + " stderr F "),
        (_ISO + " stdout P ", _ISO + " stderr P "),
    ),
    Envelope(
        "compose",
        "docker compose logs, with or without colours and times",
        (_SERVICE + " " + _ISO + " ", _SERVICE + " "),
    ),
    Envelope("kubectl", "kubectl logs --prefix, with or without times", (_POD + _ISO + " ", _POD)),
    Envelope("stern", "stern", (_STERN,)),
    Envelope(
        "logger",
        "a logger's time, level and name (Python's logging)",
        (
            _LEVEL + ":" + _LOGGER + ":",
            _STAMP + " - " + _LOGGER + " - " + _LEVEL + " - ",
            r"\[" + _STAMP + r"\] " + _LEVEL + " in " + _LOGGER + ": ",
            *(
                start + " " + level + name
                for start in (_STAMP, r"\[" + _STAMP + r"\]")
                for level in (r"\[" + _LEVEL + r"\] ", _LEVEL + ":? +")
                for name in (_LOGGER + ": ", "")
            ),
        ),
    ),
    Envelope("grep", "a file's name before the line (grep -H)", _PATHS),
    Envelope("cloudwatch", "a time and a stream before the line (aws logs tail)", (_ISO + r" [^\s\[\"]{1,512} ",)),
    Envelope("timestamp", "a time before the line (docker logs -t, kubectl logs --timestamps)", (_ISO + " ",)),
    Envelope("docker", "Docker's json-file", key="log", ends=True),
    Envelope("journal-json", "journalctl -o json", key="MESSAGE"),
    Envelope("json-log", "JSON with the line in `log` (Fluent Bit, Fluentd)", key="log"),
    Envelope("json-message", "JSON with it in `message` (Filebeat, Vector, Logstash, rsyslog)", key="message"),
    Envelope("json-msg", "JSON with it in `msg`", key="msg"),
    Envelope("connect", "JSON of Kafka Connect with it in `payload`", key="payload"),
    Envelope("csv", "CSV whose last field, in quotes, is the line", csv=True),
)
"""The envelopes known by name. Where two fit a log, the earlier row is taken if a format fits what is inside."""

BY_NAME = {row.name: row for row in ENVELOPES}
_GIVEN = re.compile(r"\s*([a-z][a-z0-9-]*):\s+(?=\S)")


def split_envelopes(text: str) -> tuple[tuple[str, ...], str]:
    """Return the envelopes that a format names before its text, and that text."""
    names: list[str] = []
    while (found := _GIVEN.match(text)) and found[1] in BY_NAME:
        names.append(found[1])
        text = text[found.end() :]
    return tuple(names), text
