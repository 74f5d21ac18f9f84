"""The table of the site: a row is a section, one target or a family of like ones.

The well-known targets come from the published counts. The others are invented in the style of the site, so
that all rows together have the published statuses and requests. In a pattern, `{k}` is the number of the
target in its section, `{x}` and `{y}` make a point of it; the other fields are `NAMES`, taken in turn.
"""

from typing import NamedTuple

from hitstream.sources.generate import published

_FLIGHTS = (
    *(f"apollo/apollo-{n}" for n in range(1, 18)),
    *(f"gemini/gemini-{n}" for n in range(3, 13)),
    *(f"mercury/{n}" for n in ("mr-3", "mr-4", "ma-6", "ma-7", "ma-8", "ma-9")),
    *(f"skylab/skylab-{n}" for n in range(1, 5)),
)
_WORDS = (
    *(
        "shuttle",
        "orbiter",
        "launch",
        "landing",
        "crew",
        "payload",
        "mir",
        "pad",
        "vab",
        "tour",
        "press",
        "status",
    ),
    *(
        "engine",
        "tank",
        "booster",
        "tiles",
        "runway",
        "crawler",
        "suit",
        "meals",
        "faq",
        "weather",
        "schedule",
    ),
    *(
        "photos",
        "sounds",
        "jobs",
        "acronyms",
        "visitor",
        "history",
        "science",
        "biology",
        "robotics",
        "solar",
    ),
)
NAMES: dict[str, tuple[str, ...]] = {
    "mission": tuple(f"sts-{n}" for n in (71, 70, 73, 78, *range(68, 26, -1), 72, 74, 75, 76, 77, 79, *range(1, 27))),
    "flight": _FLIGHTS,
    "craft": tuple(flight.rpartition("/")[2] for flight in _FLIGHTS),
    "word": _WORDS,
}


_WIDTH = 331  # of the picture that an image map divides


class Section(NamedTuple):
    """A family of targets: its pattern, how many, the requests to all, the bytes of an answer (from, to).

    Bytes of -1 are written `-`. `shows` are the patterns of the images that a page brings with it: a section
    that has as many targets gives each page its own. `not_modified` is how many requests are answered with
    304 (default: the site's usual share).
    """

    pattern: str
    items: int
    requests: int
    bytes: tuple[int, int]
    shows: tuple[str, ...] = ()
    status: int = 200
    not_modified: int | None = None


_MOSAIC, _USA, _WORLD = (f"/images/{name}-logosmall.gif" for name in ("MOSAIC", "USA", "WORLD"))
_NASA, _KSC = "/images/NASA-logosmall.gif", "/images/KSC-logosmall.gif"
_KSCLOGO, _KSCLOGO_MEDIUM = "/images/ksclogosmall.gif", "/images/ksclogo-medium.gif"
_LAUNCH, _APOLLO = "/images/launch-logo.gif", "/history/apollo/images/apollo-logo1.gif"
_ICONS = ("/icons/menu.xbm", "/icons/blank.xbm")
_PATCH = "/shuttle/missions/{mission}/{mission}-patch-small.gif"
_BADGE = "/history/{flight}/patch-small.gif"
_FIGURE = "/shuttle/technology/images/{word}_{k}-small.gif"
_COUNT = "/shuttle/countdown/images/"

_SHOWN_BY = {
    "/ksc.html": (_MOSAIC, _USA, _WORLD, _KSCLOGO_MEDIUM, _NASA),
    "/": (_MOSAIC, _USA, _WORLD, _KSCLOGO_MEDIUM, _NASA),
    "/shuttle/countdown/": (f"{_COUNT}countclock.gif", _KSC, _NASA),
    "/shuttle/missions/missions.html": ("/images/launchmedium.gif", _KSC, _NASA),
    "/htbin/cdt_main.pl": (f"{_COUNT}cdtclock.gif",),
    "/shuttle/missions/sts-69/mission-sts-69.html": (
        *("/shuttle/missions/sts-69/sts-69-patch-small.gif", _LAUNCH, _KSC, _NASA),
    ),
    "/shuttle/countdown/liftoff.html": (_KSC, _NASA),
}


def _known(target: published.Target) -> Section:
    size = (target.bytes, target.bytes)
    shows = _SHOWN_BY.get(target.path, ())
    return Section(target.path, 1, target.requests, size, shows, not_modified=target.other_status)


SECTIONS = (
    *map(_known, published.PAGES),
    *map(_known, published.IMAGES),
    Section(
        "/shuttle/missions/{mission}/mission-{mission}.html",
        78,
        205_000,
        (4_000, 14_000),
        (_PATCH, _LAUNCH, _KSC, _NASA),
    ),
    Section(_PATCH, 78, 120_000, (4_000, 13_000)),
    Section("/shuttle/missions/{mission}/images/images.html", 78, 95_000, (2_000, 9_000), (_KSC, _NASA)),
    Section("/shuttle/missions/{mission}/movies/movies.html", 78, 55_000, (2_000, 4_000), (_KSC, _NASA)),
    Section("/shuttle/missions/{mission}/images/KSC-95EC-{k:04d}.jpg", 1_800, 181_000, (25_000, 190_000)),
    Section("/shuttle/missions/{mission}/images/KSC-95EC-{k:04d}.gif", 1_500, 170_000, (20_000, 160_000)),
    Section("/shuttle/missions/{mission}/movies/{mission}-{word}-{k}.mpg", 400, 19_000, (300_000, 1_750_000)),
    Section("/shuttle/missions/{mission}/sounds/{word}-{k}.wav", 300, 14_000, (20_000, 180_000)),
    Section("/shuttle/missions/{mission}/images/", 78, 55_000, (1_000, 6_000), _ICONS),
    Section("/shuttle/countdown/count{k}.gif", 71, 55_000, (20_000, 48_000)),
    Section("/shuttle/countdown/video/livevideo{k}.gif", 40, 45_000, (0, 60_000)),
    Section("/history/{flight}/{craft}.html", 37, 130_000, (2_000, 18_000), (_BADGE, _APOLLO, _KSCLOGO)),
    Section(_BADGE, 37, 60_000, (3_000, 14_000)),
    Section("/history/{flight}/flight-info.html", 37, 80_000, (1_200, 5_000), (_APOLLO, _KSCLOGO)),
    Section("/history/{flight}/images/{x}HC{k}.GIF", 900, 75_000, (20_000, 190_000)),
    Section("/shuttle/technology/sts-newsref/{word}-{k}.html", 320, 105_000, (8_000, 95_000), (_FIGURE,)),
    Section(_FIGURE, 320, 60_000, (5_000, 45_000)),
    Section("/software/winvn/{word}.html", 33, 50_000, (3_000, 12_000), (_NASA,)),
    Section("/facts/{word}.html", 33, 60_000, (1_500, 12_000), (_KSCLOGO,)),
    Section("/news/sci.space.shuttle/archive/sci-space-shuttle-{k}-jul-1995.txt", 900, 30_000, (1_000, 50_000)),
    Section("/persons/astronauts/{word}-{k}.txt", 330, 21_741, (900, 6_000)),
    Section("/elv/{word}/{word}{k}.jpg", 250, 40_000, (2_000, 35_000)),
    Section("/htbin/wais.pl?{word}+{k}", 700, 16_000, (300, 7_000), not_modified=0),
    Section("/cgi-bin/imagemap/countdown?{x},{y}", 3_000, 33_000, (85, 110), status=302),
    Section("/cgi-bin/imagemap/fr?{x},{y}", 3_000, 30_000, (85, 110), status=302),
    Section("/shuttle/missions/{mission}/news", 78, 10_070, (-1, -1), status=302),
    Section("/pub/winvn/{word}-{k}.txt", 1_500, 20_500, (-1, -1), status=404),
    Section("/ksc/internal/{word}.html", 33, 225, (-1, -1), status=403),
    Section("/cgi-bin/geturlstats.pl?{k}", 4, 65, (-1, -1), status=500),
)

ODD = (
    (b'"GET /ksc.html" 200 7280', 700),
    (b'"GET /history/apollo/apollo.html" 200 3260', 1_700),
    (b'"GET /shuttle/missions/sts-71/movies/movies.html" 200 3089', 1_900),
    (b'"GET /" 200 7074', 900),
    (b'"GET /shuttle/missions/sts-71/images/captions.txt   HTTP/1.0" 200 6941', 700),
    (b'"HEAD /shuttle/resources/orbiters/orbiters.html HTTP/1.0" 200 0', 1_300),
    (b'"POST /htbin/htmlform.pl HTTP/1.0" 200 1420', 110),
    (b'"GET /shuttle/missions/sts-69/mission sts-69.html HTTP/1.0" 404 -', 150),
    (b'"GET /shuttle/missions/missions.html"" HTTP/1.0" 404 -', 60),
    (b'"GET /"http://spacelink.msfc.nasa.gov/" HTTP/1.0" 404 -', 50),
    (b'"GET /history/apollo/images/caf\xe9.gif HTTP/1.0" 404 -', 70),
    (b'"GET /\xc0\x80\xff\xfe/%%%7e\\ HTTP/1.0" 404 -', 69),
    (b'"POST /images/ HTTP/1.0" 501 -', 41),
    (b'"k\x83\xfbtx\x7f\x03\xb6\x1d" 400 -', 8),
    (b'"" 400 -', 4),
    (b'"-" 400 -', 3),
)
"""Valid lines as in the log, and how often: no protocol, spaces and quotes in the target, binary requests."""


def target(section: Section, item: int) -> str:
    """Return the text of a target."""
    if section.items == 1:
        return section.pattern
    names = {field: words[item % len(words)] for field, words in NAMES.items()}
    return section.pattern.format(k=item, x=item * 7 % _WIDTH, y=60 + item // _WIDTH, **names)
