"""The formats of structured lines that are known by name."""

from typing import NamedTuple


class StructuredFormat(NamedTuple):
    """A row of `STRUCTURED_FORMATS`."""

    name: str
    title: str
    text: str


STRUCTURED_FORMATS: tuple[StructuredFormat, ...] = (
    StructuredFormat(
        "caddy",
        "Caddy's access log (JSON)",
        "json time=ts host=request.client_ip|request.remote_ip|request.remote_addr"
        "|request.headers.X-Forwarded-For method=request.method target=request.uri protocol=request.proto "
        "status=status bytes=size seconds=duration vhost=request.host "
        "user=user_id referrer=request.headers.Referer agent=request.headers.User-Agent",
    ),
    StructuredFormat(
        "caddy_console",
        "Caddy's access log as it is written to a terminal",
        "console time=^ host=request.client_ip|request.remote_ip|request.remote_addr"
        "|request.headers.X-Forwarded-For method=request.method target=request.uri protocol=request.proto "
        "status=status bytes=size seconds=duration vhost=request.host "
        "user=user_id referrer=request.headers.Referer agent=request.headers.User-Agent",
    ),
    StructuredFormat(
        "traefik",
        "Traefik's access log (JSON); referrer and agent where the server keeps these headers",
        "json time=StartUTC|time host=ClientHost|ClientAddr|request_X-Forwarded-For "
        "method=RequestMethod target=RequestPath "
        "protocol=RequestProtocol status=DownstreamStatus|OriginStatus bytes=DownstreamContentSize|OriginContentSize "
        "nanoseconds=Duration vhost=RequestHost user=ClientUsername referrer=request_Referer agent=request_User-Agent",
    ),
    StructuredFormat(
        "nginx_json",
        "a log_format of nginx that writes JSON, its keys named like nginx's variables or nearly so",
        "json time=time_iso8601|time_local|msec|timestamp|time|ts|@timestamp host=remote_addr|client_ip|clientip"
        "|http_x_forwarded_for|x_forwarded_for "
        "request=request method=request_method|method target=request_uri|uri|url "
        "protocol=server_protocol|protocol status=status bytes=body_bytes_sent|bytes_sent|bytes|size "
        "seconds=request_time vhost=http_host|server_name|vhost|host user=remote_user|user "
        "referrer=http_referer|http_referrer|referer|referrer agent=http_user_agent|user_agent|agent",
    ),
    StructuredFormat(
        "cloudflare",
        "Cloudflare Logpush, HTTP requests (JSON); times in any of its forms",
        "json time=EdgeStartTimestamp|EdgeEndTimestamp host=ClientIP method=ClientRequestMethod "
        "target=ClientRequestURI|ClientRequestPath protocol=ClientRequestProtocol status=EdgeResponseStatus "
        "bytes=EdgeResponseBytes vhost=ClientRequestHost referrer=ClientRequestReferer agent=ClientRequestUserAgent",
    ),
    StructuredFormat(
        "gcp",
        "Google Cloud load balancer (JSON of Cloud Logging)",
        "json time=timestamp host=httpRequest.remoteIp method=httpRequest.requestMethod target=httpRequest.requestUrl "
        "protocol=httpRequest.protocol status=httpRequest.status bytes=httpRequest.responseSize "
        "duration=httpRequest.latency referrer=httpRequest.referer agent=httpRequest.userAgent",
    ),
    StructuredFormat(
        "envoy_json",
        "Envoy's and Istio's access log in JSON",
        "json time=start_time host=downstream_remote_address|x_forwarded_for|x-forwarded-for "
        "method=method target=path|x-envoy-origin-path "
        "protocol=protocol status=response_code bytes=bytes_sent milliseconds=duration vhost=authority|:authority "
        "agent=user_agent|user-agent",
    ),
    StructuredFormat(
        "ecs",
        "Elastic Common Schema (JSON, nested or with points)",
        "json time=@timestamp host=client.ip|source.ip|client.address|source.address method=http.request.method "
        "target=url.original|url.path status=http.response.status_code bytes=http.response.body.bytes "
        "nanoseconds=event.duration vhost=url.domain user=user.name referrer=http.request.referrer "
        "agent=user_agent.original",
    ),
    StructuredFormat(
        "kong",
        "Kong's and APISIX's access log (JSON)",
        "json time=started_at|start_time host=client_ip method=request.method target=request.uri "
        "status=response.status bytes=response.size milliseconds=latencies.request|latency vhost=request.headers.host "
        "referrer=request.headers.referer agent=request.headers.user-agent",
    ),
    StructuredFormat(
        "fluentd",
        "what Fluentd's and Fluent Bit's parsers make of Apache's and nginx's lines (JSON)",
        "json time=time|@timestamp|timestamp|date host=remote|host method=method target=path status=code bytes=size "
        "user=user referrer=referer agent=agent",
    ),
    StructuredFormat(
        "ltsv",
        "LTSV with the labels of ltsv.org",
        "ltsv time=time|epoch host=host request=req method=method target=uri protocol=protocol status=status "
        "bytes=size seconds=reqtime microseconds=reqtime_microsec vhost=vhost user=user referrer=referer agent=ua",
    ),
    StructuredFormat(
        "trafficserver",
        "Apache Traffic Server's LTSV",
        "ltsv time=timestamp|time host=host request=req status=s1 bytes=c1 milliseconds=ttms vhost=host_header "
        "user=user referrer=referer agent=ua",
    ),
    StructuredFormat(
        "heroku",
        "Heroku's router (logfmt behind the time)",
        "logfmt time=^ host=fwd method=method target=path protocol=protocol status=status bytes=bytes duration=service "
        "vhost=host",
    ),
)
"""The earlier of two rows that fit a log alike is taken."""
