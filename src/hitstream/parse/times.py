"""Time formats: strftime as Apache and nginx write it, turned into the tokens of `program`."""

import re

from hitstream.errors import ConfigError

APACHE_TIME = "%d/%b/%Y:%H:%M:%S %z"
ISO_TIME = "%Y-%m-%dT%H:%M:%S%z"

_EXPANDED = {
    "%T": "%H:%M:%S",
    "%R": "%H:%M",
    "%F": "%Y-%m-%d",
    "%D": "%m/%d/%y",
    "%h": "%b",
    "%n": "\n",
    "%t": "\t",
}
_TOKEN = re.compile(r"%[EO_^#-]*.?", re.DOTALL)
_KNOWN = frozenset("%" + letter for letter in "dembYyHMSzsf%")
_PARTS = {
    "a day": {"%d", "%e"},
    "a month": {"%m", "%b"},
    "a year": {"%Y", "%y"},
    "an hour": {"%H"},
    "a minute": {"%M"},
}
_ONCE = (*_PARTS.values(), {"%S"}, {"%z"}, {"%f"}, {"%s"})
_NAMED = {
    "": (APACHE_TIME, 1),
    "sec": ("%s", 1_000_000),
    "msec": ("%s", 1_000),
    "usec": ("%s", 1),
    "msec_frac": ("%f", 1),
    "usec_frac": ("%f", 1),
}
_SECONDS = 1_000_000


def apache_time(argument: str) -> tuple[str, int]:
    """Return the tokens and the scale of Apache's `%{argument}t`, its `begin:` or `end:` taken off.

    Source: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html

    Raises:
        ConfigError: a conversion that cannot be read back.
    """
    if argument in _NAMED:
        return _NAMED[argument]
    expanded = _TOKEN.sub(lambda found: _EXPANDED.get(found[0], found[0]), argument)
    for found in _TOKEN.finditer(expanded):
        if found[0] not in _KNOWN or found[0] == "%f":
            raise ConfigError(
                f"Log format: {found[0]} in the time %{{{argument}}}t cannot be read.",
                "Use %t, or a time of %d %e %m %b %Y %y %H %M %S %z %s %T %F %D %R.",
            )
    return expanded, _SECONDS if "%s" in tokens(expanded) else 1


def tokens(time: str) -> list[str]:
    """Return the tokens of a time, without literals and percent signs."""
    return [token for token in _TOKEN.findall(time) if token != "%%"]  # noqa: S105


def fits(first: str, second: str) -> bool:
    """Tell whether two times can be one: neither says again what the other says."""
    ours, theirs = set(tokens(first)), set(tokens(second))
    return not any(ours & same and theirs & same for same in _ONCE)


def flaw(time: str) -> str:
    """Say why a time is not an instant; empty where it is one."""
    found = tokens(time)
    if any(sum(token in same for token in found) > 1 for same in _ONCE):
        return "says the same part twice"
    if "%s" in found:
        return "" if set(found) <= {"%s", "%f"} else "has both seconds since 1970 and a date or an offset"
    lacking = [part for part, same in _PARTS.items() if not same & set(found)]
    return f"lacks {', '.join(lacking)}" if lacking else ""
