"""What is looked at before the stream starts, so that what is wrong is said at once, with the way out."""

import json
import socket

from hitstream.engine.spark.settings import StreamSettings
from hitstream.errors import ConfigError, Fatal, Retryable
from hitstream.store.hdfs import HdfsFolder

_SECONDS = 10.0
NEW_CHECKPOINT = (
    "To go on with what the topic has: `hitstream cluster start --new-checkpoint`. Lines that were read before are "
    "told by their position and dropped; lines that Kafka no longer has can be sent again with `hitstream produce`."
)


def check_spark(master: str) -> None:
    """Make sure that one of Spark's masters answers.

    Raises:
        ConfigError: it is no address of a master.
        Retryable: none does.
    """
    if master.startswith("local"):
        return
    if not master.startswith("spark://"):
        raise ConfigError(f"{master!r} is no master of Spark.", "Write --spark spark://HOST:PORT.")
    places = master.removeprefix("spark://").split(",")
    for place in places:
        host, _, port = place.partition(":")
        try:
            socket.create_connection((host, int(port or 7077)), _SECONDS).close()
        except (OSError, ValueError):
            continue
        return
    raise Retryable(f"Spark's master does not answer at {master}.", "Start it: `hitstream stack up`, or mend --spark.")


def next_offsets(folder: HdfsFolder, done: int) -> dict[str, dict[int, int]] | None:
    """Return the offsets that are read next, by topic and partition; None in a new checkpoint.

    Args:
        folder: the checkpoint.
        done: the last of its batches that counts, though Spark may not know it yet; -1 for none.

    Raises:
        ConfigError: it is not the checkpoint of a stream.
    """
    done = max([done, *(int(name) for name in folder.names("commits") if name.isdigit())])
    name = f"offsets/{done}" if done >= 0 else "sources/0/0"
    if not folder.has(name):
        return None
    with folder.open(name) as file:
        lines = file.read().decode().splitlines()
    try:
        topics: dict[str, dict[str, int]] = json.loads(lines[-1])
        return {topic: {int(number): offset for number, offset in own.items()} for topic, own in topics.items()}
    except (IndexError, ValueError, AttributeError) as problem:
        message = f"The checkpoint {folder.address} cannot be read ({problem})."
        raise ConfigError(message, NEW_CHECKPOINT) from problem


def check_checkpoint(folder: HdfsFolder, settings: StreamSettings, ends: dict[int, tuple[int, int]], done: int) -> None:
    """Make sure that the topic still has what the checkpoint wants next.

    Raises:
        ConfigError: the checkpoint is of another topic.
        Fatal: Kafka has deleted what was not read yet.
    """
    topics = next_offsets(folder, done)
    if topics is None:
        return
    if list(topics) != [settings.topic]:
        message = f"The checkpoint {folder.address} is of the topic {', '.join(topics)}, not of {settings.topic!r}."
        raise ConfigError(message, f"Name the one it is of. {NEW_CHECKPOINT}")
    for partition, offset in topics[settings.topic].items():
        first, after = ends.get(partition, (0, 0))
        if after < offset:
            message = f"{settings.topic!r} was made anew: partition {partition} ends at {after}, {offset} were read."
            raise ConfigError(message, NEW_CHECKPOINT)
        if first > offset:
            raise Fatal(
                f"Kafka has deleted records that were not read: partition {partition} of {settings.topic!r} begins at"
                f" {first}, {offset} is the next.",
                f"Give the topic a longer retention. {NEW_CHECKPOINT}",
            )
