"""Works on servers side by side, each as soon as those before it are done."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from graphlib import TopologicalSorter

from hitstream.errors import HitstreamError, Retryable


def with_needs(names: Collection[str], needs: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return some names with all that they need, directly or not, those needed first."""
    wanted, ahead = set(names), list(names)
    while ahead:
        new = set(needs[ahead.pop()]) - wanted
        wanted |= new
        ahead += new
    order = TopologicalSorter({name: sorted(needs[name]) for name in sorted(wanted)})
    return tuple(order.static_order())


def turned(needs: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """Return who needs each: the order in which servers are stopped."""
    return {name: [other for other, needed in needs.items() if name in needed] for name in needs}


def side_by_side(
    names: Collection[str], after: Mapping[str, Collection[str]], work: Callable[[str], None]
) -> list[HitstreamError]:
    """Do the work for each name in a thread of its own, once it is done for those of `after`; return what failed.

    What comes after a failure is not begun, and is among the failures.
    """
    done: dict[str, Future[None]] = {}

    def begin(name: str) -> None:
        for other in after[name]:
            if other in done and done[other].exception():
                raise Retryable(f"{name} was not begun, because {other} failed.")
        work(name)

    with ThreadPoolExecutor(max(len(names), 1)) as pool:
        for name in with_needs(names, {name: [x for x in after[name] if x in names] for name in names}):
            done[name] = pool.submit(begin, name)
    failures = [error for future in done.values() if (error := future.exception())]
    for error in failures:
        if not isinstance(error, HitstreamError):
            raise error
    return [error for error in failures if isinstance(error, HitstreamError)]
