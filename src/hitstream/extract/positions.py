"""How far sources were sent to a topic: the rows of the embedded tier's ledger, in a database for each topic.

A topic is known by its id, so one that was deleted and made again, and another cluster's, gets everything anew.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hitstream.clock import Clock
from hitstream.engine.lock import held
from hitstream.kafka import TopicInKafka
from hitstream.sources.identity import SourceState
from hitstream.store.database import Database, explained
from hitstream.store.ledger import Ledger, SourceFormat


class ProducerOffsets:
    """What was acknowledged of each source."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._begun = {state.identity for state in ledger.states()}

    def states(self) -> list[SourceState]:
        """Return how far every source was sent."""
        return self._ledger.states()

    def formats(self) -> list[SourceFormat]:
        """Return the format that each source was sent with, the latest last."""
        return self._ledger.formats()

    def begin(self, state: SourceState, offset: int, form: SourceFormat) -> None:
        """Keep a source before its first record is sent.

        Two files may start with the same line. Which of them got which identity must not be decided anew by a run that
        finds some of their lines sent.
        """
        if state.identity not in self._begun:
            self._begun.add(state.identity)
            self.save([replace(state, position=offset, tail=b"", ended=False)], [form])

    def save(self, states: Iterable[SourceState], formats: Iterable[SourceFormat] = ()) -> None:
        """Keep how far sources were sent."""
        with self._ledger.database.transaction():
            self._ledger.save_states(states)
            self._ledger.save_formats(formats)


@contextmanager
def open_positions(directory: Path, topic: TopicInKafka, clock: Clock) -> Iterator[ProducerOffsets]:
    """Give the positions of a topic, to one process at a time.

    Raises:
        ConfigError: the directory cannot be written.
        Retryable: another process sends to this topic with these positions.
        Fatal: they are damaged, or the disk is full.
    """
    with explained(directory):
        directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{topic.name}-{topic.id}.sqlite"
    with held(path.with_suffix(".lock"), clock):
        database = Database(path, write=True)
        try:
            yield ProducerOffsets(Ledger(database))
        finally:
            database.close()
