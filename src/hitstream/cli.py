"""The command line: one command a verb. Parses arguments and prints answers; `pipeline` does the wiring."""

import gc
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hitstream import __version__, pipeline, terminal
from hitstream.clock import SystemClock
from hitstream.commands import access, cluster, fetch, formats, lines, nifi, notebook, schema, stack, topics
from hitstream.commands.options import (
    AccessFile,
    BadKept,
    Data,
    HoursDays,
    Kafka,
    MinutesDays,
    Ratio,
    Topic,
    UnpackedGb,
    may_ask_cluster,
    reads_logs,
)
from hitstream.commands.options import default as _default
from hitstream.commands.options import option as _option
from hitstream.errors import ConfigError, HitstreamError
from hitstream.settings import from_file
from hitstream.text import account

if TYPE_CHECKING:
    from hitstream.engine.settings import Counters
    from hitstream.query import Filter
    from hitstream.sources.decompress import Limits
    from hitstream.sources.tail import ReadProgress

_COLLECT_AFTER = 50_000
"""New objects between two looks for cycles. There are few cycles, and Python's 700 makes for hundreds of looks."""

app = typer.Typer(
    name="hitstream",
    help="Real-time analytics of web access logs.\n\nExit codes: 0 done, 1 an audit found differences, 2 a command or "
    "setting that cannot be carried out, 3 unreadable data, 4 try again later, 5 stop and repair, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: loading Rich for it would double the time it takes
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


app.add_typer(stack.app)
app.add_typer(cluster.app)
app.add_typer(topics.app)
app.add_typer(fetch.app)
app.add_typer(schema.app)
app.add_typer(nifi.app)
app.command()(formats.formats)
app.command()(lines.produce)
app.command()(lines.generate)
app.command()(lines.replay)
app.command()(notebook.notebook)
app.command()(access.password)
app.command()(access.token)
_PATHS_SAID = 3
_TABLE_LINES = 50

Paths = Annotated[list[str], typer.Argument(help="Log files, directories or globs; `-` is standard input.")]
Memory = Annotated[int, _option("memory")]
Workers = Annotated[int, _option("workers")]
ArchiveSeconds = Annotated[float, _option("archive_seconds")]
Host = Annotated[str, _option("host")]
Port = Annotated[int, _option("port")]
AllowedHosts = Annotated[str, _option("allowed_hosts")]
BehindProxy = Annotated[str, _option("behind_proxy")]
TlsCert = Annotated[Path | None, _option("tls_cert")]
TlsKey = Annotated[Path | None, _option("tls_key")]
SessionHours = Annotated[float, _option("session_hours")]
PasswordFile = Annotated[Path | None, _option("password_file")]
From = Annotated[str | None, typer.Option("--from", help="From then on: 1995-07-01, 2015-05-17T10:05, -24h, now.")]
To = Annotated[str | None, typer.Option("--to", help="Until before then; written like --from.")]
Where = Annotated[
    list[str] | None, typer.Option("--filter", help="Only hits like this: status>=400, host~nasa, path!=/. Repeatable.")
]
Printed = Literal["table", "json", "csv"]


@app.command()
@reads_logs
def ingest(
    paths: Paths,
    data: Data = _default("data"),
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written to the logs.")] = False,
    final: Annotated[bool, typer.Option(help="Take a last line without its newline: the files are final.")] = False,
    memory: Memory = _default("memory"),
    workers: Workers = _default("workers"),
    bad_lines_kept: BadKept = _default("bad_lines_kept"),
    archive_seconds: ArchiveSeconds = _default("archive_seconds"),
    keep_minutes_days: MinutesDays = _default("keep_minutes_days"),
    keep_hours_days: HoursDays = _default("keep_hours_days"),
    max_unpacked_gb: UnpackedGb = _default("max_unpacked_gb"),
    max_ratio: Ratio = _default("max_ratio"),
    log_format: str | None = None,
) -> None:
    """Read logs into a data directory, exactly once; go on where the last run stopped."""
    from hitstream.engine.settings import IngestSettings
    from hitstream.engine.upkeep import Retention

    settings = IngestSettings(
        memory=memory << 20,
        workers=workers,
        bad_lines_kept=bad_lines_kept,
        archive_seconds=archive_seconds,
        retention=Retention(keep_minutes_days, keep_hours_days),
    )
    ingestion = pipeline.Ingestion(
        paths, data, settings, _limits(max_unpacked_gb, max_ratio), log_format, follow, "take" if final else "wait"
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    said: set[str] = set()
    latest: list[Counters] = []
    with terminal.progress("ingest") as bar:

        def committed(counters: "Counters", progress: "ReadProgress | None") -> None:
            latest[:] = [counters]
            if bar:
                bar.show(progress.done if progress else counters.bytes, progress and progress.total, counters.lines)
            if follow:
                _say_formats(log_format, counters.formats, said)

        try:
            latest = [ingestion.run(stop, committed)]
        finally:  # where a log is refused, the others are read all the same
            if latest:
                _say_formats(log_format, latest[0].formats, said)
                told = account(latest[0].lines, latest[0].hits, latest[0].bad).replace("lines =", "lines read =")
                terminal.note(f"{data}: {told}.")
    if stop.is_set() and not follow:
        terminal.note("Interrupted: the same command goes on from there.")
        raise typer.Exit(130)


@app.command()
@may_ask_cluster
@reads_logs
def report(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Logs to read once; without any, --data is reported.")
    ] = None,
    output: Annotated[str, typer.Option("--output", "-o", help="A .html, .json or .csv file; `-` prints JSON.")] = "-",
    data: Data = _default("data"),
    start: From = None,
    end: To = None,
    where: Where = None,
    rows: Annotated[int, typer.Option(help="Rows of a view; the rest are summed as (other).")] = 1000,
    max_unpacked_gb: UnpackedGb = _default("max_unpacked_gb"),
    max_ratio: Ratio = _default("max_ratio"),
    log_format: str | None = None,
    cluster: pipeline.Stores | None = None,
) -> None:
    """Write one report of logs, read once and not kept, or of a data directory or the cluster."""
    from hitstream.report.contents import contents
    from hitstream.report.write import check, write

    check(output)
    span, filters = _span(start, end), _filters(where)
    limits = _limits(max_unpacked_gb, max_ratio)
    with ExitStack() as opened:
        if not paths:
            query = opened.enter_context(pipeline.asked(cluster or data))
        elif filters or any(span):
            from hitstream.engine.settings import IngestSettings

            ingestion = pipeline.Ingestion(paths, data, IngestSettings(), limits, log_format, torn="take")
            query = opened.enter_context(pipeline.temporary(ingestion))
        else:
            query = _summary(paths, log_format, limits)
        write(contents(query, start=span[0], end=span[1], where=filters, rows=rows), output)


@app.command()
@may_ask_cluster
def serve(
    data: Data = _default("data"),
    host: Host = _default("host"),
    port: Port = _default("port"),
    allowed_hosts: AllowedHosts = _default("allowed_hosts"),
    behind_proxy: BehindProxy = _default("behind_proxy"),
    tls_cert: TlsCert = _default("tls_cert"),
    tls_key: TlsKey = _default("tls_key"),
    access_file: AccessFile = _default("access_file"),
    session_hours: SessionHours = _default("session_hours"),
    password_file: PasswordFile = _default("password_file"),
    cluster: pipeline.Stores | None = None,
) -> None:
    """Show a data directory, or the cluster, live in the browser."""
    asked = allowed_hosts, behind_proxy, tls_cert, tls_key, access_file, session_hours, password_file
    serving = pipeline.Serving(host, port, *asked)
    pipeline.serve(data, serving, lambda url: _served(serving, url), cluster=cluster)


@app.command(context_settings={"ignore_unknown_options": True})
def run(
    paths: Annotated[list[str], typer.Argument(help="Logs to follow, and any option of `hitstream ingest`.")],
    data: Data = _default("data"),
    host: Host = _default("host"),
    port: Port = _default("port"),
    allowed_hosts: AllowedHosts = _default("allowed_hosts"),
    behind_proxy: BehindProxy = _default("behind_proxy"),
    tls_cert: TlsCert = _default("tls_cert"),
    tls_key: TlsKey = _default("tls_key"),
    access_file: AccessFile = _default("access_file"),
    session_hours: SessionHours = _default("session_hours"),
    password_file: PasswordFile = _default("password_file"),
) -> None:
    """Follow logs and show them live: `ingest --follow` and `serve` in one."""
    asked = allowed_hosts, behind_proxy, tls_cert, tls_key, access_file, session_hours, password_file
    serving = pipeline.Serving(host, port, *asked)
    raise typer.Exit(pipeline.run(paths, data, serving, lambda url: _served(serving, url)))


@app.command()
def demo(
    port: Port = _default("port"),
    rate: Annotated[float, typer.Option(help="New lines a second.")] = 25.0,
    seed: Annotated[int, typer.Option(help="Equal seeds make equal traffic.")] = 1995,
) -> None:
    """Show the live page on generated traffic, in the likeness of NASA's of 1995; nothing is kept."""
    import tempfile

    serving = pipeline.Serving(_default("host"), port, title="Generated traffic: the last 3 days, then live")
    with tempfile.TemporaryDirectory(prefix="hitstream-demo-") as directory:
        folder = Path(directory)
        with pipeline.Demo(folder, seed, rate) as written:
            arguments = [*map(str, written.logs), "--format", "combined"]
            code = pipeline.run(arguments, folder / "data", serving, _said)
    raise typer.Exit(code)


@app.command()
@may_ask_cluster
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT on the table `hits`, in DuckDB's SQL.")],
    data: Data = _default("data"),
    format: Annotated[Literal["table", "json", "csv", "parquet"], typer.Option(help="How to print it.")] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The Parquet file to write.")] = None,
    limit: Annotated[int | None, typer.Option(help="Rows at the most.")] = None,
    cluster: pipeline.Stores | None = None,
) -> None:
    """Ask the single hits with read-only SQL."""
    with pipeline.asked(cluster or data) as asked:
        answer = asked.sql(sql, limit)
    if format == "parquet":
        import pyarrow.parquet as pq

        if output is None:
            raise ConfigError("A Parquet answer needs a file.", "Name it: --output answer.parquet.")
        pq.write_table(answer, output)
        return
    rows = zip(*(column.to_pylist() for column in answer.columns), strict=True)
    terminal.PRINTERS[format]("", answer.column_names, rows)


@app.command()
@may_ask_cluster
def top(
    view: Annotated[str, typer.Argument(help="A view: target, host, status, not_found, browser, ...")],
    data: Data = _default("data"),
    count: Annotated[int, typer.Option("--count", "-n", help="How many keys.")] = 20,
    by: Annotated[Literal["hits", "bytes", "errors", "visitors"], typer.Option(help="Largest by what.")] = "hits",
    start: From = None,
    end: To = None,
    where: Where = None,
    format: Annotated[Printed, typer.Option(help="How to print it.")] = "table",
    cluster: pipeline.Stores | None = None,
) -> None:
    """Print the largest keys of a view."""
    from hitstream.views.sketch import is_estimated

    with pipeline.asked(cluster or data) as asked:
        answer = asked.top(view, *_span(start, end), k=count, by=by, where=_filters(where))
    columns = (view, "hits", "bytes", "errors", "visitors")
    rows: list[tuple[Any, ...]] = [(row.key, row.hits, row.bytes, row.errors, row.visitors) for row in answer.rows]
    if not rows and format == "table":
        terminal.note(
            f"There is no hit to list by {view}: none was read, or none is in this range and passes the filters."
        )
        return
    terminal.PRINTERS[format](f"Top {len(rows)} of {answer.keys:,} by {by}", columns, rows)
    if not answer.exact:
        terminal.note("A bucket held more keys than its bound: the tail was folded, so these hits are lower bounds.")
    if error := answer.visitors_error:
        least = min(row.visitors or 0 for row in answer.rows if is_estimated(row.visitors, error))
        terminal.note(f"Visitors from {least:,} on are estimates: ± {error:.1%} standard error.")


@app.command()
@may_ask_cluster
def bad(
    data: Data = _default("data"),
    limit: Annotated[int | None, typer.Option(help="Lines at the most: 50 in a table, all in CSV and JSON.")] = None,
    format: Annotated[Printed, typer.Option(help="How to print it.")] = "table",
    cluster: pipeline.Stores | None = None,
) -> None:
    """Print the lines that did not parse: file and line number, the field that failed and why, their bytes."""
    most = limit if limit is not None else _TABLE_LINES if format == "table" else -1
    rows, total = pipeline.explained_bad_lines(cluster or data, most)
    terminal.PRINTERS[format]("", ("file", "number", "position", "field", "reason", "line"), rows)
    terminal.note(f"{total:,} bad lines; {len(rows):,} shown.")


@app.command()
@may_ask_cluster
def audit(
    data: Data = _default("data"),
    kafka: Kafka = _default("kafka"),
    topic: Topic = _default("topic"),
    cluster: pipeline.Stores | None = None,
) -> None:
    """Count everything again: source, or topic, archive and cells. Exit with 1 where they differ."""
    from hitstream.engine.audit import audit as recount
    from hitstream.engine.audit import keep

    found = pipeline.audit_cluster(cluster, kafka, topic) if cluster else recount(data)
    terminal.note(f"{cluster or data}: {account(found.lines, found.hits, found.bad)}.")
    for reason in found.skipped if cluster else ():
        terminal.note(f"not counted again: {reason}.")
    for difference in found.differences:
        terminal.note(f"differs: {difference}")
    try:
        if not cluster:
            keep(data, found)
    except HitstreamError as problem:
        terminal.note(f"The page will not show this result. {problem}")
    terminal.note("All agree." if found.ok else f"{len(found.differences)} differences.")
    raise typer.Exit(0 if found.ok else 1)


@app.command()
def rebuild(data: Data = _default("data")) -> None:
    """Make all cells anew from the archive."""
    from hitstream.engine.batch import rebuild as recompute

    terminal.note(f"{data}: rebuilt from {recompute(data):,} hits.")


@app.command()
def doctor(data: Data = _default("data")) -> None:
    """Say what this installation has, and what is missing for which command."""
    from hitstream.doctor import checks

    terminal.table("", ("what", "state", "detail"), found := checks(data))
    raise typer.Exit(0 if all(state != "missing" for _, state, _ in found) else 1)


def _summary(paths: list[str], log_format: str | None, limits: "Limits") -> Any:
    read = 0
    with terminal.progress("report") as bar:

        def on_chunk(size: int) -> None:
            nonlocal read
            read += size
            if bar:
                bar.show(read, None, 0)

        query, found = pipeline.summary(paths, log_format, limits, on_chunk)
    _say_formats(log_format, found, set())
    return query


def _say_formats(log_format: str | None, found: dict[str, list[str]], said: set[str]) -> None:
    """Say each format that was not said or given, and which logs have it where there are several formats."""
    from hitstream.parse.client_rule import has_format
    from hitstream.parse.formats import hints

    if has_format(log_format):
        return
    for name in [name for name in found if name not in said]:
        paths = found[name]
        more = f" and {len(paths) - _PATHS_SAID} more" if len(paths) > _PATHS_SAID else ""
        logs = f" of {', '.join(paths[:_PATHS_SAID])}{more}" if len(found) > 1 else ""
        terminal.note(f"The format{logs} is {name}.")
        for hint in hints(name):
            terminal.note(hint)
        said.add(name)


def _span(start: str | None, end: str | None) -> tuple[int | None, int | None]:
    if not (start or end):
        return None, None
    from hitstream.query.times import parse_time

    clock = SystemClock()
    return start and parse_time(start, clock), end and parse_time(end, clock)  # type: ignore[return-value]


def _filters(where: list[str] | None) -> "tuple[Filter, ...]":
    if not where:
        return ()
    from hitstream.query import parse_filter

    return tuple(parse_filter(text) for text in where)


def _limits(gigabytes: int, ratio: int) -> "Limits":
    from hitstream.sources.decompress import Limits

    return Limits(total=gigabytes << 30, ratio=ratio)


def _served(serving: "pipeline.Serving", url: str) -> None:
    _said(url)
    if serving.password_file:
        terminal.note(f"Its password is the first line of {serving.password_file}.")
    if serving.address().is_readable:
        terminal.note(
            "Passwords cross the network readable: give --tls-cert and --tls-key, or serve behind a TLS proxy."
        )


def _said(address: str) -> None:
    terminal.note(f"hitstream is at {address} — Ctrl-C ends it.")


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"hitstream {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    pass


def _everywhere(group: typer.Typer, values: dict[str, Any]) -> dict[str, Any]:
    """Return defaults for every command of a group and of the groups in it."""
    commands = (
        command.name or (command.callback and command.callback.__name__) for command in group.registered_commands
    )
    inner = (row.typer_instance for row in group.registered_groups if row.typer_instance)
    return dict.fromkeys(filter(None, commands), values) | {
        str(other.info.name): _everywhere(other, values) for other in inner
    }


def main() -> None:
    """Run the command line; an error is said in a paragraph, and classed by the exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's threads for linear algebra only wait, by spinning
    gc.set_threshold(_COLLECT_AFTER)
    try:
        values = from_file()
        app(default_map=_everywhere(app, values))
    except HitstreamError as error:
        if error.message:
            terminal.problem(error.message, error.hint)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        if "duckdb" not in sys.modules:  # it would tell of all that was not let go of
            gc.freeze()  # else Python looks for cycles in all there is before it lets go of it
