"""Who asks: heavy-tailed hosts, named as providers, universities and firms named theirs in 1995."""

import numpy as np

from hitstream.record import I64
from hitstream.sources.generate import published
from hitstream.sources.generate.draws import power_law

COUNT = 400_000
"""Hosts that may appear. About a third do in two months of traffic, as many as in the log."""

PROXIES = 400
"""The most active hosts stand for many browsers each."""

_TAIL_EXPONENT = 0.8
_MIX = 2_654_435_761  # odd, so that multiplying by it modulo a power of two gives every number once
_CITIES = (
    "war-mi1",
    "or10",
    "phi2",
    "wbg-va2",
    "sac5",
    "dfw9",
    "bos3",
    "col2",
    "ir3",
    "la14",
    "nyc1",
    "hou1",
)
_PROVIDERS = (
    "mindlink.net",
    "halcyon.com",
    "neosoft.com",
    "eden.com",
    "wwa.com",
    "aa.net",
    "iu.net",
    "efn.org",
)
_CAMPUSES = (
    "cit.cornell.edu",
    "ksu.edu",
    "ucalgary.ca",
    "univie.ac.at",
    "bham.ac.uk",
    "kth.se",
    "u-tokyo.ac.jp",
)
_FIRMS = (
    "hp.com",
    "mot.com",
    "gsfc.nasa.gov",
    "jsc.nasa.gov",
    "dec.com",
    "wpafb.af.mil",
    "mcs.net",
    "bhp.com.au",
)
_PATTERNS = (
    "ix-{city}-{thousands:02d}-{rest}.ix.netcom.com",
    "dd{thousands:02d}-{rest:03d}.compuserve.com",
    "ppp{thousands}-{rest}.{provider}",
    "",  # no name: the address
    "slip{thousands}-{rest}.{provider}",
    "pc{thousands}-{rest}.{campus}",
    "ad{thousands:02d}-{rest:03d}.compuserve.com",
    "",
    "dialup-{thousands}-{rest}.{campus}",
    "gw{thousands}-{rest}.{firm}",
    "",
    "ws{thousands}-{rest}.{campus}",
)


def weights() -> I64:
    """Return the weight of each host, most active first."""
    top = [requests for _, requests in published.HOSTS]
    tail = power_law(COUNT - len(top), 20, _TAIL_EXPONENT, 256 * (published.LINES - sum(top)))
    return np.concatenate([256 * np.array(top, np.int64), tail])


def name(host: int) -> str:
    """Return the name or address of a host: distinct for distinct hosts."""
    if host < len(published.HOSTS):
        return published.HOSTS[host][0]
    pattern = _PATTERNS[host % len(_PATTERNS)]
    if not pattern:
        address = host * _MIX % 2**24
        return f"{128 + address % 95}.{address >> 16}.{address >> 8 & 255}.{address & 255}"
    number = (host // len(_PATTERNS)) * _MIX % 2**16
    return pattern.format(
        thousands=number // 1000,
        rest=number % 1000,
        city=_CITIES[number % len(_CITIES)],
        provider=_PROVIDERS[number % len(_PROVIDERS)],
        campus=_CAMPUSES[number % len(_CAMPUSES)],
        firm=_FIRMS[number % len(_FIRMS)],
    )
