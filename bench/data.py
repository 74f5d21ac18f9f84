"""The benchmark's log: the real first hour of July 1995, repeated over 228 hours; made once, never committed."""

import gzip
import os
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path

HOURS = 228
FOLDER = Path(__file__).parent / "data"
SAMPLES = Path(os.environ.get("HITSTREAM_SAMPLES", Path(__file__).parents[2] / "shared" / "data"))
_SAMPLE = "nasa-jul95-first-hour.log.gz"


def nasa(hours: int = HOURS, *, addresses: bool = False) -> Path:
    """Return the log of so many hours; with `addresses`, host names are replaced by addresses (for GoAccess)."""
    path = FOLDER / f"nasa-{hours}h{'-ip' if addresses else ''}.log"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(b"".join(_hours(hours, addresses)))
        part.rename(path)
    return path


def _hours(hours: int, addresses: bool) -> list[bytes]:
    lines = gzip.decompress((SAMPLES / _SAMPLE).read_bytes()).splitlines()
    split = [_split(line, addresses) for line in lines]
    made = []
    for hour in range(hours):
        stamp = (datetime(1995, 7, 1) + timedelta(hours=hour)).strftime("%d/%b/%Y:%H").encode()
        made.append(b"".join(head + stamp + rest + b"\n" for head, rest in split))
    return made


def _split(line: bytes, addresses: bool) -> tuple[bytes, bytes]:
    """Return what stands before the date of a line, and what stands after its hour."""
    bracket = line.index(b"[")
    head = line[: bracket + 1]
    if addresses:
        host, rest = head.split(b" ", 1)
        digest = md5(host, usedforsecurity=False).digest()
        head = b"%d.%d.%d.%d %s" % (digest[0] % 200 + 1, digest[1], digest[2], digest[3], rest)
    return head, line[bracket + 15 :]
