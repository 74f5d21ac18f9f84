"""What the routes of the server work with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from hitstream.clock import Clock
from hitstream.dashboard.access.access import Access
from hitstream.dashboard.server.desk import Desk
from hitstream.query.health import Health


@dataclass
class Services:
    """The desk, the time, and what is counted of the server itself."""

    desk: Desk
    clock: Clock
    access: Access
    viewers: Callable[[], int] = lambda: 0
    """How many pages follow the data."""

    async def close(self) -> None:
        """Close all queries, after the questions they are at."""
        await asyncio.get_running_loop().run_in_executor(None, self.desk.close)

    async def health(self) -> Health:
        """Return how the pipeline stands now; raises what the query raises."""
        return await self.desk.facts.ask(lambda query: query.health(self.clock.now()))
