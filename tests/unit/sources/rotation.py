"""A writer that rotates its log in every way, and a reader that is stopped and started: what both must agree on."""

import bz2
import gzip
import itertools
import shutil
from collections import Counter
from pathlib import Path

import zstandard

from hitstream.sources.contract import IDLE
from hitstream.sources.tail import Tail

COMPRESS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


class ManualClock:
    def __init__(self):
        self.time = 1_000_000.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


class Writer:
    """Writes numbered lines to `access.log`; `written` counts those that must be delivered."""

    def __init__(self, directory: Path):
        self.log = directory / "access.log"
        self.numbers = itertools.count()
        self.written = Counter()
        self.torn = b""
        self.file = self.log.open("ab", buffering=0)

    def line(self):
        return b"10.0.0.1 - - [01/Jul/1995] line %d%s\n" % (number := next(self.numbers), b"." * (number * 37 % 90))

    def append(self, lines=3):
        data = [self.line() for _ in range(lines)]
        if self.torn:
            data[0] = self.torn.rstrip(b"\n") + data[0]
            self.file.write(data[0][len(self.torn) :])
            self.torn = b""
            self.written.update(data[:1])
            data = data[1:]
        self.file.write(b"".join(data))
        self.written.update(data)

    def tear(self):
        if not self.torn:
            self.torn = b"torn line %d " % next(self.numbers)
            self.file.write(self.torn)

    def whole(self):
        if self.torn:
            self.append(1)

    def rotated(self):
        names = (path for path in self.log.parent.iterdir() if path.name.startswith("access.log."))
        return sorted(names, key=lambda path: -int(path.name.split(".")[2]))

    def shift(self):
        for path in self.rotated():
            parts = path.name.split(".")
            parts[2] = str(int(parts[2]) + 1)
            path.rename(path.with_name(".".join(parts)))

    def rename_and_create(self, late_lines=2):
        """The writer still has the old file open for a while, as a server before its reload."""
        self.shift()
        self.log.rename(self.log.with_name("access.log.1"))
        late = self.file
        self.file = self.log.open("ab", buffering=0)
        new, self.file = self.file, late
        self.append(late_lines) if late_lines else self.whole()
        self.file.close()
        self.file = new

    def copy_and_truncate(self):
        self.whole()
        self.shift()
        shutil.copy(self.log, self.log.with_name("access.log.1"))
        self.truncate()

    def truncate(self):
        self.whole()
        self.file.truncate(0)

    def rewrite(self, lines):
        self.truncate()
        self.append(lines)

    def compress(self, suffix):
        plain = [path for path in self.rotated() if path.suffix not in COMPRESS]
        if plain:
            packed = plain[0].with_name(plain[0].name + suffix)
            packed.write_bytes(COMPRESS[suffix](plain[0].read_bytes()))
            plain[0].unlink()

    def delete_oldest(self):
        for path in self.rotated()[:1]:
            path.unlink()

    def close(self):
        self.file.close()


class Reader:
    """Reads with a `Tail` that can be stopped and started; checks offsets and collects lines."""

    def __init__(self, paths, follow=False, **options):
        self.paths, self.follow, self.options = paths, follow, options
        self.states = {}
        self.lines = Counter()
        self.ends = {}
        self.clock = ManualClock()
        self.pieces = None

    def poll(self, seconds=1.5):
        """Read everything that can be read now (a compressed file after it was quiet for a second)."""
        if not self.follow:
            for piece in self.tail().read():
                self.take(piece)
            return
        self.pieces = self.pieces or self.tail().read()
        until = self.clock.now() + seconds
        for piece in self.pieces:
            self.take(piece)
            if piece == IDLE and self.clock.now() >= until:
                return

    def tail(self):
        states = list(self.states.values())
        return Tail(self.paths, states=states, follow=self.follow, clock=self.clock, **self.options)

    def take(self, piece):
        if piece.chunk is not None:
            source, offset, data = piece.chunk
            assert offset == self.ends.get(source, 0), "a chunk does not start where the one before it ended"
            self.ends[source] = offset + len(data)
            self.lines.update(bytes(data).splitlines(keepends=True))
        if piece.state is not None:
            assert piece.state.position == self.ends[piece.state.identity]
            self.states[piece.state.identity] = piece.state

    def stop(self):
        if self.pieces is not None:
            self.pieces.close()
            self.pieces = None
