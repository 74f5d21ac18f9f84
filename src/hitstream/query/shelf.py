"""The shelf: slabs side by side, with one numbering of their texts, combinations and visitors.

Numbers only grow: what was put on the shelf keeps its own. So a shelf is extended by what is new alone.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from hitstream.parse.dictionaries import unify
from hitstream.query.layout import OF_VISITORS, VISITOR, Layout
from hitstream.query.slab import Codes, Slab
from hitstream.record import I32, I64, NO_CODE, Texts
from hitstream.views.kernels import combine, sort_rows
from hitstream.views.rollup import KEY_SEPARATOR
from hitstream.views.table import View


class KeyColumn(NamedTuple):
    """The keys of a view: the key of each combination or visitor, NO_CODE where it is not in the view; their texts."""

    codes: I32
    texts: Texts


@dataclass
class Shelf:
    """Slabs by name. `runs` has a row of four for each run of hits of one visitor, by visitor; see the kernel."""

    layout: Layout
    slabs: dict[Hashable, Slab] = field(default_factory=dict)
    place: dict[Hashable, int] = field(default_factory=dict)
    texts: dict[str, Texts] = field(init=False)
    families: list[Codes] = field(init=False)
    """The columns of each family's combinations."""
    visitors: Codes = field(init=False)
    runs: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    people: int = 0
    only: list[list[int]] = field(default_factory=list)
    """The combination that all rows of a slab have in each family, where there is only one."""
    _visitor: list[I32] = field(default_factory=list)
    _keys: dict[str, KeyColumn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        none = np.zeros(0, np.int32)
        self.texts = dict.fromkeys(self.layout.texts, Texts.encode([]))
        self.families = [dict.fromkeys(columns, none) for columns in self.layout.families]
        self.visitors = dict.fromkeys(self.layout.visitor, none)

    @property
    def bytes(self) -> int:
        """Bytes of memory."""
        return sum(slab.bytes for slab in self.slabs.values()) + self.runs.nbytes

    @property
    def rows(self) -> int:
        """How many hits there are."""
        return sum(map(len, self.slabs.values()))

    def add(self, named: dict[Hashable, Slab]) -> None:
        """Put slabs beside the others. They are the shelf's from then on, and change."""
        if not named:
            return
        new = list(named.values())
        self.place |= {name: place for place, name in enumerate(named, len(self.slabs))}
        self.slabs |= named
        self.only += [[0] * len(self.layout.families) for _ in new]
        self._number_texts(new)
        for family in range(len(self.layout.families)):
            self._number_combinations(new, family)
        self._number_visitors(new)
        self._keys.clear()
        self.runs = self._arranged()

    def keys(self, view: View) -> KeyColumn:
        """Return the keys of a view."""
        if view.name not in self._keys:
            self._keys[view.name] = self._made_keys(view)
        return self._keys[view.name]

    def codes(self, family: int) -> Codes:
        """Return the columns of a family's combinations, or of the visitors."""
        return self.visitors if family == OF_VISITORS else self.families[family]

    def _number_texts(self, new: Sequence[Slab]) -> None:
        for name in self.layout.texts:
            (_, *recoded), self.texts[name] = unify([self.texts[name], *(slab.texts.pop(name) for slab in new)])
            for slab, codes in zip(new, recoded, strict=True):
                codes = np.append(codes, np.int32(NO_CODE))  # noqa: PLW2901 - NO_CODE is also the index of the last one
                for columns in (slab.visitors, *slab.combinations):
                    if name in columns:
                        columns[name] = codes[columns[name]]

    def _number_combinations(self, new: Sequence[Slab], family: int) -> None:
        parts = [self.families[family], *(slab.combinations[family] for slab in new)]
        (_, *ids), self.families[family] = self._combined(parts, self.layout.families[family])
        for place, (slab, numbers) in enumerate(zip(new, ids, strict=True), len(self.slabs) - len(new)):
            codes = slab.combination[family]
            slab.combinations[family] = {}
            if codes is None:
                self.only[place][family] = int(numbers[0])
            else:
                slab.combination[family] = numbers[codes]

    def _number_visitors(self, new: Sequence[Slab]) -> None:
        (_, *ids), self.visitors = self._combined([self.visitors, *(slab.visitors for slab in new)], VISITOR)
        self._visitor += ids
        self.people = len(self.visitors[VISITOR[0]])
        for slab in new:
            slab.visitors = {}

    def _combined(self, parts: Sequence[Codes], by: Sequence[str]) -> tuple[list[I32], Codes]:
        """Return (the number of each part's rows among all distinct ones, those)."""
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        ids, firsts = combine([(columns[name], self._size(name)) for name in by])
        sizes = [len(part[by[0]]) for part in parts]
        distinct = {name: column[firsts] for name, column in columns.items()}
        return np.split(ids.astype(np.int32), np.cumsum(sizes)[:-1]), distinct

    def _size(self, name: str) -> int:
        return 1 << 16 if name == "status" else len(self.texts[name])

    def _arranged(self) -> I32:
        """Return the runs of all slabs, by visitor."""
        visitor = np.concatenate(self._visitor)
        order = sort_rows(visitor, self.people)
        slabs = list(self.slabs.values())
        columns: list[I32 | I64] = [
            visitor,
            np.repeat(np.arange(len(slabs)), [len(slab.starts) - 1 for slab in slabs]),
            np.concatenate([slab.starts[:-1] for slab in slabs]),
            np.concatenate([slab.starts[1:] for slab in slabs]),
        ]
        runs = np.empty((len(order), 4), np.int32)
        for i, column in enumerate(columns):
            runs[:, i] = column[order]
        return runs.reshape(-1)

    def _made_keys(self, view: View) -> KeyColumn:
        columns = self.codes(self.layout.family_of[view.name])
        rows = len(next(iter(columns.values())))
        if not view.key:
            codes, texts = np.zeros(rows, np.int32), Texts.encode([""])
        elif len(view.key) == 1:
            codes, texts = self._column(columns, view.key[0])
        else:
            codes, texts = self._joined(columns, view.key)
        if view.status:
            codes = np.where(columns["status"] == view.status, codes, np.int32(NO_CODE))
        return KeyColumn(np.ascontiguousarray(codes, np.int32), texts)

    def _column(self, columns: Codes, name: str) -> tuple[I32, Texts]:
        if name == "status":
            return columns[name], Texts.encode(
                [f"{status:03}" for status in range(int(columns[name].max(initial=0)) + 1)]
            )
        return columns[name], self.texts[name]

    def _joined(self, columns: Codes, key: Sequence[str]) -> tuple[I32, Texts]:
        """Return keys of several columns; a combination that lacks one has none."""
        parts = [self._column(columns, name) for name in key]
        ids, firsts = combine([(codes, len(texts)) for codes, texts in parts])
        texts = [[*part.decode(), ""] for _, part in parts]
        rows = zip(
            *([known[code] for code in codes[firsts]] for known, (codes, _) in zip(texts, parts, strict=True)),
            strict=True,
        )
        lacking = np.any([codes == NO_CODE for codes, _ in parts], axis=0)
        return np.where(lacking, NO_CODE, ids).astype(np.int32), Texts.encode([KEY_SEPARATOR.join(row) for row in rows])
