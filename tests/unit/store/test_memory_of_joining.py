"""Joining the archive's small files takes no more memory where there are more of them."""

import subprocess
import sys
from pathlib import Path

import pytest

JOIN = """
import sys
from pathlib import Path
import pyarrow as pa
from hitstream.store.delta import DeltaArchive
from hitstream.store.folder import LocalFolder
from hitstream.testing.archive_contract import hits_at

ROWS = 20_000

def hits(batch):
    table = hits_at(range(batch * ROWS, (batch + 1) * ROWS), [1] * ROWS)
    texts = pa.array([f"/a/long/enough/target/{batch * ROWS + row}?with=parameters" for row in range(ROWS)])
    for name in ("target", "path", "referrer", "agent"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), texts.dictionary_encode())
    return table

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM"))

archive = DeltaArchive(LocalFolder(Path(sys.argv[1])), "an application")
for batch in range(1, int(sys.argv[2]) + 1):
    archive.append(archive.write(hits(batch)), batch)
before = peak()
assert archive.compact()
print(peak() - before)
"""


def grown(folder: Path, files: int) -> int:
    """Return by how many MB the peak of a process grows while it joins so many files."""
    command = [sys.executable, "-c", JOIN, str(folder), str(files)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
def test_joining_many_files_takes_no_more_memory_than_joining_a_few(tmp_path: Path) -> None:
    many, few = (grown(tmp_path / str(files), files) for files in (40, 8))
    assert many < few + 96
