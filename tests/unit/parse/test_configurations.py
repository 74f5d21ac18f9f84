"""The configurations of servers and of GoAccess say which logs there are and what their formats are."""

from pathlib import Path

import pytest

from hitstream.errors import ConfigError
from hitstream.parse import compile_format, parse
from hitstream.parse.configurations.apache import apache_logs
from hitstream.parse.configurations.files import MAX_FILES
from hitstream.parse.configurations.goaccess import goaccess_logs, translated
from hitstream.parse.configurations.nginx import nginx_logs
from hitstream.record import Chunk

MAIN = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    '"$http_x_forwarded_for"'
)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_every_log_of_nginx_is_found_with_its_format(tmp_path: Path) -> None:
    main = write(
        tmp_path / "nginx.conf",
        r"""
        http { # a remark; with a sign {
            log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                            '$status $body_bytes_sent "$http_referer" '
                            '"$http_user_agent" "$http_x_forwarded_for"';
            log_format bare escape=json "$remote_addr [$time_local] \"$request\" $status";
            access_log /var/log/nginx/access.log main buffer=32k;
            include conf.d/*.conf;
            include /etc/hostname;
            server { access_log off; location / { access_log logs/${host}-$server_port.log bare if=$loggable; } }
        }
        """,
    )
    write(
        tmp_path / "conf.d/a.conf",
        "server { access_log /var/log/nginx/a.log; access_log syslog:server=10.0.0.1 main; }",
    )
    write(tmp_path / "conf.d/b.conf", "include conf.d/*.conf; server { access_log b.log missing; }")
    found = {log.file: (log.format, log.problem) for log in nginx_logs(main)}
    assert found == {
        "/var/log/nginx/access.log": ("nginx_main", ""),
        "/var/log/nginx/a.log": ("combined", ""),
        "syslog:server=10.0.0.1": ("syslog: nginx_main", ""),
        "logs/*-*.log": ('$remote_addr [$time_local] "$request" $status', ""),
        "b.log": ("missing", "no log_format is named missing"),
    }


def test_a_format_that_cannot_be_read_back_is_said(tmp_path: Path) -> None:
    conf = write(tmp_path / "nginx.conf", "log_format x '$remote_addr$status'; access_log a.log x;")
    assert "no time, request in it" in nginx_logs(conf)[0].problem


def test_every_log_of_apache_is_found_with_its_format(tmp_path: Path) -> None:
    main = write(
        tmp_path / "apache2.conf",
        r"""
# LogFormat "%h" remark
LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined
LogFormat "%h %l %u %t \"%r\" %>s %b \
%D" timed
Define SITE shop
IncludeOptional sites-enabled/*.conf
IncludeOptional ../../*.conf
CustomLog ${APACHE_LOG_DIR}/other_vhosts_access.log vhost_combined
TransferLog logs/plain.log
""",
    )
    write(tmp_path / "envvars", "export APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n")
    site = write(
        tmp_path / "sites-available/shop.conf",
        '<VirtualHost *:80>\n  customlog "|/usr/bin/rotatelogs ${SITE}.%Y 86400" timed env=!static\n'
        '  CustomLog ${UNKNOWN}/x.log "%h %t %>s"\n</VirtualHost>\n',
    )
    (tmp_path / "sites-enabled").mkdir()
    (tmp_path / "sites-enabled/shop.conf").symlink_to(site)
    found = {log.file: (log.format, log.problem) for log in apache_logs(main)}
    assert found["/var/log/apache2/other_vhosts_access.log"] == ("vhost_combined", "")
    assert found["|/usr/bin/rotatelogs shop.%Y 86400"] == ("common_duration", "")
    assert found["logs/plain.log"] == ("common", "")
    assert "no request in it" in found["${UNKNOWN}/x.log"][1]
    assert len(found) == 4


def test_what_a_configuration_includes_is_bounded(tmp_path: Path) -> None:
    main = write(tmp_path / "c/nginx.conf", "include d/*; include ../outside.conf;")
    write(tmp_path / "outside.conf", "access_log outside.log;")
    for number in range(MAX_FILES + 5):
        write(tmp_path / f"c/d/{number:04}", f"access_log {number}.log; include d/*;")
    logs = nginx_logs(main)
    assert len(logs) == MAX_FILES - 1
    assert "outside.log" not in {log.file for log in logs}


def test_what_is_included_from_elsewhere_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "more.conf").write_text("access_log /var/log/other.log;")
    (tmp_path / "nginx").mkdir()
    conf = tmp_path / "nginx" / "nginx.conf"
    conf.write_text(f"http {{ include {tmp_path}/other/*.conf; access_log /var/log/a.log; }}")
    with caplog.at_level("WARNING"):
        assert [log.file for log in nginx_logs(conf)] == ["/var/log/a.log"]
    assert "more.conf is not read" in caplog.text


def test_a_configuration_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        nginx_logs(tmp_path / "none.conf")


@pytest.mark.parametrize(
    ("text", "date", "time", "line", "host"),
    [
        (
            '%h %^[%d:%t %^] "%r" %s %b "%R" "%u"',
            "%d/%b/%Y",
            "%H:%M:%S",
            '192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 57 "-" "curl/8"',
            "192.0.2.1",
        ),
        (
            "%x|~h{, }|%m|%U|%s|%L",
            "%Y-%m-%d",
            "%T",
            "2025-10-10 13:55:01|203.0.113.9, 10.0.0.1|GET|/a|200|17",
            "203.0.113.9",
        ),
        ("%x %h %~%r\\t%s", "%s", "%s", "1760104501 192.0.2.1    GET / HTTP/1.1\t200", "192.0.2.1"),
        (
            '{ "ts": "%x.%^", "request": { "client_ip": "%h", "method": "%m", "uri": "%U", "headers": '
            '{ "User-Agent": ["%u", "%^"] } }, "duration": "%T", "status": "%s" }',
            "%s",
            "%s",
            '{"ts": 1760104501.5, "request": {"client_ip": "192.0.2.1", "method": "GET", "uri": "/", "headers": '
            '{"User-Agent": ["x"]}}, "duration": 0.25, "status": 200}',
            "192.0.2.1",
        ),
    ],
)
def test_a_format_of_goaccess_reads_the_lines_that_goaccess_reads(
    text: str, date: str, time: str, line: str, host: str
) -> None:
    hits, bad, _ = parse(Chunk("a", 0, line.encode()), compile_format(translated(text, date, time)))
    assert not bad, list(bad)
    assert hits.text["host"].texts.decode() == [host]
    assert hits.time[0] // 1_000_000 == 1760104501


def test_a_configuration_of_goaccess_gives_its_logs(tmp_path: Path) -> None:
    conf = write(
        tmp_path / "goaccess.conf",
        "#log-format X\nlog-format VCOMBINED\nlog-file /var/log/a.log\nlog-file /var/log/b.log\n",
    )
    assert [(log.file, log.format) for log in goaccess_logs(conf)] == [
        ("/var/log/a.log", "vhost_combined"),
        ("/var/log/b.log", "vhost_combined"),
    ]
    with pytest.raises(ConfigError, match="no log-format"):
        goaccess_logs(write(tmp_path / "other.conf", "date-format %T\n"))
