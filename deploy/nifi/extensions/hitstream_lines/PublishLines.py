"""The NiFi processor: publishes what is new in the log file that a FlowFile names."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from log_content import Unreadable
from log_publisher import KafkaTopic, LogPublisher, NotPublished
from nifiapi.componentstate import Scope
from nifiapi.flowfiletransform import FlowFileTransform, FlowFileTransformResult
from nifiapi.properties import PropertyDescriptor, StandardValidators
from nifiapi.relationship import Relationship

ANSWER_SECONDS = 20
"""How long Kafka may take to acknowledge a record, and so how long a stop may take while it is away."""
ORPHAN_SECONDS = 1.0
UNDECODED = "\ufffd"
"""What Java puts into names of files for bytes that its locale does not have."""

TOPIC_KEY = "topic"
SOURCES_A_KEY = 50
"""Sources in one value of NiFi's state, which takes 64 KiB."""


class PublishLines(FlowFileTransform):
    """Publishes the log file that a FlowFile names."""

    class Java:
        implements = ["org.apache.nifi.python.processor.FlowFileTransform"]  # noqa: RUF012 - NiFi reads the source

    class ProcessorDetails:
        version = "0.1.0"
        description = """Publishes the lines of the log file that a FlowFile names (absolute.path, filename) to Kafka,
            from where the last time ended: records of whole lines, with source, offset and path as headers. The file is
            read from disk, the FlowFile's content is not looked at. How far it came is in the component's state."""
        tags = ["kafka", "log", "tail", "publish", "hitstream"]  # noqa: RUF012 - NiFi reads the source

    BROKERS = PropertyDescriptor(
        name="Brokers",
        description="Kafka's addresses; comma-separated.",
        required=True,
        validators=[StandardValidators.NON_EMPTY_VALIDATOR],
    )
    TOPIC = PropertyDescriptor(
        name="Topic",
        description="The topic; it must be there.",
        required=True,
        validators=[StandardValidators.NON_EMPTY_VALIDATOR],
    )
    FORMAT = PropertyDescriptor(
        name="Format",
        description="The format of the lines, as a header of every record. Without it, who reads the topic must know.",
        required=False,
    )
    COMPRESSION = PropertyDescriptor(
        name="Compression",
        description="What records are compressed with.",
        required=True,
        default_value="zstd",
        validators=[StandardValidators.NON_EMPTY_VALIDATOR],
    )
    RELATIONSHIPS = (
        Relationship(name="success", description="All whole lines of the file are acknowledged."),
        Relationship(name="more", description="A part is acknowledged; lead it back here for the next one."),
        Relationship(name="unreadable", description="The file is no log, or damaged, or may not be read."),
    )
    """Beside `failure`, which every processor has: Kafka did not acknowledge all records. Try again later."""

    def __init__(self, **_: Any) -> None:
        super().__init__()
        self._publisher: LogPublisher | None = None
        self._topic: KafkaTopic | None = None
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()

    def getPropertyDescriptors(self) -> list[PropertyDescriptor]:
        """Return what can be set."""
        return [self.BROKERS, self.TOPIC, self.FORMAT, self.COMPRESSION]

    def getRelationships(self) -> list[Relationship]:
        """Return where FlowFiles go."""
        return list(self.RELATIONSHIPS)

    def onStopped(self, _context: Any) -> None:
        """Let go of Kafka: settings may be others at the next start."""
        self._give_up()

    def transform(self, context: Any, flowfile: Any) -> FlowFileTransformResult:
        """Publish the next step of the file that a FlowFile names."""
        path = os.path.join(flowfile.getAttribute("absolute.path"), flowfile.getAttribute("filename"))  # noqa: PTH118
        try:
            step = self._ready(context).publish(path)
        except FileNotFoundError:
            if UNDECODED not in path:  # it was renamed, and is listed again by its new name
                return FlowFileTransformResult("success")
            self.logger.error(f"{path}: NiFi cannot read this name: start it in a UTF-8 locale (LC_ALL=C.UTF-8).")
            return FlowFileTransformResult("unreadable")
        except Unreadable as problem:
            self.logger.error(str(problem))
            return FlowFileTransformResult("unreadable")
        except NotPublished as problem:
            self._give_up()
            self.logger.error(str(problem))
            return FlowFileTransformResult("failure")
        except BaseException:
            self._give_up()
            raise
        told = {"source": step.source, "position": str(step.position), "sent": str(step.sent)} if step.sent else None
        return FlowFileTransformResult("more" if step.more else "success", attributes=told)

    def _ready(self, context: Any) -> LogPublisher:
        """Return what publishes, going on from what NiFi keeps of this topic."""
        if self._publisher is None:
            value = {
                name: context.getProperty(name).getValue() for name in ("Brokers", "Topic", "Format", "Compression")
            }
            self._topic = KafkaTopic(value["Brokers"], value["Topic"], value["Compression"], ANSWER_SECONDS)
            state = context.getStateManager()
            kept = state.getState(Scope.LOCAL).toMap()
            texts = [line for key, text in kept.items() if key != TOPIC_KEY for line in text.splitlines()]
            known = texts if kept.get(TOPIC_KEY) == self._topic.id else []
            self._publisher = LogPublisher(self._topic, self._keeper(state), known, value["Format"])
        return self._publisher

    def _keeper(self, state: Any) -> Callable[[list[str]], None]:
        topic = self._topic.id

        def keep(texts: list[str]) -> None:
            lots = range(0, len(texts), SOURCES_A_KEY)
            values = {f"sources-{lot}": "\n".join(texts[lot : lot + SOURCES_A_KEY]) for lot in lots}
            state.setState({TOPIC_KEY: topic, **values}, Scope.LOCAL)

        return keep

    def _give_up(self) -> None:
        """Let go of the producer, and of what it has not sent yet: nothing of a failed try is delivered late."""
        topic, self._topic, self._publisher = self._topic, None, None
        if topic:
            topic.give_up()


def _end_with(parent: int) -> None:
    """End this process when NiFi has ended without doing it."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)
