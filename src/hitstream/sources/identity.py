"""How a source is known again: by its first and latest bytes, wherever the file has gone."""

from dataclasses import dataclass
from hashlib import blake2b

FINGERPRINT_BYTES = 1024
"""How many bytes of the head, and before the position, a source is recognised by."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """How far a source was read, and how to recognise it: plain data, saved with the lines it covers.

    A state that is deleted makes its files new ones, and may give its identity to another source.

    Attributes:
        identity: 16 hex digits from the first line; `-2`, `-3` … for further files that start with it.
        path: the file it was last read from, with its `device`, `inode`, raw `size` (bytes) and `mtime_ns`.
        ended: whether that file is compressed and was read to its end.
        position: where the next line starts, in decompressed bytes.
        head: the first bytes of the source, as many as were there, at most `FINGERPRINT_BYTES`.
        tail: the last bytes before `position`, at most `FINGERPRINT_BYTES`.
        waiting_ns: the time of the oldest file of the same log that was found and not yet read then; None without one.
    """

    identity: str
    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    ended: bool
    position: int
    head: bytes
    tail: bytes
    waiting_ns: int | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Return the device and inode of the file it was last read from."""
        return self.device, self.inode


def first_line(head: bytes) -> bytes | None:
    """Return the first line with its newline (or all of a long one that the head has); None if it is torn."""
    end = head.find(b"\n") + 1
    if end:
        return head[:end]
    return head if len(head) == FINGERPRINT_BYTES else None


def identity_of(line: bytes) -> str:
    """Return the identity of the first source that starts with this line."""
    return blake2b(line, digest_size=8).hexdigest()


def heads_agree(one: bytes, other: bytes) -> bool:
    """Tell whether two heads are equal as far as both go."""
    common = min(len(one), len(other))
    return one[:common] == other[:common]
