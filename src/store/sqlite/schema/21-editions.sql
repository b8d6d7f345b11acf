-- Reports that were made at their set times, as they were then: of each report one up to a day. Days are the city's, as 20261126.
CREATE TABLE edition (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    report TEXT NOT NULL,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    UNIQUE (report, last_day)
) STRICT;
CREATE TABLE edition_file (
    id INTEGER PRIMARY KEY,
    edition INTEGER NOT NULL REFERENCES edition (id) ON DELETE CASCADE,
    format TEXT NOT NULL,
    name BLOB NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (edition, format)
) STRICT;
-- Where each is to go, and when it went.
CREATE TABLE edition_copy (
    edition INTEGER NOT NULL REFERENCES edition (id) ON DELETE CASCADE,
    destination TEXT NOT NULL,
    sent_at INTEGER,
    PRIMARY KEY (edition, destination)
) STRICT, WITHOUT ROWID;
CREATE INDEX edition_copy_waiting ON edition_copy (destination, edition) WHERE sent_at IS NULL;
-- When the token of a board last fetched a bulletin.
CREATE TABLE board (
    bulletin TEXT NOT NULL,
    token TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (bulletin, token)
) STRICT, WITHOUT ROWID;
