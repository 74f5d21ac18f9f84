"""A query that counts a list of hits in plain Python, to hold reports against."""

from collections import defaultdict
from contextlib import nullcontext
from typing import NamedTuple

from hitstream.query.answers import HeatMapAnswer, Row, SeriesAnswer, TopAnswer, Totals
from hitstream.views.columns import DERIVED
from hitstream.views.table import SECONDS, view


class Hit(NamedTuple):
    time: int
    host: str = "example.org"
    status: str = "200"
    bytes: int = 100
    method: str = "GET"
    target: str = "/"
    protocol: str = "HTTP/1.0"


class Sums:
    def __init__(self):
        self.hits = self.bytes = self.errors = 0
        self.clients = set()

    def add(self, hit):
        self.hits += 1
        self.bytes += hit.bytes
        self.errors += int(hit.status) >= 400
        self.clients.add(hit.host)

    def measures(self):
        return self.hits, self.bytes, self.errors, len(self.clients)


def summed(hits):
    sums = Sums()
    for hit in hits:
        sums.add(hit)
    return sums.measures()


def value(hit, column):
    for row in DERIVED:
        if row.name == column:
            source = getattr(hit, row.source, None)
            return None if source is None else row.of(source)
    return getattr(hit, column, None)


class Counting:
    def __init__(self, hits, bad_lines=0):
        self.all, self.bad = hits, bad_lines

    def _hits(self, start=None, end=None, where=()):
        return [h for h in self.all if (start is None or h.time >= start) and (end is None or h.time < end)]

    def snapshot(self):
        return nullcontext()

    def totals(self, start=None, end=None, where=()):
        hits = self._hits(start, end)
        times = [hit.time for hit in hits]
        count, sent, errors, visitors = summed(hits)
        first, last = min(times, default=None), max(times, default=None)
        whole = start is None and end is None
        lines, bad = (count + self.bad, self.bad) if whole else (None, None)
        return Totals(lines, count, bad, sent, errors, visitors, 0.0, first, last, *self._range(start, end))

    def _range(self, start, end):
        times = [hit.time for hit in self._hits(start, end)]
        return min(times, default=0), max(times, default=-1) + 1

    def top(self, name, start=None, end=None, k=10, by="hits", where=()):
        row = view(name)
        groups = defaultdict(list)
        for hit in self._hits(start, end):
            key = value(hit, row.key[0])
            if key is not None and row.status in (0, int(hit.status)):
                groups[key].append(hit)
        rows = [Row(key, *summed(hits)) for key, hits in groups.items()]
        rows.sort(key=lambda row: (-row.hits, row.key))
        rest = Row("(other)", *map(sum, zip(*(row[1:4] for row in rows[k:]), strict=True)), None) if rows[k:] else None
        return TopAnswer(name, rows[:k], None, rest, len(rows), True, 0.0, *self._range(start, end))

    def series(self, name="traffic", start=None, end=None, grain=None, where=(), key=None):
        step, hits = SECONDS[grain], self._hits(start, end)
        first, last = (pick(hit.time for hit in hits) // step * step for pick in (min, max))
        buckets = [[] for _ in range(first, last + 1, step)]
        for hit in hits:
            buckets[(hit.time - first) // step].append(hit)
        columns = [list(column) for column in zip(*map(summed, buckets), strict=True)]
        return SeriesAnswer(name, grain, first, last + step, step, *columns)

    def heat_map(self, start=None, end=None, where=()):
        cells = [[0] * 24 for _ in range(7)]
        for hit in self._hits(start, end):
            hours = hit.time // 3600
            cells[(hours // 24 + 3) % 7][hours % 24] += 1  # 1970 began on a Thursday
        return HeatMapAnswer(cells, *self._range(start, end))
