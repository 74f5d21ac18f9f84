"""The text formats that are known by name."""

from enum import Enum
from typing import NamedTuple


class Use(Enum):
    """When a row of `FORMATS` is tried on a log whose format was not given."""

    SPECIFIC = "told from its lines"
    SIGNED = "told from its lines where they show its server, for they look like those of another; see `signs`"
    GENERAL = "told where no other fits: it leaves out what follows"
    GIVEN = "only by name, for its lines look like those of another"


class Format(NamedTuple):
    """A row of `FORMATS`."""

    name: str
    title: str
    text: str
    use: Use = Use.SPECIFIC
    hint: str = ""
    """What to say of a log that has it, and what to give instead."""
    forward_proxy: bool = False
    """See `Program`."""


_COMMON = '%h %l %u %t "%r" %>s %b'
_HEADERS = ' "%{Referer}i" "%{User-Agent}i"'
_COMBINED = _COMMON + _HEADERS
_NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
_NGINX_MAIN = _NGINX + ' "$http_x_forwarded_for"'
_AFTER_TIME = '"%r" %>s %b' + _HEADERS
_NUMBER_HINT = (
    "The number at the end of its lines may be a time taken, and is left out. If it is one in microseconds (Apache's "
    "%D), give --format {}."
)
_BLANK_TIME = "[%{%d/%b/%Y %H:%M:%S}t]"
_WEB_DATE = "%{weekday}n, %{%d %b %Y %H:%M:%S %z}t"
_LOGGER_TIME = "%{%Y-%m-%d %H:%M:%S}t,%{msec_frac}t"
_ISO_Z = "%{%Y-%m-%dT%H:%M:%S%z}t"
_ENVOY = f'[{_ISO_Z}] "%r" %>s %{{flags}}n '
_ENVOY_END = '%b %{ms}T %{waited}n "%{X-Forwarded-For}i" "%{User-Agent}i" "%{id}n" "%{Host}i" "%{upstream}n"'
_HAPROXY_TIME = "[%{%d/%b/%Y:%H:%M:%S}t.%{msec_frac}t]"
_HAPROXY_TIMERS = "%{frontend}n %{backend}n %{request}n/%{queue}n/%{connect}n/%{response}n/"
_HAPROXY = f"{_HAPROXY_TIMERS}%{{ms}}T %>s %b %{{rest}}n"
_GIN = "[GIN] %{%Y/%m/%d - %H:%M:%S}t | %>s | %{elapsed}T | %h | "
_ELB = _ISO_Z + " %{elb}n %h:%p %{target}n %{waited}n %{took}n %{answered}n %>s %{target-status}n %{number}n %O "
_S3 = '%{owner}n %v %t %h %{requester, request and key}n "%r" %>s %{error}n %b %{size}n %{ms}T %{turnaround}n '

TEXT_FORMATS: tuple[Format, ...] = (
    Format("common", "Common Log Format (Apache, NASA 1995 and most others)", _COMMON),
    Format("combined", "Combined Log Format: common, referrer, user agent (Apache)", _COMBINED),
    Format("vhost_common", "virtual host, then common (Apache)", "%v " + _COMMON),
    Format(
        "vhost_combined",
        "virtual host and port, then combined (Debian's and Ubuntu's other_vhosts_access.log)",
        "%v:%p %h %l %u %t " + _AFTER_TIME.replace("%b", "%O"),
    ),
    Format(
        "forwarded_combined", "client, X-Forwarded-For, then combined", "%a %{X-Forwarded-For}i %l %u %t " + _AFTER_TIME
    ),
    Format("vhost_plain_combined", "virtual host without port, then combined (Apache)", "%v " + _COMBINED),
    Format("common_duration", "common, microseconds taken (Apache)", _COMMON + " %D", Use.GIVEN),
    Format("combined_duration", "combined, microseconds taken (Apache)", _COMBINED + " %D", Use.GIVEN),
    Format("tomcat_duration", "combined, milliseconds taken (Tomcat's %D)", _COMBINED + " %{ms}T", Use.GIVEN),
    Format("icecast", "combined, seconds connected (Icecast)", _COMBINED + " %T", Use.SIGNED),
    Format(
        "common_number",
        "common, a number whose unit is not said",
        _COMMON + " %{number}n",
        hint=_NUMBER_HINT.format("common_duration"),
    ),
    Format(
        "combined_number",
        "combined, a number whose unit is not said",
        _COMBINED + " %{number}n",
        hint=_NUMBER_HINT.format("combined_duration") + " Milliseconds (Tomcat's): --format tomcat_duration; seconds "
        "(Icecast's): --format icecast.",
    ),
    Format("nginx", "nginx's built-in combined; the same lines as combined", _NGINX),
    Format("nginx_main", "nginx.conf's main: combined, X-Forwarded-For", _NGINX_MAIN),
    Format("nginx_time", "nginx combined, seconds taken", _NGINX + " $request_time"),
    Format("nginx_main_time", "nginx.conf's main, seconds taken", _NGINX_MAIN + " $request_time"),
    Format(
        "nginx_main_times",
        "nginx.conf's main, seconds taken and seconds of the upstream, with bars",
        _NGINX_MAIN + "|$request_time|$upstream_response_time",
    ),
    Format("nginx_main_ext", "nginx.conf's main, rt= seconds taken", _NGINX_MAIN + " rt=$request_time $rest"),
    Format("nginx_rt", "nginx combined, rt= seconds taken", _NGINX + " rt=$request_time $rest"),
    Format(
        "nginx_rt_joined",
        "nginx combined, rt= seconds taken without a blank before (nginx's documentation)",
        _NGINX + "rt=$request_time $rest",
    ),
    Format(
        "nginx_main_quoted_time", "nginx.conf's main, seconds taken in quotes", _NGINX_MAIN + ' "$request_time" $rest'
    ),
    Format(
        "nginx_time_first",
        "nginx.conf's main, seconds taken before the status",
        _NGINX_MAIN.replace("$status", "$request_time $status"),
    ),
    Format(
        "nginx_status_first",
        "nginx.conf's main, the status before the request",
        _NGINX_MAIN.replace('"$request" $status', '$status "$request"'),
    ),
    Format(
        "nginx_iso_main_time",
        "nginx.conf's main with an ISO time, seconds taken",
        _NGINX_MAIN.replace("time_local", "time_iso8601") + " $request_time",
    ),
    Format("nginx_iso_main", "nginx.conf's main with an ISO time", _NGINX_MAIN.replace("time_local", "time_iso8601")),
    Format("nginx_iso", "combined with an ISO time", _NGINX.replace("time_local", "time_iso8601")),
    Format(
        "nginx_vhost_last",
        "client, time, request, status, bytes, seconds, referrer, agent, virtual host (nginx)",
        '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time "$http_referer" '
        '"$http_user_agent" $host',
    ),
    Format(
        "nginx_forwarded_first",
        "X-Forwarded-For in quotes, virtual host, time, request, sizes, referrer, agent, seconds (nginx)",
        '"$http_x_forwarded_for" $host [$time_local] "$request" $status $body_bytes_sent $request_length $bytes_sent '
        '"$http_referer" "$http_user_agent" $request_time "$gzip_ratio"',
    ),
    Format(
        "ingress_nginx",
        "ingress-nginx (Kubernetes)",
        _NGINX + " $request_length $request_time [$proxy_upstream_name] $rest",
    ),
    Format(
        "npm_proxy",
        "Nginx Proxy Manager, proxied hosts",
        "[$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme $host "
        '"$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] [Sent-to $server] '
        '"$http_user_agent" "$http_referer"',
    ),
    Format(
        "npm_standard",
        "Nginx Proxy Manager, other hosts",
        '[$time_local] $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] '
        '[Length $body_bytes_sent] [Gzip $gzip_ratio] "$http_user_agent" "$http_referer"',
    ),
    Format(
        "traefik_clf",
        "Traefik's access log (CLF)",
        _COMBINED + ' %{number}n "%{router}n" %{server}n %{ms}Tms',
    ),
    Format("bunkerweb", "virtual host, client, request id, then combined", "%v %h - %{word}n %u %t " + _AFTER_TIME),
    Format("gandi", "virtual host, combined with seconds after the time", "%v %h %l %u %t (%T s) " + _AFTER_TIME),
    Format("quoted_vhost_combined", "virtual host and combined, quoted as a whole", f'"%v {_COMBINED}"'),
    Format(
        "forwarded_brackets_combined",
        "client, X-Forwarded-For in parentheses, then combined",
        "%h (%{X-Forwarded-For}i) %l %u %t " + _AFTER_TIME,
    ),
    Format(
        "lighttpd",
        "lighttpd's own: client, virtual host, user, then as combined",
        "%h %V %u %t " + _AFTER_TIME,
        Use.GIVEN,
    ),
    Format("combinedio", "combined, bytes received and sent (Apache mod_logio)", _COMBINED + " %I %O"),
    Format("common_unquoted", "common, the request without quotes", "%h %l %u %t %m %U %H %>s %b"),
    Format("caddy_v1", "Caddy 1: common with one dash", '%h - %t "%r" %>s %b'),
    Format(
        "squid_combined",
        "Squid's combined: how it was answered behind",
        _COMBINED + " %{word}n:%{word}n",
        forward_proxy=True,
    ),
    Format(
        "hypercorn",
        "Hypercorn, behind what its logger writes",
        "[%{%Y-%m-%d %H:%M:%S %z}t] [%{number}n] [%{word}n] %h:%{remote}p %l %u %t"
        f' "%m %U %{{word}}n" %>s %b{_HEADERS}',
    ),
    Format("werkzeug", "Flask's and Python's http.server", f'%h %l %u {_BLANK_TIME} "%r" %>s %b'),
    Format("rack", "Rack's common logger (Puma, Sinatra)", f'%h - %u {_BLANK_TIME} "%r" %>s %b %T'),
    Format("rack_clf", "Rack's common logger with an offset (Puma, Sinatra)", '%h - %u %t "%r" %>s %b %T'),
    Format("combined_web_date", "combined with an HTTP date (morgan)", f"%h %l %u [{_WEB_DATE}] {_AFTER_TIME}"),
    Format("morgan_short", "an HTTP date, then morgan's short", f"{_WEB_DATE} %h %u %m %U %H %>s %b - %{{ms}}T ms"),
    Format(
        "log4js",
        "log4js's connect logger",
        "[%{%Y-%m-%dT%H:%M:%S}t] [%{level}n] %{category}n - %h %l %u " + _AFTER_TIME,
    ),
    Format(
        "uwsgi",
        "uWSGI's request log",
        "[pid: %{pid}n] %h (%{user}n) {%{vars}n} [%{weekday}n %{%b %e %H:%M:%S %Y}t] %m %U => generated %b bytes in "
        "%{ms}T msecs (%H %>s) %{rest}n",
    ),
    Format(
        "uvicorn_time",
        "uvicorn with a time",
        "%{level}n: " + _LOGGER_TIME + " | %h:%p | %m %U %H | %>s %{reason}n",
    ),
    Format(
        "logger_seconds",
        "a logger's time, name and level, then client, request, status and seconds",
        _LOGGER_TIME + ' - %{name}n - %{level}n - %h - "%m %U %{version}n" %>s %Ts',
    ),
    Format("haproxy", "HAProxy's HTTP log", f'%h:%p {_HAPROXY_TIME} {_HAPROXY} "%r"'),
    Format("haproxy_https", "HAProxy's HTTPS log", f'%h:%p {_HAPROXY_TIME} {_HAPROXY} "%r" %{{errors}}n/%{{tls}}n'),
    Format(
        "haproxy_logasap",
        "HAProxy's HTTP log with `option logasap`, whose sizes and times are not yet the whole",
        f'%h:%p {_HAPROXY_TIME} {_HAPROXY_TIMERS}+%{{elapsed}}n %>s +%{{sent}}n %{{rest}}n "%r"',
    ),
    Format("haproxy_epoch", "HAProxy's HTTP log with seconds since 1970", f'%h:%p %{{sec}}t {_HAPROXY} "%r"'),
    Format(
        "haproxy_time_epoch",
        "HAProxy's HTTP log with seconds since 1970 behind the time",
        f'%h:%p {_HAPROXY_TIME} %{{number}}n {_HAPROXY} "%r"',
    ),
    Format(
        "haproxy_pid_first",
        "process, time since 1970, counts, times taken, client, request, status, sizes by name (HAProxy)",
        "[%{pid}n] [%{sec}t.%{msec_frac}t] %{connections}n "
        "%{request}n/%{queue}n/%{connect}n/%{response}n/%{ms}T %{state}n %h:%p %{frontend}n %{server}n %{name}n "
        '%{tls}n %{cipher}n "%r" %>s %{rest}n resp_size=%O',
    ),
    Format(
        "haproxy_own",
        "client, time, status, a number, request (HAProxy)",
        '%h [%{%d/%b/%Y %H:%M:%S}t] %>s +%{number}n "%r" %{rest}n',
    ),
    Format(
        "squid",
        "Squid's native log",
        "%{sec}t.%{msec_frac}t %{ms}T %h %{result}n/%>s %b %m %U %u %{hierarchy}n %{type}n",
        forward_proxy=True,
    ),
    Format("envoy", "Envoy's own text; the client is that of X-Forwarded-For", _ENVOY + f"%I {_ENVOY_END}"),
    Format(
        "istio",
        "Istio's text",
        f'{_ENVOY}%{{details}}n %{{termination}}n "%{{failure}}n" %I {_ENVOY_END} %{{cluster}}n %{{local}}n '
        "%{target}n %h:%p %{rest}n",
    ),
    Format("gin", "Gin (Go)", _GIN + '%m "%U"'),
    Format("gin_unquoted", "Gin before 1.6 (Go)", _GIN + "%m %U"),
    Format(
        "gin_zap",
        "Gin through zap's console",
        r"%{%Y-%m-%dT%H:%M:%S%z}t\t%{level}n\t| %>s | %{elapsed}T | %h | %m %U\t%{rest}n",
    ),
    Format("chi", "chi (Go)", '%{%Y/%m/%d %H:%M:%S}t "%r" from %h:%p - %>s %bB in %{elapsed}T'),
    Format(
        "chi_id",
        "chi with a request id (Go)",
        '%{%Y/%m/%d %H:%M:%S}t [%{id}n] "%r" from %h:%p - %>s %bB in %{elapsed}T',
    ),
    Format(
        "actix",
        "actix-web behind env_logger (Rust)",
        f'[{_ISO_Z} %{{level}}n actix_web::middleware::logger] %h "%r" %>s %b{_HEADERS} %T',
    ),
    Format("tomcat_time_first", "time, client, request, status, milliseconds (Tomcat)", '%t %h "%r" %>s (%{ms}T ms)'),
    Format(
        "logback",
        "logback: time, thread, level, logger, then client, request, status, bytes, microseconds",
        '%{%Y-%m-%dT%H:%M:%S}t [%{thread}n] %{level}n %{logger}n - %h %m %U %>s %b %D\u00b5s "%{User-Agent}i"',
    ),
    Format(
        "couchdb",
        "CouchDB's request log",
        f"[%{{level}}n] {_ISO_Z} %{{node}}n %{{pid}}n %{{id}}n %v %h %u %m %U %>s %{{outcome}}n %{{ms}}T",
    ),
    Format(
        "zoraxy",
        "Zoraxy's request log",
        "%{written}n [%{%Y-%m-%d %H:%M:%S}t] [router:%{router}n] [origin:%v] [client: %h] "
        "[useragent: %{User-Agent}i] %m %U %>s",
    ),
    Format(
        "csv_bracket", "client, time, request, status with commas", "%h,[%{%d/%b/%Y:%H:%M:%S}t,%m %U %H,%>s,%{rest}n"
    ),
    Format(
        "csv_combined",
        "combined quoted for CSV, with a C time",
        '"%h %l %u [%{weekday}n %{%b %e %H:%M:%S %z %Y}t] ""%r"" %>s %b ""%{Referer}i"" ""%{User-Agent}i""%{rest}n',
    ),
    Format("bars", "time, client, request, status, agent with bars", "%{%F %T}t|%h|%m %U %H|%>s|%{User-Agent}i"),
    Format("tabs", "client, time, request, status, referrer with tabs", r'%h\t%{%F %T}t\t"%r"\t%>s\t%{Referer}i'),
    Format("s3", "Amazon S3 server access log", _S3 + '"%{unescaped_referrer}n" "%{unescaped_agent}n" %{rest}n'),
    Format(
        "s3_batch",
        "Amazon S3 server access log, of what S3 itself did: the key as target",
        "%{owner}n %v %t %h %{requester and request}n BATCH.%{operation}n %U - %>s %{error}n %b %{rest}n",
    ),
    Format(
        "cloudfront",
        "Amazon CloudFront standard log without its `#Fields` (tab-separated)",
        r"%{%Y-%m-%d}t\t%{%H:%M:%S}t\t%{edge}n\t%O\t%h\t%m\t%v\t%U\t%>s\t%{Referer}i\t%{User-Agent}i\t%q\t%{rest}n",
    ),
    Format(
        "alb",
        "Amazon Application Load Balancer access log",
        "%{type}n " + _ELB + '"%r" "%{User-Agent}i" %{rest}n',
    ),
    Format("elb", "Amazon Classic Load Balancer access log", _ELB + '"%r" "%{User-Agent}i" %{rest}n'),
    Format("elb_2014", "Amazon Classic Load Balancer access log without agents", _ELB + '"%r"'),
    # These leave something out, and are tried last.
    Format("combined_more", "combined, and more that is left out", _COMBINED + " %{rest}n", Use.GENERAL),
    Format("vhost_combined_more", "virtual host, combined, and more", f"%v {_COMBINED} %{{rest}}n", Use.GENERAL),
    Format("common_more", "common, and more that is left out", _COMMON + " %{rest}n", Use.GENERAL),
)
"""The most frequent first: of two that fit a log alike, the earlier row is taken."""
