"""`hitstream produce`, `generate` and `replay`: lines on their way to a topic, or to a file."""

import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hitstream import pipeline, terminal
from hitstream.commands.options import Compression, Kafka, Ratio, Topic, UnpackedGb, default, option, reads_logs
from hitstream.errors import ConfigError

if TYPE_CHECKING:
    from hitstream.sources.contract import Source

Paths = Annotated[list[str], typer.Argument(help="Log files, directories or globs; `-` is standard input.")]
Output = Annotated[str, typer.Option("--output", "-o", help="A file; `-` is standard output.")]
ToKafka = Annotated[bool, typer.Option("--to-kafka", help="Send the lines to --topic instead of writing them.")]
Data = Annotated[Path, option("produce_data")]


@reads_logs
def produce(
    paths: Paths,
    produce_data: Data = default("produce_data"),
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written to the logs.")] = False,
    final: Annotated[bool, typer.Option(help="Take a last line without its newline: the files are final.")] = False,
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    compression: Compression = default("compression"),
    max_unpacked_gb: UnpackedGb = default("max_unpacked_gb"),
    max_ratio: Ratio = default("max_ratio"),
    log_format: str | None = None,
) -> None:
    """Send logs to Kafka; go on where the last run's records were acknowledged."""
    from hitstream.sources.decompress import Limits
    from hitstream.sources.open import open_source

    limits = Limits(total=max_unpacked_gb << 30, ratio=max_ratio)

    def open_paths(states: Any, max_bytes: int) -> "Source":
        torn: Literal["take", "wait"] = "take" if final else "wait"
        return open_source(paths, states=states, follow=follow, torn=torn, max_bytes=max_bytes, limits=limits)

    sending = pipeline.Sending(kafka, topic, compression, log_format)
    stopped = _send(sending, open_paths, keep=produce_data, patient=follow)
    if stopped and not follow:
        terminal.note("Interrupted: the same command goes on from there.")
        raise typer.Exit(130)


def generate(
    output: Output = "-",
    to_kafka: ToKafka = False,
    lines: Annotated[int | None, typer.Option(help="How many lines.")] = None,
    days: Annotated[float | None, typer.Option(help="How many days.")] = None,
    rate: Annotated[float | None, typer.Option(help="Lines a second, in the mean.")] = None,
    seed: Annotated[int, typer.Option(help="Equal seeds make equal lines.")] = 1995,
    start: Annotated[str, typer.Option(help="The first day; as --from elsewhere.")] = "1995-07-01T00:00:00-04:00",
    malformed: Annotated[float, typer.Option(help="Share of lines that do not parse, 0 to 1.")] = 0.0,
    hurricane: Annotated[bool, typer.Option(help="Leave out the hours in which the server was off in 1995.")] = False,
    format: Annotated[Literal["common", "combined"], typer.Option(help="Log format.")] = "common",
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    compression: Compression = default("compression"),
) -> None:
    """Write traffic in the likeness of NASA's of 1995, from a seed."""
    from datetime import UTC, datetime

    from hitstream.sources.generate import HURRICANE_ERIN, Traffic

    try:
        begin = datetime.fromisoformat(start)
    except ValueError:
        raise ConfigError(f"--start {start!r} is not a time.", "Write 1995-07-01T00:00:00-04:00.") from None
    begin = begin if begin.tzinfo else begin.replace(tzinfo=UTC)
    traffic = Traffic(seed, begin, lines, days, rate, malformed, HURRICANE_ERIN if hurricane else None, format)
    if to_kafka:
        from hitstream.sources.blocks import GeneratedSource

        _send(pipeline.Sending(kafka, topic, compression, format), lambda _s, _b: GeneratedSource(traffic.blocks()))
    else:
        _write(traffic.blocks(), output)


@reads_logs
def replay(
    paths: Paths,
    output: Output = "-",
    to_kafka: ToKafka = False,
    speed: Annotated[float, typer.Option(help="Seconds of the log in one second; 0 is as fast as possible.")] = 1.0,
    loop: Annotated[bool, typer.Option(help="Begin again at the end.")] = False,
    kafka: Kafka = default("kafka"),
    topic: Topic = default("topic"),
    compression: Compression = default("compression"),
    log_format: str | None = None,
) -> None:
    """Play a log again as if it were written now."""
    from hitstream.sources.contract import MAX_BYTES
    from hitstream.sources.open import open_source
    from hitstream.sources.replay import Replay

    def played(_states: Any, max_bytes: int) -> Replay:
        return Replay(lambda: open_source(paths, torn="take", max_bytes=max_bytes), speed=speed, loop=loop)

    if to_kafka:
        _send(pipeline.Sending(kafka, topic, compression, log_format), played)
    else:
        _write((piece.chunk.data for piece in played((), MAX_BYTES).read() if piece.chunk), output)


def _send(sending: pipeline.Sending, open_lines: "Callable[[Any, int], Source]", **more: Any) -> bool:
    """Send lines, showing how far it is; return whether it was interrupted."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with terminal.progress("produce") as bar:

        def shown(sent: Any, progress: Any) -> None:
            if bar:
                bar.show(progress.done if progress else sent.bytes, progress and progress.total, sent.lines)

        sent = sending.run(open_lines, stop, shown, **more)
    terminal.note(f"{sending.topic}: {sent.lines:,} lines in {sent.records:,} records are acknowledged.")
    return stop.is_set()


def _write(blocks: Iterable[Any], output: str) -> None:
    try:
        with sys.stdout.buffer if output == "-" else Path(output).open("wb", buffering=0) as file:
            for block in blocks:
                file.write(block)
                file.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror}.", "Name another file with -o.") from error
