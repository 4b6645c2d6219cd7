"""The tables of the index, and what makes a file one of ours."""

from __future__ import annotations

import zlib

APPLICATION_ID = 0x48414E53
"""`HANS`, in the place that SQLite reserves for it in a file's header."""

DDL = """
CREATE TABLE roots (
  path BLOB NOT NULL,
  agent TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (path, agent)
) WITHOUT ROWID;

CREATE TABLE files (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE,
  container BLOB,
  read_under INTEGER,
  rank INTEGER NOT NULL DEFAULT 0,
  agent TEXT NOT NULL,
  root BLOB NOT NULL,
  version INTEGER NOT NULL,
  dev INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  whole INTEGER NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0,
  excluded_by INTEGER,
  offset INTEGER NOT NULL,
  line INTEGER NOT NULL,
  mark BLOB,
  worded INTEGER NOT NULL DEFAULT 1,
  head_id TEXT NOT NULL DEFAULT '',
  place INTEGER,
  parsed INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  malformed INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE states (
  file INTEGER PRIMARY KEY REFERENCES files (id),
  state BLOB NOT NULL
);
CREATE TRIGGER files_deleted AFTER DELETE ON files BEGIN DELETE FROM states WHERE file=old.id; END;
CREATE INDEX files_container ON files (container) WHERE container IS NOT NULL;
CREATE INDEX files_head ON files (head_id) WHERE head_id != '';

CREATE TABLE sessions (
  file INTEGER PRIMARY KEY REFERENCES files (id),
  id TEXT NOT NULL,
  agent TEXT NOT NULL,
  project TEXT NOT NULL,
  cwd TEXT NOT NULL,
  branch TEXT NOT NULL,
  model TEXT NOT NULL,
  title TEXT NOT NULL,
  started INTEGER,
  last INTEGER,
  active REAL NOT NULL,
  prompts INTEGER NOT NULL,
  tool_calls INTEGER NOT NULL,
  tokens_input INTEGER NOT NULL,
  tokens_output INTEGER NOT NULL,
  tokens_cache_read INTEGER NOT NULL,
  tokens_cache_write INTEGER NOT NULL,
  cost REAL,
  headless INTEGER NOT NULL,
  parent TEXT NOT NULL,
  forked_from TEXT NOT NULL,
  copy_of TEXT NOT NULL DEFAULT '',
  copied_prompts INTEGER NOT NULL DEFAULT 0,
  copied_calls INTEGER NOT NULL DEFAULT 0,
  copied_active REAL NOT NULL DEFAULT 0,
  copied_input INTEGER NOT NULL DEFAULT 0,
  copied_output INTEGER NOT NULL DEFAULT 0,
  copied_cache_read INTEGER NOT NULL DEFAULT 0,
  copied_cache_write INTEGER NOT NULL DEFAULT 0,
  copied_cost REAL NOT NULL DEFAULT 0,
  own_started INTEGER,
  duplicate_of INTEGER,
  searchable INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sessions_id ON sessions (id, agent);
CREATE INDEX sessions_last ON sessions (last);
CREATE INDEX sessions_stale ON sessions (file) WHERE searchable = 2;

CREATE TABLE frictions (
  file INTEGER NOT NULL REFERENCES files (id),
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  rule TEXT NOT NULL,
  at INTEGER,
  text TEXT NOT NULL,
  line INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  tool TEXT NOT NULL,
  subject TEXT NOT NULL,
  seconds REAL,
  native_id TEXT NOT NULL,
  count INTEGER NOT NULL,
  copied INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (file, seq)
) WITHOUT ROWID;

CREATE TABLE unknown_types (
  file INTEGER NOT NULL REFERENCES files (id),
  type TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (file, type)
) WITHOUT ROWID;

CREATE TABLE problems (
  path BLOB NOT NULL,
  line INTEGER,
  reason TEXT NOT NULL
);
"""

SEARCH_TABLE = "search"
SEARCH_DDL = (
    f"CREATE VIRTUAL TABLE {SEARCH_TABLE} USING "
    "fts5(text, prompts, columnsize=0, tokenize='unicode61 remove_diacritics 2')"
)
"""Full-text search where SQLite was built with it; one row a session's file.

By words: a table of all triples of letters finds parts of words too, but is five times as large
and takes many times as long to fill. `text` is what frictions say; prompts stand apart from it,
because a log that grew adds to them, while frictions are written anew. Nothing is ranked by
length, so none is kept.
"""

VERSION = zlib.crc32((DDL + SEARCH_DDL).encode()) & 0x7FFF_FFFF
"""Changes with the tables by itself, so that an index of another shape is never taken for ours."""
