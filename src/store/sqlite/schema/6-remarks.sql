-- Warnings of records that were accepted. What they say can hold what a citizen wrote: it is sealed.
CREATE TABLE warning (
    id INTEGER PRIMARY KEY,
    raw_id INTEGER NOT NULL,
    channel TEXT NOT NULL,
    field TEXT NOT NULL,
    saying INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX warning_by_saying ON warning (channel, field, saying);
CREATE INDEX warning_by_record ON warning (raw_id);
CREATE INDEX warning_by_time ON warning (at);

-- Files that were read as sources of records. Their names can be persons' names: they are sealed, and the mark is a keyed hash.
CREATE TABLE source_file (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    mark INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    finished_at INTEGER,
    state TEXT NOT NULL,
    rows INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    amended INTEGER NOT NULL,
    repeated INTEGER NOT NULL,
    set_aside INTEGER NOT NULL,
    discarded INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (channel, mark)
) STRICT;

-- The file that a record came with last.
ALTER TABLE raw_record ADD COLUMN source_file INTEGER;
