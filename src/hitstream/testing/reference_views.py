"""The rollup once more, slow and obvious: what cells must hold, counted hit by hit in dicts and sets."""

from dataclasses import dataclass, field

from hitstream.record import NO_CODE, Hits
from hitstream.views import DERIVED, SECONDS, Cells, Grain, View

KEY_SEPARATOR = "\x1f"
_DERIVED = {row.name: row for row in DERIVED}

Cell = tuple[int, str | None, int, int, int, tuple[int, ...]]
"""Bucket, key (None for the folded tail), hits, bytes, errors and the sketch of visitors."""


@dataclass
class CountedHits:
    """What the hits of one bucket and key add up to; a visitor is its texts, client before agent."""

    hits: int = 0
    bytes: int = 0
    errors: int = 0
    visitors: set[tuple[str, ...]] = field(default_factory=set)


def reference_cells(hits: Hits, view: View, grain: Grain) -> dict[tuple[int, str], CountedHits]:
    """Return what each (bucket, key) of a view holds, without its bound; derived columns are made here."""
    texts = {name: _values(hits, name) for name in hits.text}
    found: dict[tuple[int, str], CountedHits] = {}
    for i in range(len(hits)):
        line = {name: values[i] for name, values in texts.items()}
        line["status"] = f"{hits.status[i]:03}"
        key = [_value(line, column) for column in view.key]
        if None in key or (view.status and hits.status[i] != view.status):
            continue
        seconds = int(hits.time[i]) // 1_000_000
        bucket = seconds // SECONDS[grain] * SECONDS[grain]
        cell = found.setdefault((bucket, KEY_SEPARATOR.join(map(str, key))), CountedHits())
        cell.hits += 1
        cell.bytes += max(int(hits.bytes[i]), 0)
        cell.errors += int(hits.status[i] >= 400)
        if grain in view.visitors:
            named = (line.get("host"), line.get("agent"))
            cell.visitors.add(tuple(text for text in named if text is not None))
    return found


def as_rows(cells: Cells) -> list[Cell]:
    """Return cells as plain values, in the order of their buckets and the texts of their keys."""
    texts = cells.key.texts.decode()
    sketches = (tuple(cells.visitors[a:b].tolist()) for a, b in zip(cells.starts, cells.starts[1:], strict=False))
    keys = (None if code == NO_CODE else texts[code] for code in cells.key.codes.tolist())
    sums = (cells.hits.tolist(), cells.bytes.tolist(), cells.errors.tolist())
    found = zip(cells.bucket.tolist(), keys, *sums, sketches, strict=True)
    return sorted(found, key=lambda row: (row[0], row[1] is not None, row[1] or ""))


def _values(hits: Hits, name: str) -> list[str | None]:
    column = hits.text[name]
    texts = [*column.texts.decode(), None]  # NO_CODE is also the index of the last one
    return [texts[code] for code in column.codes.tolist()]


def _value(line: dict[str, str | None], column: str) -> str | None:
    if column not in _DERIVED:
        return line.get(column)
    text = line.get(_DERIVED[column].source)
    return None if text is None else _DERIVED[column].of(text)
