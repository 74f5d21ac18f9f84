"""What readers see, and who builds the next generation: one row, changed by lightweight transactions alone.

All of them go forward only, so one whose answer was lost can be repeated.
"""

# ruff: noqa: S608 - what becomes CQL is ours: names of tables and columns

from typing import NamedTuple
from uuid import uuid4

from hitstream.errors import Retryable
from hitstream.store.cassandra.connection import Connection
from hitstream.store.contract import StoreVersion

BUILDER_SECONDS = 300
"""How long nobody else may build a generation after its builder has last said that it is at work."""

_WHERE = "WHERE name = 'cut'"


class Building(NamedTuple):
    """A generation that is being built, from all batches up to its coverage."""

    generation: int
    coverage: int
    builder: str


class VersionState(NamedTuple):
    """All that the row says at one time."""

    cut: StoreVersion
    advanced: float
    """When the present generation began to count, s since 1970."""
    floor: int | None
    """The coverage of the generation that is being built, None where none is; later batches are needed for it."""


class CutRow:
    """The row."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._own: Building | None = None

    def read(self) -> StoreVersion:
        """Return what readers see now."""
        return StoreVersion(*self._connection.read(f"SELECT published, generation, coverage FROM @cut {_WHERE}")[0])

    def state(self) -> VersionState:
        """Return all it says."""
        ((*cut, micros, builder, floor),) = self._connection.read(
            f"SELECT published, generation, coverage, writetime(generation), builder, floor FROM @cut {_WHERE}"
        )
        return VersionState(StoreVersion(*cut), micros / 1e6, None if builder is None else floor)

    def publish(self, batch: int) -> None:
        """Let batches up to this one count."""
        self._connection.decide(f"UPDATE @cut SET published = ? {_WHERE} IF published < ?", batch, batch)

    def begin(self) -> Building:
        """Begin a generation that covers what is published now. Until it counts nobody deletes later batches.

        Raises:
            Retryable: another process builds one.
        """
        ((started,),) = self._connection.read(f"SELECT started FROM @cut {_WHERE}")
        building = Building(started + 1, 0, uuid4().hex)
        self._claim(building, "builder = null AND started = ?", started)
        # Only now: what was deleted before the claim is in batches that were published by then.
        self._own = building._replace(coverage=self.read().published)
        self.renew()
        self._connection.decide(f"UPDATE @cut SET started = ? {_WHERE} IF started = ?", started + 1, started)
        return self._own

    def renew(self) -> None:
        """Say that the builder is still at work; due several times in `BUILDER_SECONDS`.

        Raises:
            Retryable: it was not heard of for too long, and what it builds can count no more.
        """
        if self._own:
            self._claim(self._own, "builder = ?", self._own.builder)

    def _claim(self, building: Building, condition: str, value: object) -> None:
        claimed = self._connection.decide(
            f"UPDATE @cut USING TTL {BUILDER_SECONDS} SET builder = ?, floor = ? {_WHERE} IF {condition}",
            building.builder,
            building.coverage,
            value,
        )
        if not claimed and self._builder() != building.builder:
            raise Retryable("Another process recomputes the views, or this one was not heard of for too long.")

    def advance(self, generation: int, coverage: int) -> None:
        """Let a generation count in place of the one before.

        Raises:
            Retryable: another process builds one, or has built a later one.
        """
        builder = self._own.builder if self._own else None
        done = self._connection.decide(
            f"UPDATE @cut SET generation = ?, coverage = ?, builder = null, floor = null {_WHERE}"
            " IF generation < ? AND published >= ? AND builder = ?",
            *(generation, coverage, generation, coverage, builder),
        )
        self._own = None
        if not done and self.read()[1:] != (generation, coverage):
            raise Retryable("Another process recomputed the views meanwhile.", "What it computed counts.")

    def _builder(self) -> str | None:
        builder: str | None
        ((builder,),) = self._connection.read(f"SELECT builder FROM @cut {_WHERE}")
        return builder
