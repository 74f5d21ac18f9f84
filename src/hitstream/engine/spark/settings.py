"""Where the stream reads and writes, and how large its batches are."""

from dataclasses import dataclass, field

from hitstream.engine.upkeep import Retention
from hitstream.store.ledger import BAD_LINES_KEPT

RECORDS_A_BATCH = 1024
"""Records of about 64 KiB: some 600,000 lines. Larger ones take more memory and longer, and are no faster a line."""


@dataclass(frozen=True)
class StreamSettings:
    """The settings of these names, and what follows from them."""

    kafka: str
    topic: str
    spark: str
    hdfs: str
    log_format: str | None = None
    """The format of records that do not name theirs."""
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
