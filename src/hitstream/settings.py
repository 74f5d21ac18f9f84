"""Every setting, a row a setting: its flag, environment variable, place in the file, and documentation follow.

A value is looked for on the command line, then in the environment, then in the file that $HITSTREAM_CONFIG names
(else `hitstream.toml` in the working directory); then the default holds.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

from hitstream.errors import ConfigError

PREFIX = "HITSTREAM_"
FILE_VARIABLE = "HITSTREAM_CONFIG"
DEFAULT_FILE = "hitstream.toml"


class Setting(NamedTuple):
    """One setting; its flag is `--name`, its variable HITSTREAM_NAME, its key in the file `name`."""

    name: str
    default: Any
    help: str
    option: str = ""
    """The flag's name where it is another: commands of a group have settings of their own by a short flag."""

    @property
    def flag(self) -> str:
        """The option on the command line."""
        return "--" + (self.option or self.name).replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("data", "hitstream-data", "The data directory."),
    Setting("format", None, "The log's format: a name that `hitstream formats` lists, or an Apache LogFormat or nginx "
            "log_format string as it is. Detected where not given."),
    Setting("client", None, "Who the client is: `peer`, the address that connected; `first` or `last` of those that "
            "proxies passed on (X-Forwarded-For); `behind`, the right-most that is no trusted proxy. Kept with a log; "
            "peer where never given."),
    Setting("trusted_proxies", "", "Addresses or networks of proxies that are believed, for --client behind; "
            "comma-separated."),
    Setting("memory", 512, "MB of memory that ingesting may take."),
    Setting("workers", 2, "Threads that parse."),
    Setting("bad_lines_kept", 1000, "Bad lines kept of each source and reason; those beyond are counted."),
    Setting("archive_seconds", 60.0, "Seconds that hits may wait before they move into the archive."),
    Setting("keep_minutes_days", 8, "Days for which minutes are kept."),
    Setting("keep_hours_days", 396, "Days for which hours are kept. Days are kept for ever."),
    Setting("max_unpacked_gb", 1024, "GB that a compressed file may unpack to."),
    Setting("max_ratio", 2000, "How many times its size a compressed file may unpack to."),
    Setting("host", "127.0.0.1", "Address that the dashboard listens on; any but loopback needs a password or token."),
    Setting("port", 8050, "Port that the dashboard listens on."),
    Setting("allowed_hosts", "", "Names, beside loopback's, by which the page may be asked for; comma-separated."),
    Setting("behind_proxy", "", "Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are "
            "believed; comma-separated."),
    Setting("tls_cert", None, "Certificate (PEM, with its chain) to serve HTTPS with."),
    Setting("tls_key", None, "Key (PEM) of the certificate."),
    Setting("access_file", None, "Where password and tokens are kept, hashed; `access.json` in the data directory "
            "where not given."),
    Setting("password_file", None, "A file whose first line becomes the page's password at each start, as containers "
            "are given it; where there is none, it is written with a random one."),
    Setting("session_hours", 24.0, "Hours after which the page asks for the password again."),
    Setting("stack_data", "hitstream-stack", "The directory of a stack of servers.", "data"),
    Setting("stack_profile", None, "How large the servers of a stack are: small or normal. Where not given as it was, "
            "at first normal.", "profile"),
    Setting("jars", None, "The directory that keeps the servers' jars; `jars` in the cache directory where not given."),
    Setting("repository", None, "Address of the Maven repository that jars come from. Where not given: the mirror that "
            "~/.m2/settings.xml names, else Maven's own."),
    Setting("conf", None, "A directory of configuration files in the place of those that come along (deploy/conf)."),
    Setting("kafka", "127.0.0.1:9092", "Kafka's brokers; comma-separated."),
    Setting("topic", "access-log", "The topic that lines travel through."),
    Setting("topic_partitions", 4, "Partitions of a topic: as many can be read at once.", "partitions"),
    Setting("topic_replication", 1, "Brokers that keep a copy of each partition.", "replication"),
    Setting("topic_retention_days", 7.0, "Days for which a topic keeps lines, read or not; -1 for ever.",
            "retention_days"),
    Setting("compression", "zstd", "What lines travel compressed with: zstd, lz4, gzip, snappy or none."),
    Setting("produce_data", "hitstream-produce", "The directory in which `produce` keeps how far it sent each log.",
            "data"),
    Setting("spark", "spark://127.0.0.1:7077", "Spark's master."),
    Setting("batch_records", 1024, "Records, of about 64 KiB of lines each, that a batch of the stream takes at most."),
    Setting("cluster_data", "hitstream-cluster", "The directory in which the stream keeps its log and how it does.",
            "data"),
    Setting("hdfs", "hdfs://127.0.0.1:8020", "HDFS's NameNode; a path after it is where everything is kept there."),
    Setting("cassandra", "127.0.0.1:9042", "Cassandra's contact points; comma-separated."),
    Setting("keyspace", "hitstream", "The keyspace in Cassandra."),
    Setting("replication", 1, "How many nodes of a data centre of Cassandra keep a row; the keyspace is made so."),
    Setting("consistency", "LOCAL_QUORUM", "How many of them a write or read waits for: ONE, LOCAL_ONE, LOCAL_QUORUM, "
            "QUORUM, EACH_QUORUM or ALL. With less than a quorum readers may miss what was just published."),
    Setting("nifi", "http://127.0.0.1:8080/nifi", "NiFi's address."),
    Setting("nifi_user", None, "Who logs in to NiFi, where it has users.", "user"),
    Setting("nifi_password_file", None, "A file whose first line is that user's password.", "password_file"),
    Setting("nifi_ca_file", None, "Certificates (PEM) one of which is NiFi's or its authority's; those of authorities "
            "that this machine trusts where not given.", "ca_file"),
    Setting("nifi_flow", "hitstream", "The name of the flow in NiFi: another for each directory.", "name"),
)  # fmt: skip


def cache_directory() -> Path:
    """Return where compiled kernels and jars are kept: $HITSTREAM_CACHE, else `hitstream` in the user's cache."""
    chosen = os.environ.get("HITSTREAM_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hitstream"


def setting(name: str) -> Setting:
    """Return the row of that name."""
    return next(row for row in SETTINGS if row.name == name)


def looked_up(name: str) -> Any:
    """Return what a setting is where no command line says it: its variable, else the file, else its default.

    Raises:
        ConfigError: see `from_file`, or the variable is not of the default's kind.
    """
    row = setting(name)
    text = os.environ.get(row.variable)
    if text is None:
        return from_file().get(name, row.default)
    kind = str if row.default is None else type(row.default)
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"{row.variable}={text!r} is not a number.", row.help) from None


def from_file() -> dict[str, Any]:
    """Return what the settings file says; nothing where there is none.

    Raises:
        ConfigError: the file cannot be read, or names a setting that there is not.
    """
    named = os.environ.get(FILE_VARIABLE)
    path = Path(named or DEFAULT_FILE)
    if not named and not path.exists():
        return {}
    import tomllib

    try:
        values = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The settings file {path} cannot be read: {error}.", "Mend it or take it away.") from error
    known = {row.name for row in SETTINGS}
    for name in values:
        if name not in known:
            raise ConfigError(f"{path}: there is no setting {name!r}.", f"Settings: {', '.join(sorted(known))}.")
    return values
