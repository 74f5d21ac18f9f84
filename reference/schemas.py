"""What is kept, column by column: hits, views, the database of the embedded tier."""

from hitstream.arrow import HIT_SCHEMA
from hitstream.store.schema import SCHEMA
from hitstream.views.sketch import standard_error
from hitstream.views.table import VIEWS, View
from reference.tables import code, table

COLUMNS = {
    "source": "the log's identity; with `offset` the position, which makes a hit unique",
    "offset": "position of the line's first byte in the unpacked log",
    "time": "when the request was logged",
    "zone": "the line's offset from UTC, minutes",
    "status": "status of the answer",
    "bytes": "size of the answer, where the line tells",
    "duration": "how long it took, microseconds",
    "vhost": "virtual host",
    "host": "client: a name or address",
    "user": "name of who was logged in",
    "method": "method of the request; null where it is no `METHOD target`",
    "target": "what was asked for, as it was sent",
    "protocol": "protocol, as it was sent",
    "referrer": "page that led here",
    "agent": "what the client calls itself",
    "path": "target without its query",
    "extension": "of the path's last part: `html`, `gif`",
    "domain": "registered domain of the host, by the Public Suffix List",
    "country": "country, of the host's top-level domain",
    "site": "host of the referrer",
    "browser": "of the agent",
    "os": "operating system, of the agent",
    "device": "of the agent",
    "bot": "name of the bot, where the agent is one",
}
HEAD = """# Schemas

From the code. The schema of the JSON report is `src/hitstream/report/schema.json` ([fields](../report.md#json));
Cassandra's tables are [with the cluster](../cluster.md#store).

## Hits

A row a hit, in the archive (a Delta table of Parquet files, partitioned by `day`), in the answers of `hits`, and as
SQL's table `hits`. From `path` on columns are derived; `hitstream.parse` leaves those out.

"""


def page() -> str:
    """Return the page."""
    rows = [
        (code(field.name), code(_kind(str(field.type))), "" if field.nullable else "never null", COLUMNS[field.name])
        for field in HIT_SCHEMA
    ]
    views = [_view(view) for view in VIEWS]
    head = ("view", "title", "key", "kept by", "visitors by", "exact below", "error from there", "keys a bucket")
    return (
        HEAD
        + table(("column", "type", "", "meaning"), rows)
        + "\n## Views\n\nWhat is counted, by what, and how finely.\n\n"
        + table(head, views)
        + "\n## The database of the embedded tier\n\n`hitstream.sqlite` in the data directory (SQLite, WAL).\n\n"
        + f"```sql\n{SCHEMA.strip()}\n```\n"
    )


def _kind(arrow: str) -> str:
    return "string" if arrow.startswith("dictionary") else arrow


def _view(view: View) -> tuple[str, ...]:
    key = ", ".join(map(code, view.key)) + (f" of status {view.status}" if view.status else "")
    error = f"±{standard_error(view.sketch):.1%}" if view.visitors else ""
    measures = ", ".join(view.grains), ", ".join(view.visitors), f"{view.sketch:,}", error, f"{view.bound:,}"
    return code(view.name), view.title, key, *measures
