import bz2
import gzip
import io
import os
import threading

import pytest
import zstandard

from hitstream.sources.stdin import StreamSource
from hitstream.sources.tail import Tail
from hitstream.testing.source_contract import LINE_CAP, MAX_BYTES, SourceContract

SIZES = {"max_bytes": MAX_BYTES, "line_cap": LINE_CAP}


def write(directory, content):
    directory.mkdir(exist_ok=True)
    path = directory / "access.log"
    if not path.exists():
        path.write_bytes(content)
    return path


class TestFile(SourceContract):
    def make(self, directory, content, states=()):
        return Tail([write(directory, content)], states=states, torn="take", **SIZES)


class CompressedContract(SourceContract):
    def make(self, directory, content, states=()):
        half = len(content) // 2
        members = self.compress(content[:half]) + self.compress(content[half:])
        return Tail([write(directory, members)], states=states, **SIZES)


class TestGzip(CompressedContract):
    compress = staticmethod(gzip.compress)


class TestBzip2(CompressedContract):
    compress = staticmethod(bz2.compress)


class TestZstd(CompressedContract):
    compress = staticmethod(zstandard.ZstdCompressor().compress)


class TestStream(SourceContract):
    resumable = False

    def make(self, directory, content, states=()):
        return StreamSource(io.BytesIO(content), **SIZES)


class TestCompressedStream(SourceContract):
    resumable = False

    def make(self, directory, content, states=()):
        return StreamSource(io.BytesIO(gzip.compress(content)), **SIZES)


class TestPipe(SourceContract):
    resumable = False

    @pytest.fixture(autouse=True)
    def pipes(self):
        self.open = []
        yield
        for writer, reader in self.open:
            writer.join()
            reader.close()

    def make(self, directory, content, states=()):
        end, start = os.pipe()

        def fill():
            with os.fdopen(start, "wb") as pipe:
                pipe.write(content)

        writer = threading.Thread(target=fill)
        writer.start()
        reader = os.fdopen(end, "rb")
        self.open.append((writer, reader))
        return StreamSource(reader, **SIZES)
