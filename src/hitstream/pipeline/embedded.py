"""The embedded tier: logs into a data directory, or into one answer."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from hitstream.engine.settings import Counters, IngestSettings
    from hitstream.query import Query
    from hitstream.sources.contract import Source
    from hitstream.sources.decompress import Limits
    from hitstream.sources.tail import ReadProgress


@dataclass
class Ingestion:
    """An ingest of the embedded tier, ready to run."""

    paths: Sequence[str]
    data: Path
    settings: "IngestSettings"
    limits: "Limits"
    log_format: str | None = None
    follow: bool = False
    torn: Literal["wait", "take"] = "wait"

    def run(
        self, stop: threading.Event, on_commit: "Callable[[Counters, ReadProgress | None], None]" = lambda _c, _p: None
    ) -> "Counters":
        """Ingest until the source ends or `stop` is set; tell `on_commit` what is counted and how much is read.

        Raises:
            HitstreamError: see `engine.embedded.ingest`.
        """
        from hitstream.engine.embedded import ingest
        from hitstream.sources.open import open_source

        opened: list[Source] = []

        def open_paths(states: Any, max_bytes: int) -> "Source":
            options = {"states": states, "max_bytes": max_bytes, "limits": self.limits}
            opened.append(open_source(self.paths, follow=self.follow, torn=self.torn, **options))
            return opened[0]

        def committed(counters: "Counters") -> None:
            on_commit(counters, getattr(opened[0], "progress", None))

        return ingest(self.data, open_paths, self.settings, log_format=self.log_format, stop=stop, on_commit=committed)


def summary(
    paths: Sequence[str],
    log_format: str | None,
    limits: "Limits",
    on_chunk: Callable[[int], None] = lambda _bytes: None,
) -> "tuple[Query, dict[str, list[str]]]":
    """Read logs once, keeping nothing; return what answers questions about them, and the paths by format."""
    from hitstream.engine.oneshot import ONE_SHOT_VIEWS, summarise
    from hitstream.query import Query
    from hitstream.sources.open import open_source

    cells, formats = summarise(open_source(paths, torn="take", limits=limits), log_format, on_chunk=on_chunk)
    return Query(cells, views=ONE_SHOT_VIEWS), formats


@contextmanager
def temporary(ingestion: Ingestion) -> "Iterator[Query]":
    """Ingest logs into a directory that is gone afterwards: for questions that need the single hits."""
    import tempfile

    from hitstream.query import open_query

    with tempfile.TemporaryDirectory(prefix="hitstream-") as directory:
        ingestion.data = Path(directory) / "data"
        ingestion.run(threading.Event())
        with open_query(ingestion.data) as query:
            yield query
