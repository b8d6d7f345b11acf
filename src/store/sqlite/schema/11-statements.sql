-- What sources state later of complaints: urgings, withdrawals, closings, ratings. The words are sealed, the mark is a keyed hash.
CREATE TABLE statement (
    id INTEGER PRIMARY KEY,
    complaint_id INTEGER NOT NULL,
    raw_id INTEGER NOT NULL,
    mark BLOB NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX statement_by_complaint ON statement (complaint_id, id);

-- Whether the citizen of a complaint waits for an answer.
ALTER TABLE complaint ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
