"""Time zones that a page can be shown in: UTC, and any by its name in the time zone database."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_LONGEST = 64
_HOUR = 3600


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo | None:
    """Return the zone of that name (empty: UTC), or None where there is none: a URL is anyone's to write."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name) if len(name) <= _LONGEST else None
    except (ValueError, LookupError, OSError):
        return None


def label(name: str) -> str:
    """Return what the page says of its times."""
    return name or "UTC"


def offset(second: float, where: tzinfo) -> int:
    """Return how many seconds the clocks of a zone were ahead of UTC at an instant."""
    ahead = datetime.fromtimestamp(second, where).utcoffset()
    return int(ahead.total_seconds()) if ahead else 0


def whole_hours(start: int, end: int, where: tzinfo) -> int | None:
    """Return by how many whole hours a zone is ahead of UTC all through a stretch of time; None where it is not."""
    ahead = {offset(second, where) for second in range(start, end, 30 * 24 * _HOUR)} | {
        offset(max(start, end - 1), where)
    }
    return ahead.pop() // _HOUR if len(ahead) == 1 and not next(iter(ahead)) % _HOUR else None
