"""Which keys mean what: one table of the names that servers, proxies, frameworks and clouds give to what a hit has.

Sources: nginx's variables, Apache's directives, the Elastic Common Schema, OpenTelemetry's conventions for HTTP, old
and new, the log documents of Google's load balancer, Cloudflare Logpush, Azure Front Door, Envoy, Traefik, Caddy, Kong,
APISIX, GitLab and Heroku, ltsv.org, and the access loggers of pino, morgan, winston, bunyan, zap, echo and lograge.

Names are compared without case and signs, so `remoteAddr`, `remote_addr` and `Remote-Addr` are one. Of a path, parts
that only wrap (`meta`, `headers`) are left out, and those of requests and answers are `req` and `res`.
"""

import re
from collections.abc import Iterator


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SYNONYMS: dict[str, tuple[str, ...]] = {
    "time": _words(
        "startutc starttime startedat edgestarttimestamp timeiso8601 timestamp time datetime ts msec "
        "timelocal date startlocal epoch edgeendtimestamp eventtime logtime requesttimestamp unixtime t "
        "asctime localtime createdat requesttime when"
    ),
    "host": _words(
        "clientip client.ip client.address clientaddress clientaddr clienthost client remoteaddr remoteip "
        "remoteaddress remotehost remote remoteipaddress source.ip source.address sourceip sourceaddress "
        "downstreamremoteaddress ip ipaddress ipaddr addr userip visitorip peer peerip cip srcip net.peer.ip "
        "net.sock.peer.addr network.peer.address realip xrealip trueclientip cfconnectingip xforwardedfor "
        "httpxforwardedfor xforwardfor xforwarded forwardedfor xff fwd id.origh"
    ),
    "request": _words("request requestline req httprequestline firstline requestfirstline requestedurl"),
    "method": _words("method requestmethod httpmethod reqmethod verb clientrequestmethod csmethod"),
    "target": _words(
        "requesturi clientrequesturi originalurl url.original originaluri uri requesturl url url.full target "
        "requestpath path url.path uripath clientrequestpath xenvoyoriginalpath xenvoyoriginpath endpoint "
        "csuristem requesteduri"
    ),
    "protocol": _words(
        "serverprotocol protocol requestprotocol clientrequestprotocol proto httpprotocol httpversion version "
        "csprotocolversion"
    ),
    "status": _words(
        "edgeresponsestatus downstreamstatus status statuscode responsestatus responsestatuscode responsecode "
        "httpstatus httpstatuscode httpcode scstatus originstatus code response req.status"
    ),
    "bytes": _words(
        "bodybytessent responsebodysize body.bytes body.size bytessent edgeresponsebytes "
        "downstreamcontentsize responsesize responsebytes bytes size bodysize bodybytes bytesout sentbytes "
        "scbytes responselength respsize contentlength length origincontentsize req.responsesize resbodybytes "
        "resbytes lenbytes sizebody sizeres responsebodylen"
    ),
    "vhost": _words(
        "vhost httphost virtualhost requesthost clientrequesthost authority hostheader req.host domain "
        "servername url.domain host server.address http.hostname cshost xhostheader"
    ),
    "user": _words("remoteuser clientusername username user.name user authuser userid enduser.id"),
    "referrer": _words(
        "httpreferer httpreferrer referer referrer requestreferer requestreferrer clientrequestreferer csreferer"
    ),
    "agent": _words(
        "httpuseragent useragent useragent.original requestuseragent clientrequestuseragent agent ua csuseragent"
    ),
}
"""For each column the names of its keys, in the order of preference."""

NEEDED = ("time", "host", "request", "status")
_WRAPPERS = frozenset(
    _words(
        "meta data fields context ctx extra log payload jsonpayload record attributes params access properties http "
        "header headers"
    )
)
_REQUESTS = frozenset({"request", "req", "httprequest"})
_ANSWERS = frozenset({"response", "res", "resp", "httpresponse", "respheaders"})
_OF_ANSWERS = frozenset({"status", "bytes"})
_OF_NEITHER = frozenset({"time"})
_SIGNS = re.compile(r"[^0-9a-z]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_STEMS = _words(
    "duration latency elapsed elapsed_time response_time responsetime request_time requesttime time_taken taken "
    "took process_time processing_time request_duration response_duration http_duration resp_time total_time "
    "execution_time req_time reqtime rt time"
)
_SUFFIXES = {
    "seconds": ("s", "sec", "secs", "seconds"),
    "milliseconds": ("ms", "msec", "millis", "milli", "milliseconds"),
    "microseconds": ("us", "usec", "micros", "microsec", "microseconds"),
    "nanoseconds": ("ns", "nsec", "nanos", "nanoseconds"),
}
_UNITS = {
    f"{stem}_{suffix}": unit for unit, suffixes in _SUFFIXES.items() for stem in _STEMS for suffix in suffixes
} | {
    "request_time": "seconds",
    "reqtime": "seconds",
    "event.duration": "nanoseconds",
    "latencies.request": "milliseconds",
}
_AS_WRITTEN_BY_NODE = "responseTime"
"""In milliseconds by pino-http, express-winston and most servers of Node.js; elsewhere a fraction may be seconds."""
_OF_NODE = frozenset({"req.method", "res.statuscode", "meta.req.method", "meta.res.statuscode", "pid"})
_AS_WRITTEN_BY_MANY = "requestTime"
"""nginx's `request_time` in seconds, another's time taken in milliseconds, or API Gateway's time."""
_LABELS = frozenset({"ua", "reqtime", "apptime", "code", "bodybytes", "logicalusername"})
"""Keys beside which `host` is the client where there is no other: of ltsv.org, of those who took its labels, Tomcat."""
_WITHOUT_UNIT = frozenset({*_STEMS, "latency_human", "service", "cost"}) - {"time"}

PRODUCERS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"downstreamstatus", "routername", "entrypointname", "originstatus"}), "nanoseconds"),  # Traefik
    (frozenset({"request.remoteip", "request.remoteaddr"}), "seconds"),  # Caddy
    (frozenset({"responseflags", "upstreamcluster", "downstreamremoteaddress"}), "milliseconds"),  # Envoy, Istio
    (frozenset({"controller", "apisixlatency", "audit"}), "milliseconds"),  # lograge, APISIX, restify
    (frozenset({"requestedurl", "requesteduri"}), "milliseconds"),  # Logback's encoder for Logstash
    (frozenset({"peeraddr"}), "seconds"),  # Vespa
    (frozenset({"properties.timetaken"}), "seconds"),  # Azure Front Door, Application Gateway
    (
        frozenset(
            _words(
                "bodybytessent httpuseragent httpreferer requestlength upstreamaddr upstreamtime upstreamresponsetime "
                "upstreamhost httpxforwardedfor activeconnections"
            )
        ),
        "seconds",
    ),  # nginx, which knows no other unit
)
"""Keys of which one tells who wrote a log, and the unit of its times taken whose names have none."""


def columns_of(key: str) -> Iterator[tuple[str, int]]:
    """Yield the columns that a key may fill, and how far behind it stands in their order of preference."""
    for name in _names(key):
        for column, names in SYNONYMS.items():
            if name in names and _fits_side(name, key, column):
                yield column, names.index(name)


def has_own_unit(column: str, key: str) -> bool:
    """Tell whether a key says the unit of its numbers."""
    return duration_column(key, frozenset(), whole=True) == column


def duration_column(key: str, seen: frozenset[str], *, whole: bool) -> str | None:
    """Return the column of a time taken by its unit, `duration` where it is not known, None where the key is none.

    Args:
        key: the key of the time taken.
        seen: all keys of the log.
        whole: whether its values are whole numbers.
    """
    last = key if key in _UNITS else key.rpartition(".")[2]
    snake = _HUMP.sub("_", last).lower().replace("-", "_").replace("_in_", "_")
    if last == _AS_WRITTEN_BY_NODE and (whole or _OF_NODE & {plain_name(key) for key in seen}):
        return "milliseconds"
    if snake in _UNITS and last != _AS_WRITTEN_BY_MANY:
        return _UNITS[snake]
    if snake not in _WITHOUT_UNIT:
        return None
    names = {plain_name(key) for key in seen}
    return next((unit for marks, unit in PRODUCERS if marks & names), "duration")


def client_is_host(seen: frozenset[str]) -> bool:
    """Tell whether `host` is the client in a log with these keys, as for LTSV and Fluentd's parsers."""
    return bool(_LABELS & {plain_name(key) for key in seen})


def plain_name(key: str) -> str:
    """Return a key without case and signs."""
    return ".".join(_SIGNS.sub("", part.lower()) for part in key.split("."))


def _names(key: str) -> list[str]:
    """Return the names by which a key may stand in the table."""
    parts = plain_name(key).split(".")
    sides = ["req" if part in _REQUESTS else "res" if part in _ANSWERS else part for part in parts[:-1]]
    inner = [part for part in sides if part not in _WRAPPERS] + parts[-1:]
    return list(
        dict.fromkeys(
            [".".join(parts), ".".join(inner), ".".join(part for part in inner if part not in ("req", "res"))]
        )
    )


def _fits_side(name: str, key: str, column: str) -> bool:
    """Tell whether a key in a request, or in answer, may fill a column by a name that does not say so."""
    if name.startswith(("req.", "res.")):
        return True
    parts = set(plain_name(key).split(".")[:-1])
    if parts & _ANSWERS:
        return column in _OF_ANSWERS
    return not parts & _REQUESTS or column not in _OF_ANSWERS | _OF_NEITHER
