"""Reading cells: the blocks that count, unpacked and merged."""

from hitstream.store.contract import CellStore
from hitstream.views.cells import Cells
from hitstream.views.merge import merge
from hitstream.views.pack import unpack
from hitstream.views.table import Grain, View


def read_cells(store: CellStore, view: View, grain: Grain, start: int, end: int) -> Cells:
    """Return the cells of the buckets with start <= bucket < end (s since 1970), each (bucket, key) once."""
    return merge([unpack(view.name, grain, store.payloads(view.name, grain, start, end))], view)
