"""The cluster tier's way in: lines on their way to a topic, by `produce` or through NiFi."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hitstream.clock import SystemClock

if TYPE_CHECKING:
    from hitstream.extract.nifi.server import NifiFlow
    from hitstream.extract.produce import Sent
    from hitstream.sources.contract import Source
    from hitstream.sources.identity import SourceState
    from hitstream.sources.tail import ReadProgress


@dataclass
class Sending:
    """Sends lines to a topic; the settings of these names."""

    kafka: str
    topic: str
    compression: str
    log_format: str | None = None

    def run(
        self,
        open_lines: "Callable[[list[SourceState], int], Source]",
        stop: threading.Event,
        on_sent: "Callable[[Sent, ReadProgress | None], None]" = lambda _s, _p: None,
        *,
        keep: Path | None = None,
        patient: bool = False,
    ) -> "Sent":
        """Send a source's lines until it ends or `stop` is set.

        Args:
            open_lines: opens the source, given how far its files were sent before and the most bytes of a chunk.
            stop: ends it.
            on_sent: told what was acknowledged, and how much was read.
            keep: the directory of what was sent before; None where the source cannot be resumed.
            patient: whether to wait for a Kafka that is away as long as it takes.

        Raises:
            HitstreamError: see `extract.produce.produce`.
        """
        from hitstream.extract.positions import open_positions
        from hitstream.extract.produce import CHUNK_BYTES, produce
        from hitstream.extract.sender import Sender
        from hitstream.sources.tail import log_problem

        sender = Sender(self.kafka, self.topic, self.compression, patient=patient, stop=stop, on_problem=log_problem)
        with ExitStack() as opened:
            kept = open_positions(keep, sender.topic, SystemClock()) if keep else None
            positions = opened.enter_context(kept) if kept else None
            source = open_lines(positions.states() if positions else [], CHUNK_BYTES)

            def sent(counted: "Sent") -> None:
                on_sent(counted, getattr(source, "progress", None))

            return produce(source, sender, positions, log_format=self.log_format, stop=stop, on_sent=sent)


def deploy(
    flow: "NifiFlow", directory: Path, brokers: str, topic: str, compression: str, log_format: str | None
) -> tuple[bool, str]:
    """Bring NiFi's flow to where it publishes a directory, in the given format or the one that its logs have.

    Returns:
        Whether there was no flow before, and the format that records say they have; empty where it is not known.

    Raises:
        HitstreamError: the format cannot be compiled; see `extract.nifi.server.Flow.deploy`.
    """
    from hitstream.extract.formats import format_of
    from hitstream.parse import compile_format
    from hitstream.parse.client_rule import split_rule
    from hitstream.parse.several import compile_formats

    rule, text = split_rule(log_format or "")
    found = replace(compile_format(text), given=True).written if text else format_of(directory)
    if found and rule:
        found = compile_formats(found).read_by(rule).written
    values = {"brokers": brokers, "topic": topic, "format": found or "", "compression": compression}
    text = compile_formats(found).text if found else ""
    return flow.deploy({"directory": str(directory.absolute()), **values}), text
