"""The tables of `hitstream.sqlite`."""

SCHEMA_VERSION = 3
RANGES_HAVE_FORMATS = 3
"""The version from which on ranges say how they were parsed."""
APPLICATION_ID = 0x48495453  # "HITS", as `file` shows it

SCHEMA = """
-- Single values: published, generation, coverage; application, archived: the archive's transactions …
CREATE TABLE IF NOT EXISTS meta (
    key TEXT PRIMARY KEY,
    value                      -- any type
) WITHOUT ROWID;

-- Blocks of cells: layer 0 has one a batch, the others sealed ones that cover all batches up to `batch`.
CREATE TABLE IF NOT EXISTS blocks (
    view TEXT NOT NULL,
    grain TEXT NOT NULL,
    bucket INTEGER NOT NULL,   -- start, seconds since 1970 UTC
    layer INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    cells BLOB NOT NULL,
    PRIMARY KEY (view, grain, bucket, layer, batch)
);

-- Every source ever read: how far, and how it is known again.
CREATE TABLE IF NOT EXISTS sources (
    identity TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    position INTEGER NOT NULL, -- where its next line starts
    state TEXT NOT NULL        -- JSON
) WITHOUT ROWID;

-- The format of each source, latest last, and the path it was read from then.
CREATE TABLE IF NOT EXISTS formats (
    source TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    format TEXT NOT NULL       -- LogFormat or log_format strings, one a line; `only: ` before what a user gave
);

-- What was read of a source, in pieces that do not overlap: lines = hits + bad + directives.
CREATE TABLE IF NOT EXISTS ranges (
    source TEXT NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,     -- the first position after it
    batch INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    format TEXT NOT NULL DEFAULT '',  -- what its first line was parsed with; empty where that was not yet kept
    PRIMARY KEY (source, start)
) WITHOUT ROWID;

-- Lines that did not parse: the first of each source and reason, and how many there were.
CREATE TABLE IF NOT EXISTS bad_lines (
    source TEXT NOT NULL,
    offset INTEGER NOT NULL,
    reason TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (source, offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bad_counts (
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    lines INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    PRIMARY KEY (source, reason)
) WITHOUT ROWID;

-- Hits that are committed but not yet part of the archive: packed, or the names of Parquet files.
CREATE TABLE IF NOT EXISTS stage (
    batch INTEGER PRIMARY KEY,
    rows INTEGER NOT NULL,
    hits BLOB,                 -- Arrow IPC stream
    files TEXT                 -- JSON list of DataFile
);
"""

UPGRADES: dict[int, tuple[str, ...]] = {
    1: (
        "INSERT INTO formats SELECT identity, path, value FROM sources, meta WHERE key = 'format'",
        "INSERT OR IGNORE INTO formats SELECT DISTINCT source, 'standard input', value FROM ranges, meta"
        " WHERE key = 'format'",
        "DELETE FROM meta WHERE key = 'format'",
    ),
    2: ("ALTER TABLE ranges ADD COLUMN format TEXT NOT NULL DEFAULT ''",),
}
"""What brings a database of that version, in which all tables of `SCHEMA` are by then, to the next."""
