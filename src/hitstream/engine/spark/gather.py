"""What the tasks of a batch made, put together by the driver."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hitstream.engine.spark.executor import Made
from hitstream.store.contract import DataFile
from hitstream.store.ledger import BadTally, ReadRange, SourceFormat
from hitstream.views.cells import Block
from hitstream.views.merge import merge
from hitstream.views.pack import pack, unpack
from hitstream.views.table import Grain, view

Offsets = dict[int, int]
"""The next offset of each partition."""


@dataclass(frozen=True)
class Batch:
    """A batch, ready to be committed."""

    ranges: list[ReadRange]
    formats: set[SourceFormat]
    bad: BadTally
    blocks: list[Block]
    files: list[DataFile]
    bad_files: list[DataFile]
    hits: int
    newest: int | None
    offsets: Offsets
    records: int
    bytes: int
    """Those of the records."""


def together(made: Sequence[Made], bad_lines_kept: int) -> Batch:
    """Put together what tasks made, whatever their order."""
    placed = sorted(each for one in made for each in one.placed)
    offsets: Offsets = {}
    for one in made:
        offsets |= {number: max(after, offsets.get(number, 0)) for number, after in one.offsets.items()}
    return Batch(
        sorted(each.range for each in placed if each.range.lines),
        {source for one in made for source in one.formats.values()},
        _tally((one.bad for one in made), bad_lines_kept),
        _merged([one.blocks for one in made]),
        [file for one in made for file in one.files],
        [file for one in made for file in one.bad_files],
        sum(one.hits for one in made),
        max((one.newest for one in made if one.newest is not None), default=None),
        offsets,
        sum(one.records for one in made),
        sum(one.bytes for one in made),
    )


def _tally(parts: Iterable[BadTally], cap: int) -> BadTally:
    whole = BadTally(cap)
    for part in parts:
        whole.counts.update(part.counts)
        for key, lines in part.first.items():
            whole.first[key] = sorted(whole.first[key] + lines)[:cap]
    return whole


def _merged(parts: Sequence[list[Block]]) -> list[Block]:
    """Return a block a bucket; those that are of one part alone are left packed."""
    if len(parts) == 1:
        return parts[0]
    of: dict[tuple[str, Grain, int], list[Block]] = defaultdict(list)
    for block in (block for blocks in parts for block in blocks):
        of[block[:3]].append(block)
    blocks = [own[0] for own in of.values() if len(own) == 1]
    crowded: dict[tuple[str, Grain], list[tuple[int, bytes]]] = defaultdict(list)
    for (name, grain, bucket), own in of.items():
        if len(own) > 1:
            crowded[name, grain] += [(bucket, block.payload) for block in own]
    for (name, grain), rows in crowded.items():
        blocks += pack(merge([unpack(name, grain, rows)], view(name)))
    return blocks
