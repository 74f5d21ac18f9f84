"""Formats compile to programs: the rows of the table, and whatever people paste from their configuration."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drawing import examples
from hitstream.errors import ConfigError
from hitstream.parse import FORMATS, Program, compile_format
from hitstream.parse.formats import hints
from hitstream.parse.program import QUERY, Kind
from hitstream.record import TEXT_COLUMNS

REST = '%h "%r" %>s'


def kept(program: Program) -> dict[str, str]:
    """Return which directive fills which column."""
    by_rank = sorted(program.fields, key=lambda field: -field.rank)
    left_out = (Kind.SKIP, Kind.WORD, Kind.COUNT)
    return {f.column or f.kind.name.lower(): f.name for f in by_rank if f.kind not in left_out}


def time_of(text: str) -> tuple[str, int]:
    (field,) = (f for f in compile_format(text).fields if f.kind is Kind.TIME)
    return field.time, field.scale


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_every_row_compiles_by_its_name_and_by_its_text(row) -> None:
    program = compile_format(row.name)
    assert program == compile_format(row.text)
    assert program.name == row.name
    assert {f.column for f in program.fields if f.column} <= {*TEXT_COLUMNS, QUERY}


def test_names_and_texts_of_rows_are_told_apart() -> None:
    assert len({row.name for row in FORMATS}) == len({row.text for row in FORMATS}) == len(FORMATS)


def test_common_compiles_to_the_fields_of_the_common_log_format() -> None:
    program = compile_format("common")
    assert program.prefix == b""
    assert [(f.name, f.kind, f.until, f.column) for f in program.fields] == [
        ("%h", Kind.HOST, b" ", "host"),
        ("%l", Kind.WORD, b" ", ""),
        ("%u", Kind.USER, b" [", "user"),
        ("%t", Kind.TIME, b'] "', ""),
        ("%r", Kind.REQUEST, b'" ', ""),
        ("%>s", Kind.STATUS, b" ", ""),
        ("%b", Kind.BYTES, b"", ""),
    ]


NGINX_MAIN = r"""log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                  '$status $body_bytes_sent "$http_referer" '
                  '"$http_user_agent" "$http_x_forwarded_for"';"""


@pytest.mark.parametrize(
    ("pasted", "name"),
    [
        (r'LogFormat "%h %l %u %t \"%r\" %>s %b" common', "common"),
        (r'    logformat "%h %l %u %t \"%r\" %>s %b"', "common"),
        ('LogFormat "%h %l %u %t \\"%r\\" \\\n%>s %b" common', "common"),
        (r'CustomLog logs/access_log "%h %l %u %t \"%r\" %>s %b" env=!dontlog', "common"),
        (r'CustomLog "|/bin/rotate x" "%h %l %u %t \"%r\" %>s %b"', "common"),
        ("CustomLog logs/access_log combined", "combined"),
        (r'"%h %l %u %t \"%r\" %>s %b" common', "common"),
        (r"%h %l %u %t \"%r\" %>s %b", "common"),
        (' %h %l %u %t "%r" %>s %b\n', "common"),
        (" Combined\n", "combined"),
        (NGINX_MAIN, "nginx_main"),
        (NGINX_MAIN.replace("main  ", "main escape=default "), "nginx_main"),
        (NGINX_MAIN.partition("main")[2], "nginx_main"),
        (NGINX_MAIN.partition("main")[2].rstrip(";"), "nginx_main"),
    ],
)
def test_a_format_is_taken_as_it_is_pasted(pasted: str, name: str) -> None:
    assert compile_format(pasted) == compile_format(name)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("%h %l %t \"%r\" %>s", {"host": "%h"}),
        ("%{c}a %a %t \"%r\" %>s", {"host": "%a"}),
        ("%{X-Forwarded-For}i %t \"%r\" %>s", {"host": "%{X-Forwarded-For}i"}),
        ("%{X-Forwarded-For}i %h %t \"%r\" %>s", {"host": "%h"}),
        ("%h %t \"%r\" %s %>s", {"status": "%>s"}),
        ("%h %t \"%r\" %<s %b", {"status": "%<s"}),
        ("%h %t \"%r\" %>s %O %B %b", {"bytes": "%B"}),
        ("%h %t \"%r\" %>s %O", {"bytes": "%O"}),
        ("%h %t \"%r\" %>s %T/%D", {"duration": "%D"}),
        ("%h %t \"%r\" %>s %T %{ms}T", {"duration": "%{ms}T"}),
        ("%h %t \"%r\" %>s %!200,304{referer}i %{USER-AGENT}i", {"referrer": "%!200,304{referer}i"}),
        ("%h %t %m %U %H \"%r\" %>s", {"request": "%r"}),
        ("%h %t %m %U%q %H %>s", {"method": "%m", "target": "%U%q", "protocol": "%H"}),
        ("%h %t %U ?%q %>s", {"target": "%U"}),
        ("%h %{Host}i %V %t \"%r\" %>s", {"vhost": "%V"}),
        ("%h %{Host}i %t \"%r\" %>s", {"vhost": "%{Host}i"}),
        ("%h %t %{begin:%s}t %{end:%s}t \"%r\" %>s", {"time": "%t"}),
        ("%h %{end:%s}t %{begin:sec}t \"%r\" %>s", {"time": "%{begin:sec}t"}),
        ("$msec $remote_addr [$time_local] $status $uri$is_args$args", {"time": "$time_local"}),
        ("$msec $remote_addr $status $uri $request_uri", {"time": "$msec", "target": "$request_uri"}),
        ("$msec ${remote_addr}:$remote_port $status $uri$is_args$args.", {"host": "${remote_addr}:$remote_port"}),
        ("$msec $remote_addr $status $uri$is_args$args.", {"target": "$uri$is_args$args"}),
        ("$msec $remote_addr $status $uri $http_host $server_name", {"vhost": "$http_host"}),
        ("$msec $remote_addr $status $uri $upstream_response_time $request_time", {"duration": "$request_time"}),
    ],
)  # fmt: skip
def test_a_column_takes_the_best_of_its_directives(text: str, columns: dict[str, str]) -> None:
    found = kept(compile_format(text))
    assert {column: found.get(column) for column in columns} == columns


def test_parts_of_a_request_are_skipped_beside_the_whole() -> None:
    found = kept(compile_format('%h %t %m %U %H "%r" %>s'))
    assert set(found) == {"host", "time", "request", "status"}


def test_the_first_mention_of_a_column_wins() -> None:
    program = compile_format('%h %t "%r" %>s %b %b')
    assert [f.kind for f in program.fields][-2:] == [Kind.BYTES, Kind.SKIP]


APACHE_DIRECTIVES = (
    "%h %{c}a %A %B %b %{Foo}C %D %{Bar}e %f %H %{Foo}i %k %l %L %m %{Foo}n %{Foo}o %p %{remote}p %P %{tid}P %q "
    '"%r" %R %s %>s %<s %t %{%s}t %T %{ms}T %{us}T %{s}T %u %>u %U %v %V %X %I %O %S %{Foo}^ti %{Foo}^to %^FB '
    "%{SSL_PROTOCOL}x %400,501{User-Agent}i %!200{Referer}i %%"
)


def test_every_directive_of_mod_log_config_is_known() -> None:
    found = kept(compile_format(APACHE_DIRECTIVES))
    assert found == {
        "host": "%h", "user": "%u", "request": "%r", "status": "%>s", "time": "%t", "bytes": "%B", "vhost": "%v",
        "duration": "%D", "agent": "%400,501{User-Agent}i", "referrer": "%!200{Referer}i",
    }  # fmt: skip


def test_a_percent_sign_and_escapes_are_literals() -> None:
    program = compile_format(r"100%%\t%h\t%t\t%r\t%>s\\")
    assert program.prefix == b"100%\t"
    assert [f.until for f in program.fields] == [b"\t[", b"]\t", b"\t", b"\\"]


def test_neighbours_that_are_skipped_need_nothing_between_them() -> None:
    program = compile_format('%h %t "%r" %>s %X%k')
    assert program.fields[-1].name == "%X%k"


@pytest.mark.parametrize(
    ("text", "time", "scale"),
    [
        ("%t", "%d/%b/%Y:%H:%M:%S %z", 1),
        ("%{}t", "%d/%b/%Y:%H:%M:%S %z", 1),
        ("%{begin:%F %T}t", "%Y-%m-%d %H:%M:%S", 1),
        ("%{end:%D %R}t", "%m/%d/%y %H:%M", 1),
        ("%{%e %h %Y %H.%M}t", "%e %b %Y %H.%M", 1),
        ("%{sec}t", "%s", 1_000_000),
        ("%{%s}t", "%s", 1_000_000),
        ("%{msec}t", "%s", 1_000),
        ("%{begin:usec}t", "%s", 1),
        ("%{sec}t.%{msec_frac}t", "%s.%f", 1_000_000),
        ("%{%d/%b/%Y:%T}t.%{usec_frac}t %{%z}t", "%d/%b/%Y:%H:%M:%S.%f %z", 1),
        ("%{%Y-%m-%d}t\\t%{%H:%M:%S}t", "%Y-%m-%d\t%H:%M:%S", 1),
        ("%{%F}t %%%{%T}t", "%Y-%m-%d %%%H:%M:%S", 1),
        ("%{%S}t %t", "%d/%b/%Y:%H:%M:%S %z", 1),
    ],
)
def test_apache_times_become_tokens(text: str, time: str, scale: int) -> None:
    assert time_of(f"{text} {REST}") == (time, scale)


@pytest.mark.parametrize(
    ("variable", "time", "scale"),
    [("$time_iso8601", "%Y-%m-%dT%H:%M:%S%z", 1), ("$msec", "%s.%f", 1_000_000)],
)
def test_nginx_times_become_tokens(variable: str, time: str, scale: int) -> None:
    assert time_of(f'{variable} $remote_addr "$request" $status') == (time, scale)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "none is named ``"),
        ("comon", "Known: common, combined"),
        ("%h %t %r %>s", 'Put it in quotes: "%r"'),
        ('%h%t "%r" %>s%b', "between %>s (character 11) and %b"),
        ('%h%u %t "%r" %>s', "between %h (character 1) and %u"),
        ('%h %t "%r" %>s %Z', "%Z at character 16"),
        ('%h %t "%r" %>s %', "% at character 16"),
        ('%h %t "%r" %>s %{Foo', "%{Foo"),
        ('%h %t "%r" %>s %{Foo}b', "%{Foo}b at character 16"),
        ('%h %t "%r" %>s %{m}T', "%{m}T at character 16"),
        ('%h %t "%r" %>s %i', "%i at character 16"),
        ('%h %t "%r"', "no status in it. Add %>s or $status"),
        ('%t "%r" %>s', "no host in it"),
        ('%h "%r" %>s', "no time in it"),
        ("%h %t %m %>s", "no request in it"),
        ("%h", "no time, status, request in it"),
        ('%h %{%F}t "%r" %>s', "lacks an hour, a minute"),
        ('%h %{%F %T %S}t "%r" %>s', "says the same part twice"),
        ('%h %{%s %z}t "%r" %>s', "both seconds since 1970 and"),
        ('%h %{%c}t "%r" %>s', "%c in the time %{%c}t cannot be read. It stands at character 4"),
        ('%h %{%f}t "%r" %>s', "%f in the time"),
        ('%h %{sec}t%{msec_frac}t "%r" %>s', "between %{sec}t (character 4) and %{msec_frac}t"),
        ('%h %t "%r" %>s\n%b', "a line break"),
        ('%h %t "%r" %>s\\n%b', "a line break"),
        ('%h %{%F%n%T}t "%r" %>s', "a line break"),
        ('%h %t "%r" %>s \udcff', "not valid Unicode"),
        ('LogFormat "%h %t', "a quote is not closed"),
        ("log_format main '$remote_addr", "a quote is not closed"),
        ("$remote_addr $", "`$` without a variable's name at character 14"),
        ("$remote_addr ${status", "`$` without a variable's name at character 14"),
        ("$remote_addr$remote_user $msec $status $uri", "between $remote_addr (character 1) and $remote_user"),
    ],
)
def test_what_cannot_be_read_back_is_refused_by_name_and_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        compile_format(text)
    assert said in str(refused.value)
    assert refused.value.hint


_PIECES = st.sampled_from(
    [
        "%h",
        "%t",
        "%r",
        "%>s",
        "%b",
        "%{",
        "}t",
        "%{%F}t",
        "%{sec}t",
        "%{msec_frac}t",
        "%%",
        "%^",
        "$status",
        "$msec",
        "${",
        "$uri",
        "$is_args",
        "$",
        '"',
        "'",
        "\\",
        '\\"',
        " ",
        "LogFormat ",
        "log_format x ",
        "CustomLog x ",
        ";",
        "\n",
        "combined",
    ]
)


@examples(300)
@given(st.one_of(st.text(), st.lists(st.one_of(_PIECES, st.text(max_size=3)), max_size=20).map("".join)))
@example('%{%F}t %{%T}t %h "%r" %s')
def test_any_text_compiles_or_is_refused(text: str) -> None:
    try:
        program = compile_format(text)
    except ConfigError:
        return
    assert {Kind.TIME, Kind.STATUS} <= {f.kind for f in program.fields}
    assert program.is_structured or all(f.until for f in program.fields[:-1])


def test_a_number_that_may_be_a_duration_is_said_with_what_to_give() -> None:
    said = hints("syslog: combined_number + common")
    assert len(said) == 1
    for name in ("combined_duration", "tomcat_duration", "icecast"):
        assert name in said[0]
        assert compile_format(name).name == name
    assert hints("combined") == []
