"""How fast other formats and envelopes are read beside Combined: the same traffic, written in each, on one thread."""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bench.measure import turns

_LINES = 60_000
_COMBINED = re.compile(r'(\S+) \S+ (\S+) \[([^\]]+)\] "([^"]*)" (\d+) (\S+) "([^"]*)" "([^"]*)"')
_TIME = "%d/%b/%Y:%H:%M:%S %z"

Fields = tuple[str, ...]
"""Client, user, time, request, status, size, referrer, agent."""


def _iso(logged: str) -> str:
    return datetime.strptime(logged, _TIME).isoformat()


def _caddy(row: Fields) -> str:
    method, target, protocol = row[3].split(" ")
    headers = {"Referer": [row[6]], "User-Agent": [row[7]]}
    remote = {"remote_ip": row[0], "remote_port": "41342", "client_ip": row[0], "proto": protocol, "method": method}
    request = {**remote, "host": "www.example.org", "uri": target, "headers": headers}
    since = datetime.strptime(row[2], _TIME).timestamp()
    logged = {"level": "info", "ts": since, "logger": "http.log.access", "msg": "handled request"}
    return json.dumps(
        {**logged, "request": request, "duration": 0.000929675, "size": int(row[5]), "status": int(row[4])},
        separators=(",", ":"),
    )


def _nginx_json(row: Fields) -> str:
    return (
        f'{{"time":"{_iso(row[2])}","remote_addr":"{row[0]}","request":"{row[3]}","status":{row[4]},'
        f'"body_bytes_sent":{row[5]},"http_referer":"{row[6]}","http_user_agent":"{row[7]}","request_time":0.003}}'
    )


FORMATS: dict[str, Callable[[Fields, str], str]] = {
    "common": lambda row, _: f'{row[0]} - {row[1]} [{row[2]}] "{row[3]}" {row[4]} {row[5]}',
    "vhost_combined": lambda _, line: f"www.example.org:443 {line}",
    "nginx_main": lambda _, line: f'{line} "-"',
    "nginx_time": lambda _, line: f"{line} 0.003",
    "squid": lambda row, _: (
        f"{datetime.strptime(row[2], _TIME).timestamp():.3f}    112 {row[0]} TCP_MISS/{row[4]} {row[5]}"
        f" {' '.join(row[3].split(' ')[:2])} - HIER_DIRECT/10.0.0.9 text/html"
    ),
    "nginx_json": lambda row, _: _nginx_json(row),
    "caddy": lambda row, _: _caddy(row),
    "ltsv": lambda row, _: (
        f"host:{row[0]}\ttime:[{row[2]}]\treq:{row[3]}\tstatus:{row[4]}\tsize:{row[5]}\treferer:{row[6]}\tua:{row[7]}"
    ),
    "syslog: combined": lambda _, line: f"Oct 10 13:55:36 web1 nginx[1234]: {line}",
    "syslog5424: combined": lambda _, line: f"<190>1 2026-10-10T13:55:36.123Z web1 nginx 1234 - - {line}",
    "cri: combined": lambda _, line: f"2026-10-10T13:55:36.123456789Z stdout F {line}",
    "compose: combined": lambda _, line: f"web-1  | {line}",
    "docker: combined": lambda _, line: json.dumps(
        {"log": line + "\n", "stream": "stdout", "time": "2026-10-10T13:55:36.123456789Z"}
    ),
    "json-message: combined": lambda _, line: json.dumps(
        {"@timestamp": "2026-10-10T13:55:36.123Z", "message": line, "host": {"name": "web1"}}
    ),
}
"""A line of each, of the fields of a line of Combined and that line."""


def run() -> dict[str, Any]:
    """Return for each format millions of lines a second, and the ratio to Combined in the same rounds (medians)."""
    from hitstream.sources.generate import Traffic

    traffic = b"".join(Traffic(seed=1, lines=_LINES, format="combined").blocks()).decode("latin-1")
    lines = [
        line
        for line in traffic.split("\n")
        if line.isascii() and "\\" not in line and _COMBINED.fullmatch(line) and line.count(" HTTP/") == 1
    ]
    rows = [found.groups() for line in lines if (found := _COMBINED.fullmatch(line))]
    kept = [(row, line) for row, line in zip(rows, lines, strict=True) if len(row[3].split(" ")) == 3 and row[5] != "-"]
    plain = _parser("combined", [line for _, line in kept])
    figures = {}
    for name, write in FORMATS.items():
        other = _parser(name, [write(row, line) for row, line in kept])
        combined, taken = turns(lambda: _cpu_seconds(plain), lambda other=other: _cpu_seconds(other))  # type: ignore[misc]
        figures[name] = {
            "M lines/s": round(len(kept) / taken / 1e6, 2),
            "% of combined": round(100 * combined / taken),
        }
    return figures


def _cpu_seconds(work: Callable[[], None]) -> float:
    """Return how long the processor was busy: kernels run on the thread that calls them."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def _parser(name: str, lines: list[str]) -> Callable[[], None]:
    """Return what parses lines; all of them must be hits."""
    from hitstream.parse import compile_format, detect, parse
    from hitstream.record import Chunk

    data = "".join(line + "\n" for line in lines).encode("latin-1")
    program = detect(data[: 1 << 16].rpartition(b"\n")[0] + b"\n") if name == "ltsv" else compile_format(name)
    found = parse(Chunk("bench", 0, data), program)
    if len(found.hits) != len(lines):
        raise RuntimeError(f"{name}: {len(found.hits)} of {len(lines)} lines are hits; {found.bad[:1]}")
    return lambda: parse(Chunk("bench", 0, data), program) and None
