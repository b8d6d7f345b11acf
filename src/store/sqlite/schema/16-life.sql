-- What happened on the way to replies, deliveries, tickets and records that their own rows do not keep: attempts, refused updates,
-- problems that were mended. What was said is sealed.
CREATE TABLE occurrence (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject INTEGER NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    body BLOB
) STRICT;
CREATE INDEX occurrence_by_subject ON occurrence (kind, subject, id);
