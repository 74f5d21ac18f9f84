"""The servers whose logs are golden files: how each is configured and started, and where it logs."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

APP = """
def wsgi(environ, start_response):
    found = environ["PATH_INFO"] != "/missing"
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body = b"x" * 42
    start_response("200 OK" if found else "404 Not Found", [("Content-Length", "42"), ("Content-Type", "text/plain")])
    return [body]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"].endswith("shutdown"):
                return
    status = 404 if scope["path"] == "/missing" else 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"42")]})
    await send({"type": "http.response.body", "body": b"x" * 42})
"""


@dataclass(frozen=True)
class Server:
    """A server. In its texts stand {dir}, {port}, {python} and, for proxies, {behind}: the port of another server."""

    name: str
    command: tuple[str, ...]
    config: dict[str, str] = field(default_factory=dict)
    log: str = "access.log"
    beside: tuple[str, ...] = ()
    """What writes the log, where that is another process."""
    proxy: bool = False
    """Whether requests have a whole URL as target."""
    says: frozenset[str] = frozenset({"bytes", "referrer", "agent", "query"})
    """What its lines hold beside client, time, request and status."""


_ALL = frozenset({"bytes", "referrer", "agent", "query"})
_NGINX = """worker_processes 1; daemon off; master_process off; pid {dir}/pid; error_log stderr;
events {{ worker_connections 64; }}
http {{
  FORMAT
  access_log {dir}/access.log NAME;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u;
  scgi_temp_path {dir}/s; large_client_header_buffers 4 16k; keepalive_timeout 0;
  server {{ listen 127.0.0.1:{port}; listen [::1]:{port}; server_name www.example.org;
    location / {{ return 200 "{x42}"; }} location = /missing {{ return 404; }} }}
}}
"""
_APACHE = """ServerRoot {modules}
LoadModule mpm_event_module mod_mpm_event.so
LoadModule authz_core_module mod_authz_core.so
LoadModule rewrite_module mod_rewrite.so
Listen 127.0.0.1:{port}
Listen [::1]:{port}
ServerName www.example.org
User nobody
PidFile {dir}/pid
ErrorLog {dir}/error.log
DocumentRoot {dir}/www
KeepAlive Off
<Directory {dir}/www>
  Require all granted
</Directory>
RewriteEngine On
RewriteRule ^/missing$ - [L]
RewriteRule ^/. /page [PT,L]
LogFormat "FORMAT" own
CustomLog {dir}/access.log own
"""
_HAPROXY = """global
  log stdout len 8192 format LOG local0
  tune.http.logurilen 4096
  stats socket {dir}/haproxy.sock
defaults
  mode http
  log global
  option OPTION
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend web
  bind 127.0.0.1:{port}
  bind [::1]:{port}
  default_backend app
backend app
  option httpclose
  server one 127.0.0.1:{behind}
"""
_SQUID = """http_port 127.0.0.1:{port}
http_port [::1]:{port}
http_access allow all
cache deny all
pid_filename {dir}/pid
cache_log {dir}/cache.log
access_log stdio:{dir}/access.log FORMAT
coredump_dir {dir}
cache_effective_user nobody
pinger_enable off
strip_query_terms off
unlinkd_program {squid}/unlinkd
shutdown_lifetime 0 seconds
icon_directory {share}/icons
error_directory {share}-langpack/en
mime_table {dir}/mime.conf
dns_nameservers 127.0.0.1
"""
_VCL = """vcl 4.1;
backend app {{ .host = "127.0.0.1"; .port = "{behind}"; }}
sub vcl_recv {{ return (pass); }}
"""
_CADDY = """{{
  admin off
  auto_https off
  log {{
    output file {dir}/server.log
  }}
}}
http://:{port} {{
  bind 127.0.0.1 ::1
  log {{
    output file {dir}/access.log
    format FORMAT
  }}
  respond /missing 404
  respond "{x42}"
}}
"""
_JSON = (
    'log_format own escape=json \'{{"time":"$time_iso8601","remote_addr":"$remote_addr","request":"$request",\''
    ' \'"status":$status,"body_bytes_sent":$body_bytes_sent,"http_referer":"$http_referer",\''
    ' \'"http_user_agent":"$http_user_agent","request_time":$request_time}}\';'
)
_MAIN = (
    'log_format own \'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
    ' "$http_referer" "$http_user_agent" "$http_x_forwarded_for"\';'
)


def _nginx(name: str, log_format: str, used: str) -> Server:
    text = _NGINX.replace("FORMAT", log_format).replace("NAME", used)
    return Server(name, ("nginx", "-p", "{dir}", "-c", "{dir}/conf"), {"conf": text})


def _apache(name: str, log_format: str) -> Server:
    config = {"conf": _APACHE.replace("FORMAT", log_format), "www/index.html": "{x42}", "www/page": "{x42}"}
    return Server(name, ("apache2", "-X", "-f", "{dir}/conf"), config)


def _haproxy(name: str, log: str, option: str, says: frozenset[str] = frozenset({"bytes", "query"})) -> Server:
    config = {"conf": _HAPROXY.replace("LOG", log).replace("OPTION", option)}
    return Server(name, ("haproxy", "-f", "{dir}/conf"), config, log="stdout", says=says)


def _squid(name: str, log_format: str, says: frozenset[str]) -> Server:
    config = {"conf": _SQUID.replace("FORMAT", log_format), "mime.conf": ""}
    return Server(name, ("squid", "-N", "-f", "{dir}/conf"), config, proxy=True, says=says)


def _python(name: str, *words: str, log: str = "stderr", says: frozenset[str] = _ALL) -> Server:
    return Server(name, ("{python}", *words), {"app.py": APP}, log=log, says=says)


_QUOTED = '\\"%r\\" %>s'
SERVERS = (
    _nginx("nginx-combined", "", "combined"),
    _nginx("nginx-main", _MAIN, "own"),
    _nginx("nginx-json", _JSON, "own"),
    _apache("apache-combined", f'%h %l %u %t {_QUOTED} %O \\"%{{{{Referer}}}}i\\" \\"%{{{{User-Agent}}}}i\\"'),
    _apache("apache-vhost", f'%v:%p %h %l %u %t {_QUOTED} %O \\"%{{{{Referer}}}}i\\" \\"%{{{{User-Agent}}}}i\\"'),
    Server(
        "lighttpd",
        ("lighttpd", "-D", "-f", "{dir}/conf", "-m", "{lighttpd}"),
        {
            "conf": 'server.modules = ("mod_accesslog")\nserver.document-root = "{dir}/www"\nserver.port = {port}\n'
            'server.bind = "127.0.0.1"\n$SERVER["socket"] == "[::1]:{port}" {{ }}\nindex-file.names = ("index.html")\n'
            'accesslog.filename = "{dir}/access.log"\nserver.max-keep-alive-requests = 0\n',
            "www/index.html": "{x42}",
        },
    ),
    _haproxy("haproxy-http", "raw", "httplog"),
    _haproxy("haproxy-syslog", "rfc3164", "httplog"),
    _haproxy("haproxy-clf", "raw", "httplog clf"),
    _squid("squid-native", "squid", frozenset({"bytes", "query"})),
    _squid("squid-combined", "combined", _ALL),
    Server(
        "varnish",
        (
            "varnishd",
            "-F",
            "-j",
            "none",
            "-n",
            "{dir}/vd",
            "-f",
            "{dir}/vcl",
            "-a",
            "127.0.0.1:{port}",
            "-a",
            "[::1]:{port}",
            "-p",
            "vsl_reclen=4084",
            "-s",
            "malloc,8m",
        ),
        {"vcl": _VCL},
        beside=("varnishncsa", "-d", "-n", "{dir}/vd", "-w", "{dir}/access.log"),
    ),
    Server(
        "caddy-json",
        ("caddy", "run", "--config", "{dir}/Caddyfile", "--adapter", "caddyfile"),
        {"Caddyfile": _CADDY.replace("FORMAT", "json")},
    ),
    Server(
        "caddy-console",
        ("caddy", "run", "--config", "{dir}/Caddyfile", "--adapter", "caddyfile"),
        {"Caddyfile": _CADDY.replace("FORMAT", "console")},
    ),
    _python(
        "gunicorn",
        "-m",
        "gunicorn",
        "--chdir",
        "{dir}",
        "-b",
        "127.0.0.1:{port}",
        "-b",
        "[::1]:{port}",
        "--access-logfile",
        "{dir}/access.log",
        "app:wsgi",
        log="access.log",
    ),
    _python(
        "uvicorn",
        "-m",
        "uvicorn",
        "--app-dir",
        "{dir}",
        "--port",
        "{port}",
        "--no-use-colors",
        "app:asgi",
        log="stdout",
        says=frozenset(),
    ),
    _python(
        "hypercorn",
        "-m",
        "hypercorn",
        "-b",
        "127.0.0.1:{port}",
        "-b",
        "[::1]:{port}",
        "--access-logfile",
        "{dir}/access.log",
        "--access-logformat",
        '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"',
        "{dir}/app:asgi",
        log="access.log",
        says=frozenset({"bytes", "referrer", "agent"}),
    ),
    _python(
        "werkzeug",
        "-c",
        "import sys; sys.path.insert(0, '{dir}'); from app import wsgi; "
        "from werkzeug.serving import run_simple; run_simple('127.0.0.1', {port}, wsgi)",
        says=frozenset({"query"}),
    ),
    _python(
        "http-server",
        "-m",
        "http.server",
        "{port}",
        "--bind",
        "127.0.0.1",
        "--directory",
        "{dir}",
        says=frozenset({"query"}),
    ),
)

PYTHON = sys.executable


def places(root: Path | None) -> dict[str, str]:
    """Return where servers keep what they load: below `root`, or where a package installs it."""
    usr = (root or Path("/")) / "usr"
    lib = next((path for path in (usr / "lib").glob("*-linux-gnu*/lighttpd")), usr / "lib/lighttpd")
    modules = str(usr / "lib/apache2/modules")
    return {
        "modules": modules,
        "lighttpd": str(usr / "lib/lighttpd") if not lib.exists() else str(lib),
        "share": str(usr / "share/squid"),
        "squid": str(usr / "lib/squid"),
        "x42": "x" * 42,
    }
