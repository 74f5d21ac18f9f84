"""Which format the lines of a topic have that come without one: told from them, and kept with their source."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence

from hitstream.engine.spark.executor import Made, Sample
from hitstream.errors import DataError
from hitstream.parse import Program, compile_formats, detect
from hitstream.parse.client_rule import BY_PEER, ClientRule
from hitstream.parse.program import ONLY
from hitstream.parse.several import SEPARATOR, formats_of, join_formats, name_of
from hitstream.sources.records import plain_record
from hitstream.store.ledger import SourceFormat

_log = logging.getLogger(__name__)


class TopicFormats:
    """The formats that the driver knows. A batch that is done again comes to the same ones, by the same lines."""

    def __init__(self, saved: Iterable[SourceFormat], clients: ClientRule | None = None) -> None:
        """Take the formats of published batches, and who the client is in those that are told from now on."""
        self._clients = clients or BY_PEER
        self._saved = {row.source: row.format for row in saved if row.format}
        self.texts = {
            source: text for source, text in self._saved.items() if plain_record(source, 0) or SEPARATOR in text
        }
        """What executors are told: by source, empty for one whose lines have none of the formats there are."""

    def learn(self, made: Sequence[Made]) -> bool:
        """Tell the formats of sources that tasks knew none of; return whether there were any."""
        samples: dict[str, list[Sample]] = {}
        for one in made:
            for source, sample in one.samples.items():
                samples.setdefault(source, []).append(sample)
        for source, own in sorted(samples.items()):
            self.texts[source] = self._saved.get(source) or self._told(sorted(own, key=lambda sample: sample.place))
        return bool(samples)

    def widen(self, made: Sequence[Made]) -> bool:
        """Add the formats that tasks found where lines failed; return whether there were any."""
        found: dict[str, list[Program]] = defaultdict(list)
        for source, text in sorted((source, text) for one in made for source, text in one.widened.items()):
            found[source] += formats_of(compile_formats(text))
        for source, formats in found.items():
            self.texts[source] = join_formats(formats, []).written
            _log.warning("Source %s: its lines have the formats %s.", source, name_of(self.texts[source]))
        return bool(found)

    def save(self, rows: Iterable[SourceFormat]) -> None:
        """Keep what a batch said of its sources; those without a format are looked at again in the next."""
        for row in rows:
            if row.source in self.texts:
                self.texts[row.source] = self._saved[row.source] = row.format
        self.texts = {source: text for source, text in self.texts.items() if text}

    def _told(self, samples: Sequence[Sample]) -> str:
        known = [
            compile_formats(text.removeprefix(ONLY)).read_by(BY_PEER)
            for text in dict.fromkeys(self.texts.values())
            if text
        ]
        try:
            program = detect(b"".join(sample.data for sample in samples), samples[0].path, known, is_mixed=True)
            return program.read_by(self._clients).written
        except DataError:
            return ""
