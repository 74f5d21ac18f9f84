"""The cluster tier's engine: batches of a topic's records, made by Spark's executors, committed by its driver."""
