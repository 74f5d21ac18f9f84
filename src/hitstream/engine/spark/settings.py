"""Where the stream reads and writes, and how large its batches are."""

from dataclasses import dataclass, field

from hitstream.engine.upkeep import Retention
from hitstream.parse.client_rule import ClientRule
from hitstream.sources.records import RECORD_BYTES
from hitstream.store.ledger import BAD_LINES_KEPT

RECORDS_A_BATCH = 1024
"""Records of about 64 KiB: some 600,000 lines. Larger ones take more memory and longer, and are no faster a line."""


_SIZE_MAY_DIFFER = 8
_MOST_RECORDS = 1 << 20


@dataclass
class BatchSize:
    """How many records a batch takes at the most: many where they are small, as those of other producers are.

    Args:
        records: how many records of `RECORD_BYTES` it would be.
    """

    records: int

    def __post_init__(self) -> None:
        """Take that number as the least, and the bytes of so many as what suits."""
        self._least = self.records
        self._bytes = self.records * RECORD_BYTES

    def suit(self, records: int, size: int) -> None:
        """Take note of a batch: of a full one of much smaller records, or of one of much larger ones."""
        suits = min(_MOST_RECORDS, max(self._least, self._bytes * records // max(size, 1)))
        full = 10 * records >= 9 * self.records  # Spark shares the number out among partitions, and rounds
        if (full and suits > _SIZE_MAY_DIFFER * self.records) or self.records > _SIZE_MAY_DIFFER * suits:
            self.records = suits


@dataclass(frozen=True)
class StreamSettings:
    """The settings of these names, and what follows from them."""

    kafka: str
    topic: str
    spark: str
    hdfs: str
    log_format: str | None = None
    """The format of records that do not name theirs."""
    clients: ClientRule | None = None
    """Who the client is in records whose format is told from their lines; where it is not said, the peer."""
    batch_records: int = RECORDS_A_BATCH
    bad_lines_kept: int = BAD_LINES_KEPT
    retention: Retention = field(default_factory=Retention)
    dead_letters: bool = True
    """Whether bad lines are sent to a topic of their own."""

    @property
    def bad_lines(self) -> str:
        """Where the folder of all bad lines is."""
        return f"{self.hdfs.rstrip('/')}/bad-lines"

    @property
    def checkpoints(self) -> str:
        """Where Spark's checkpoints are, each in a folder of its own."""
        return f"{self.hdfs.rstrip('/')}/checkpoint"
