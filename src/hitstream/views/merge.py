"""Merge: cells + cells → cells. Sums add, sketches unite; the order of the parts does not matter below the bound."""

from collections.abc import Sequence

import numpy as np

from hitstream.parse.dictionaries import unify
from hitstream.record import I32, NO_CODE, Column, Texts
from hitstream.views.cells import Cells
from hitstream.views.fold import fold, regroup
from hitstream.views.table import Grain, View


def empty(view: View, grain: Grain) -> Cells:
    """Return no cells."""
    none = np.zeros(0, np.int64)
    key = Column(np.zeros(0, np.int32), Texts.encode([]))
    return Cells(view.name, grain, none, key, none, none, none, np.zeros(1, np.int64), np.zeros(0, np.uint64))


def merge(parts: Sequence[Cells], view: View, *, bound: bool = True) -> Cells:
    """Merge cells of one view and grain; `parts` may repeat buckets and keys, within a part too.

    With `bound`, each bucket folds to the view's bound, as a stored block must.
    """
    if not parts:
        raise ValueError("nothing to merge: the grain is unknown")
    parts = [part for part in parts if len(part)] or [parts[0]]
    joined = _joined(parts)
    merged = regroup(joined, view.sketch)
    return fold(merged, view.bound, view.sketch) if bound else merged


def _joined(parts: Sequence[Cells]) -> Cells:
    """Put the parts one below the other, with one dictionary of keys."""
    codes, texts = _one_dictionary([part.key for part in parts])
    ends = np.cumsum([0] + [len(part.visitors) for part in parts])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends.tolist(), strict=False)]
    return Cells(
        parts[0].view,
        parts[0].grain,
        np.concatenate([part.bucket for part in parts]),
        Column(codes, texts),
        np.concatenate([part.hits for part in parts]),
        np.concatenate([part.bytes for part in parts]),
        np.concatenate([part.errors for part in parts]),
        np.concatenate([*starts, ends[-1:]]),
        np.concatenate([part.visitors for part in parts]),
    )


def _one_dictionary(keys: Sequence[Column]) -> tuple[I32, Texts]:
    recoded, texts = unify([key.texts for key in keys])
    codes = [np.append(code, np.int32(NO_CODE))[key.codes] for code, key in zip(recoded, keys, strict=True)]
    return np.concatenate(codes), texts
