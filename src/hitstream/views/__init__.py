"""Hits to numbers: the table of views, the rollup that fills their cells, the merge that adds cells up."""

from hitstream.views.cells import OTHER, Block, Cells
from hitstream.views.columns import DERIVED, derive
from hitstream.views.merge import merge
from hitstream.views.pack import pack, unpack
from hitstream.views.rollup import rollup
from hitstream.views.sketch import estimate, standard_error
from hitstream.views.table import SECONDS, VIEWS, Grain, View, view

__all__ = [
    "DERIVED",
    "OTHER",
    "SECONDS",
    "VIEWS",
    "Block",
    "Cells",
    "Grain",
    "View",
    "derive",
    "estimate",
    "merge",
    "pack",
    "rollup",
    "standard_error",
    "unpack",
    "view",
]
