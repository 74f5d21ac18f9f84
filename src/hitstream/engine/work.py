"""What is made of a batch's lines before anything is committed: blocks, bad lines, hits on their way to the archive.

Runs on worker threads; the kernels in it release the GIL.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hitstream.engine.pieces import pieces
from hitstream.engine.settings import IngestSettings
from hitstream.parse.program import Program
from hitstream.parse.run import parse
from hitstream.record import Chunk, Hits, Parsed
from hitstream.store.contract import Archive, DataFile
from hitstream.store.ledger import BadTally, Range
from hitstream.store.stage import pack as pack_hits
from hitstream.views.cells import Block, Cells
from hitstream.views.columns import derive
from hitstream.views.merge import merge
from hitstream.views.pack import pack
from hitstream.views.rollup import rollup
from hitstream.views.table import view

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class Work:
    """What a batch holds, ready to be committed."""

    ranges: list[Range] = field(default_factory=list)
    bad: BadTally = field(default_factory=BadTally)
    blocks: list[Block] = field(default_factory=list)
    hits: int = 0
    packed: bytes | None = None
    files: list[DataFile] = field(default_factory=list)
    newest: int | None = None
    """The latest time of a hit, s since 1970."""


def digest(
    chunks: Sequence[Chunk], programs: Mapping[str, Program], archive: Archive, settings: IngestSettings
) -> Work:
    """Parse and roll up a batch's chunks, each source with its program, and write or pack its hits."""
    work = Work(bad=BadTally(settings.bad_lines_kept))
    cells: dict[tuple[str, str], list[Cells]] = defaultdict(list)
    tables: list[pa.Table] = []
    for chunk in chunks:
        for piece in pieces(chunk):
            parsed = parse(piece, programs[piece.source])
            work.ranges.append(_range(piece, parsed))
            work.bad.add(parsed.bad)
            if len(parsed.hits):
                hits = derive(parsed.hits)
                tables.append(_table(hits))
                newest = int(hits.time.max()) // 1_000_000
                work.newest = max(newest, newest if work.newest is None else work.newest)
                for found in rollup(hits):
                    cells[found.view, found.grain].append(found)
    for (name, _), parts in cells.items():
        work.blocks += pack(parts[0] if len(parts) == 1 else merge(parts, view(name)))
    _keep_hits(work, tables, archive, settings.direct_rows)
    return work


def _keep_hits(work: Work, tables: "list[pa.Table]", archive: Archive, direct_rows: int) -> None:
    if not tables:
        return
    import pyarrow as pa

    hits = pa.concat_tables(tables)
    work.hits = len(hits)
    if work.hits >= direct_rows:
        work.files = archive.write(hits)
    else:
        work.packed = pack_hits(hits)


def _table(hits: Hits) -> "pa.Table":
    import pyarrow as pa

    from hitstream.arrow import to_arrow

    return pa.Table.from_batches([to_arrow(hits)])


def _range(piece: Chunk, parsed: Parsed) -> Range:
    stop = piece.offset + len(piece.data)
    return Range(piece.source, piece.offset, stop, parsed.lines, len(parsed.hits), len(parsed.bad))
