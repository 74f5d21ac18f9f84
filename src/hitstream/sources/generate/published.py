"""What the traffic is calibrated against: public counts of the NASA-HTTP log.

The access log of NASA's Kennedy Space Center for July and August 1995 (Internet Traffic Archive), as counted
by public analyses of it: statuses, targets, hosts, hours, days. Only what the model needs is kept.
"""

from typing import NamedTuple

LINES = 3_461_612
DAYS = 62.0
"""1 July to 31 August 1995."""

STATUS = {200: 3_100_524, 304: 266_773, 302: 73_070, 404: 20_899, 403: 225, 500: 65, 501: 41, 400: 15}


class Target(NamedTuple):
    """A well-known target: its requests, those not answered with 200, the usual bytes of an answer."""

    path: str
    requests: int
    other_status: int
    bytes: int


PAGES = (
    Target("/ksc.html", 83_909, 3_916, 7_074),
    Target("/shuttle/countdown/", 64_736, 5_559, 3_985),
    Target("/", 63_171, 6_296, 7_074),
    Target("/shuttle/missions/missions.html", 47_315, 3_344, 8_677),
    Target("/htbin/cdt_main.pl", 39_871, 0, 3_214),
    Target("/shuttle/missions/sts-69/mission-sts-69.html", 31_574, 2_000, 11_416),
    Target("/shuttle/countdown/liftoff.html", 29_865, 4_777, 4_538),
)

IMAGES = (
    Target("/images/NASA-logosmall.gif", 208_714, 40_082, 786),
    Target("/images/KSC-logosmall.gif", 164_970, 23_763, 1_204),
    Target("/images/MOSAIC-logosmall.gif", 127_908, 15_245, 363),
    Target("/images/USA-logosmall.gif", 127_074, 15_142, 234),
    Target("/images/WORLD-logosmall.gif", 125_925, 14_773, 669),
    Target("/images/ksclogo-medium.gif", 121_572, 13_559, 5_866),
    Target("/images/launch-logo.gif", 76_006, 8_806, 1_713),
    Target("/history/apollo/images/apollo-logo1.gif", 68_896, 7_489, 1_173),
    Target("/images/ksclogosmall.gif", 61_393, 5_669, 3_635),
    Target("/images/launchmedium.gif", 40_687, 2_965, 11_853),
    Target("/icons/menu.xbm", 29_190, 2_763, 527),
    Target("/shuttle/missions/sts-69/sts-69-patch-small.gif", 29_118, 2_828, 8_083),
    Target("/icons/blank.xbm", 28_852, 2_856, 509),
    # Known for their answers other than 200 only; they stay below the twentieth target.
    Target("/shuttle/countdown/images/countclock.gif", 26_500, 4_576, 13_994),
    Target("/shuttle/countdown/images/cdtclock.gif", 21_000, 3_251, 12_318),
)

HOSTS = (
    ("piweba3y.prodigy.com", 21_988),
    ("piweba4y.prodigy.com", 16_437),
    ("piweba1y.prodigy.com", 12_825),
    ("edams.ksc.nasa.gov", 11_964),
    ("163.206.89.4", 9_697),
    ("news.ti.com", 8_161),
    ("www-d1.proxy.aol.com", 8_047),
    ("alyssa.prodigy.com", 8_037),
    ("siltb10.orl.mmc.com", 7_573),
    ("www-a2.proxy.aol.com", 7_516),
    ("www-b2.proxy.aol.com", 7_266),
    ("piweba2y.prodigy.com", 7_246),
    ("www-b3.proxy.aol.com", 7_218),
    ("www-d4.proxy.aol.com", 7_211),
    ("www-b5.proxy.aol.com", 7_080),
    ("www-d2.proxy.aol.com", 6_984),
    ("www-b4.proxy.aol.com", 6_972),
    ("www-d3.proxy.aol.com", 6_895),
    ("webgate1.mot.com", 6_749),
)

HOURS = (
    *(110_000, 91_000, 77_805, 67_393, 58_989, 59_505, 66_540, 101_500, 149_000, 178_000, 193_000, 209_708),
    *(
        227_228,
        225_349,
        223_872,
        230_660,
        217_563,
        180_500,
        146_500,
        133_500,
        131_000,
        130_500,
        130_000,
        123_500,
    ),
)
"""Requests by local hour: the five busiest and the five quietest as published, the others between them."""

DAY_COUNTS = {
    (1995, 7): (64_714, 60_265, 89_584, 70_452, 94_575, 100_960, 87_233, 38_867, 35_272, 72_859),
    (1995, 8): (None, None, None, 59_557, 31_893, 32_420, 57_362),
}
"""Requests a day from the first of a month on; days that the outage of August cut short have none."""

WEEKDAYS = (62_600, 62_600, 62_600, 62_600, 60_700, 35_100, 34_200)
"""Requests on any other day, Monday to Sunday: the published weekend is about 0.55 of a weekday, and
all days of the log together have its requests."""
