"""Spark's session, and the topic's records as Spark reads them."""

from typing import TYPE_CHECKING

from hitstream.engine.spark.settings import StreamSettings
from hitstream.errors import ConfigError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ARROW_BYTES = 8 << 20
OPTIONS = {
    # Records are large: without a bound in bytes a batch of them would take gigabytes.
    "spark.sql.execution.arrow.maxBytesPerBatch": str(_ARROW_BYTES),
    # The NameNode hears of a block just after who wrote it asks to close the file; that one then waits so long.
    "spark.hadoop.dfs.client.block.write.locateFollowingBlock.initial.delay.ms": "5",
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",
    "spark.sql.streaming.minBatchesToRetain": "20",
    "spark.sql.streaming.pollingDelay": "10ms",
    "spark.python.worker.reuse": "true",
    "spark.ui.enabled": "false",
}


def open_session(master: str, name: str) -> "SparkSession":
    """Return a session on a master, which gives it executors when there are places.

    Raises:
        ConfigError: Spark is not installed, or does not start.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ConfigError(
            f"Spark is not installed: {error}.", "Install it: pip install 'hitstream[cluster]'."
        ) from None
    builder = SparkSession.builder.appName(name).master(master)
    for option, value in OPTIONS.items():
        builder = builder.config(option, value)
    return builder.getOrCreate()


def records(session: "SparkSession", settings: StreamSettings, most: int) -> "DataFrame":
    """Return the topic's records as they come, so many a batch at the most: partition, offset, value and headers.

    `failOnDataLoss` stays true: what Kafka has deleted before it was read is never passed over.
    """
    options = {
        "kafka.bootstrap.servers": settings.kafka,
        "subscribe": settings.topic,
        "startingOffsets": "earliest",
        "failOnDataLoss": "true",
        "includeHeaders": "true",
        "maxOffsetsPerTrigger": str(most),
    }
    read = session.readStream.format("kafka").options(**options).load()
    return read.select("partition", "offset", "value", "headers")
