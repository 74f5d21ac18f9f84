"""A job for the master of a stack: Arrow batches through Python, into a Delta table on HDFS.

Its arguments: the table, how many rows to append. It prints how many rows the table has then, and their sum.
"""

import sys
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession


def doubled(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield pa.RecordBatch.from_arrays([pc.multiply(batch.column("id"), 2)], names=["id"])


def main(table: str, rows: int) -> None:
    spark = SparkSession.builder.appName("test of the stack").getOrCreate()
    spark.range(rows).mapInArrow(doubled, "id long").write.format("delta").mode("append").save(table)
    found = spark.read.format("delta").load(table).selectExpr("count(*)", "sum(id)").first()
    print("rows", *found)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
