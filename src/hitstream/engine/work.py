"""What is made of a batch's lines before anything is committed: blocks, bad lines, hits on their way to the archive.

Runs on worker threads; the kernels in it release the GIL.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hitstream.engine.lots import PartCounts, lots, parse_and_search
from hitstream.engine.settings import IngestSettings
from hitstream.engine.upkeep import Retention
from hitstream.parse.program import Program
from hitstream.parse.search import FormatSearch
from hitstream.parse.w3c import following_program, is_w3c
from hitstream.record import Chunk, Hits
from hitstream.store.contract import Archive, DataFile
from hitstream.store.ledger import BadTally, ReadRange
from hitstream.store.parquet import days_of
from hitstream.store.stage import pack as pack_hits
from hitstream.views.cells import Cells
from hitstream.views.columns import derive
from hitstream.views.merge import merge
from hitstream.views.pack import Blocks, pack
from hitstream.views.rollup import rollup
from hitstream.views.table import Grain, view

if TYPE_CHECKING:
    import pyarrow as pa

_FIRST, _LAST = -(1 << 62), 1 << 62
_ROWS_A_FILE = 500
"""Hits of a batch a day, in the mean, from which it is written as files at once: others wait and make larger files."""


@dataclass
class Work:
    """What a batch holds, ready to be committed."""

    ranges: list[ReadRange] = field(default_factory=list)
    bad: BadTally = field(default_factory=BadTally)
    blocks: list[Blocks] = field(default_factory=list)
    hits: int = 0
    packed: bytes | None = None
    files: list[DataFile] = field(default_factory=list)
    newest: int | None = None
    """The latest time of a hit, s since 1970."""
    widened: "dict[str, tuple[int, Program]]" = field(default_factory=dict)
    """Of sources that turned out to have more formats: from which position on, and what reads all of them."""


@dataclass
class Gathered:
    """Hits of a batch, rolled up as they come and kept as Arrow tables until they are written."""

    tables: "list[pa.Table]" = field(default_factory=list)
    newest: int | None = None
    """The latest time of a hit, s since 1970."""
    _cells: dict[tuple[str, Grain], list[Cells]] = field(default_factory=lambda: defaultdict(list))

    def add(self, hits: Hits) -> None:
        """Take hits as they were parsed."""
        if not len(hits):
            return
        hits = derive(hits)
        self.tables.append(_table(hits))
        newest = int(hits.time.max()) // 1_000_000
        self.newest = max(newest, newest if self.newest is None else self.newest)
        for found in rollup(hits):
            self._cells[found.view, found.grain].append(found)

    def blocks(self, retention: Retention, now: int) -> list[Blocks]:
        """Return the cells as blocks, those of a view and grain together, and forget them.

        Cells that are too old to be kept, beside the latest hit (but `now` at the latest), are left out.
        """
        floors = {} if self.newest is None else retention.floors(min(self.newest, now))
        blocks: list[Blocks] = []
        while self._cells:  # what is packed is let go: the cells of thousands of days are many
            (name, grain), parts = self._cells.popitem()
            merged = parts[0] if len(parts) == 1 else merge(parts, view(name))
            blocks.append(pack(merged.between(floors.get(grain, _FIRST), _LAST)))
        return blocks


def digest(
    chunks: Sequence[Chunk],
    programs: Mapping[str, Program],
    archive: Archive,
    settings: IngestSettings,
    now: int,
    search: FormatSearch,
) -> Work:
    """Parse and roll up a batch's chunks, each source with its program, and write or pack its hits.

    Where lines fail, `search` looks for their formats; what it finds reads the rest of their source, too.
    """
    work, gathered = Work(bad=BadTally(settings.bad_lines_kept)), Gathered()
    now_read = dict(programs)  # a chunk may say what stands in the lines after it
    for lot in lots(chunks, now_read.__getitem__):
        program = now_read[lot[0].source]
        parsed, used = parse_and_search(lot, program, search)
        if is_w3c(program.text):
            now_read[lot[0].source] = following_program(bytes(lot[0].data), program)
        for part in parsed.parts:
            work.ranges.append(_range(part))
            work.bad.add(part.bad)
            if part.format != program.written:
                now_read[part.chunk.source] = used
                work.widened[part.chunk.source] = part.chunk.offset, used
        gathered.add(parsed.hits)
    work.newest = gathered.newest
    work.blocks = gathered.blocks(settings.retention, now)
    _keep_hits(work, gathered.tables, archive, settings.direct_rows)
    return work


def _keep_hits(work: Work, tables: "list[pa.Table]", archive: Archive, direct_rows: int) -> None:
    if not tables:
        return
    import pyarrow as pa

    hits = pa.concat_tables(tables)
    work.hits = len(hits)
    if work.hits >= max(direct_rows, _ROWS_A_FILE * days_of(hits)):
        work.files = archive.write(hits)
    else:
        work.packed = pack_hits(hits)


def _table(hits: Hits) -> "pa.Table":
    import pyarrow as pa

    from hitstream.arrow import to_arrow

    return pa.Table.from_batches([to_arrow(hits)])


def _range(part: PartCounts) -> ReadRange:
    source, start, data = part.chunk
    return ReadRange(source, start, start + len(data), part.lines, part.hits, len(part.bad), len(data), part.format)
