-- City packs that went live, each with its files: these once for each content.
CREATE TABLE pack_content (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE pack_version (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL,
    version TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    cause TEXT NOT NULL,
    reason BLOB NOT NULL
) STRICT;
CREATE INDEX pack_version_by_version ON pack_version (version, number);
