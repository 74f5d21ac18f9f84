"""Keeps hits in memory while filters are asked about them, and selections while questions repeat."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from hitstream.query.choice import can_choose, can_tell
from hitstream.query.hits import HitFilter, HitTable, in_range
from hitstream.query.layout import Layout, layout
from hitstream.query.readers import HitFiles
from hitstream.query.selection import THREADS, Selection
from hitstream.query.shelf import Shelf
from hitstream.query.slab import Slab, columns_read, make_slab, microseconds
from hitstream.store.folder import Folder
from hitstream.views.table import View

if TYPE_CHECKING:
    import pyarrow as pa

LIMIT = 320 << 20
"""Bytes of hits kept in memory. Of a range that has more, DuckDB reads those that pass, if they are few."""
BYTES_A_HIT = 26
"""About what a hit takes."""
FEW = 1_000_000
"""Hits that DuckDB may read for a selection; where more pass, each question is better asked of it."""
AHEAD = 1_000_000
"""Hits that are read ahead at once: what is asked meanwhile waits for no more."""
KEPT = 8
"""Selections that are kept."""


class Selections:
    """Selections of hits, found and asked by one thread at a time."""

    def __init__(self, views: tuple[View, ...]) -> None:
        self._views = views
        self._layout = layout(views)
        self._shelf = Shelf(self._layout)
        self._kept: OrderedDict[Hashable, Selection] = OrderedDict()
        self._rows: dict[str, int] = {}
        self._spans: dict[Hashable, tuple[int, int] | None] = {}
        self._alone = threading.RLock()

    @contextmanager
    def find(self, table: HitTable, asked: HitFilter) -> Iterator[Selection | None]:
        """Give the selection that answers a range with filters; None where each question is better asked of DuckDB."""
        with self._alone:
            names = self._names(table.kept, asked)
            place = frozenset(names), asked.start, asked.end, tuple(asked.where)
            found = self._kept.pop(place, None) or self._made(table, asked, names)
            if found:
                self._kept[place] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            yield found

    def read_ahead(self, table: HitTable, asked: HitFilter) -> bool:
        """Put some of the hits of a range on the shelf, by one thread; return whether there are more that it takes."""
        with self._alone:
            names = self._names(table.kept, asked)
            missing = [name for name in names if name not in self._shelf.slabs]
            if not self._fit(table.kept, missing, self._shelf.bytes):
                return False
            ends = accumulate(self._sizes(table.kept, missing))
            some = sum(end <= AHEAD * BYTES_A_HIT for end in ends) or 1
            return self._load(table.kept, missing[:some], threads=1) and some < len(missing)

    def _names(self, hits: HitFiles, asked: HitFilter) -> list[Hashable]:
        """Return the files and batches that may have hits of a range."""
        waiting = dict(hits.waiting)
        self._spans = {name: self._spans.get(name) or _span(batch) for name, batch in waiting.items()}
        spans = ((name, span) for name, span in self._spans.items() if span)
        near = [name for name, (first, last) in spans if first < asked.end and last >= asked.start]
        return [*chain(*in_range(hits.files, asked)), *near]

    def _made(self, table: HitTable, asked: HitFilter, names: list[Hashable]) -> Selection | None:
        if not can_choose(self._layout, asked.where) or not self._fit(table.kept, names):
            return self._read(table, asked) if table.count(asked) <= FEW else None
        if not self._load(table.kept, names):
            return None
        slabs = self._shelf.slabs
        if not can_tell(asked.where, [slabs[name] for name in names]):
            return None
        return Selection(self._shelf, self._views, names, asked)

    def _read(self, table: HitTable, asked: HitFilter) -> Selection | None:
        """Return a selection of hits that DuckDB has filtered."""
        found = table.read(asked, columns_read(self._layout))
        slab = make_slab(found, self._layout)
        if slab is None and found.num_rows:
            return None
        shelf = Shelf(self._layout)
        shelf.add({} if slab is None else {"read": slab})
        return Selection(shelf, self._views, list(shelf.slabs), asked._replace(where=()))

    def _load(self, hits: HitFiles, names: Sequence[Hashable], threads: int = THREADS) -> bool:
        """Put all of these on the shelf; return False for hits that do not fit into slabs."""
        there = {*hits.files, *dict(hits.waiting)}
        gone = sum(len(slab) for name, slab in self._shelf.slabs.items() if name not in there)
        missing = [name for name in names if name not in self._shelf.slabs]
        if not self._fit(hits, missing, self._shelf.bytes) or gone > self._shelf.rows // 2:
            self._shelf = Shelf(self._layout)
            self._kept.clear()
            missing = list(names)
        waiting = dict(hits.waiting)
        with ThreadPoolExecutor(threads) as pool:
            tables = pool.map(partial(_slab_of, hits.folder, waiting, self._layout), missing)
            slabs = dict(zip(missing, tables, strict=True))
        if None in slabs.values():
            return False
        self._shelf.add({name: slab for name, slab in slabs.items() if slab is not None})
        if missing:
            from hitstream.arrow import let_go

            let_go()
        return True

    def _fit(self, hits: HitFiles, names: Sequence[Hashable], used: int = 0) -> bool:
        """Tell whether these fit into memory, of which so much is used; of too many the first are looked at alone."""
        return all(end <= LIMIT for end in accumulate(self._sizes(hits, names), initial=used))

    def _sizes(self, hits: HitFiles, names: Sequence[Hashable]) -> Iterator[int]:
        """Yield about how many bytes each of these takes in memory."""
        waiting = dict(hits.waiting)
        for name in names:
            yield BYTES_A_HIT * (waiting[name].num_rows if name in waiting else self._in_file(hits, str(name)))

    def _in_file(self, hits: HitFiles, file: str) -> int:
        import pyarrow.parquet as pq

        if file not in self._rows:
            with hits.folder.open(file) as opened:
                self._rows[file] = pq.read_metadata(opened).num_rows
        return self._rows[file]


def _slab_of(folder: Folder, waiting: "dict[Hashable, pa.Table]", form: Layout, name: Hashable) -> Slab | None:
    import pyarrow.parquet as pq

    if name in waiting:
        return make_slab(waiting[name], form)
    with folder.open(str(name)) as opened:
        file = pq.ParquetFile(opened, read_dictionary=form.texts)
        return make_slab(file.read(columns=columns_read(form), use_threads=False), form)


def _span(hits: "pa.Table") -> tuple[int, int] | None:
    """Return the seconds of the first and the last of some hits."""
    if not hits.num_rows:
        return None
    time = microseconds(hits["time"]) // 1_000_000
    return int(time.min()), int(time.max())
