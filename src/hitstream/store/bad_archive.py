"""The cluster's bad lines, all of them, beside its archive: a Delta Lake table of the same transactions."""

from typing import TYPE_CHECKING

from hitstream.record import BadLines
from hitstream.store.delta import DeltaArchive
from hitstream.store.folder import folder

if TYPE_CHECKING:
    import pyarrow as pa


def bad_archive(address: str, application: str) -> DeltaArchive:
    """Return the table of bad lines in a folder; see `columns` for its columns."""
    return DeltaArchive(folder(address), application, columns=columns)


def columns() -> "pa.Schema":
    """Return the columns: a line's position, when it was read (UTC), the field that failed, and its bytes."""
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            pa.field("source", text, nullable=False),
            pa.field("offset", pa.int64(), nullable=False),
            pa.field("time", pa.timestamp("us", "UTC"), nullable=False),
            pa.field("reason", text, nullable=False),
            pa.field("line", pa.binary(), nullable=False),
        ]
    )


def table_of(lines: BadLines, now: int) -> "pa.Table":
    """Return bad lines that were read at a second."""
    import pyarrow as pa

    source, offset, reason, data = zip(*lines, strict=True)
    return pa.table([source, offset, [now * 1_000_000] * len(lines), reason, data], schema=columns())
