-- What people and tokens do. Each entry's link is a keyed hash over the link before it and its own number, time and content; the one row
-- of audit_chain says where the log begins and ends, with a keyed hash of its own.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    link BLOB NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE TABLE audit_chain (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    begins_after INTEGER NOT NULL,
    before_link BLOB NOT NULL,
    last INTEGER NOT NULL,
    last_link BLOB NOT NULL,
    seal BLOB NOT NULL
) STRICT;
INSERT INTO audit_chain VALUES (1, 0, zeroblob(32), 0, zeroblob(32), huiliu_audit_seal());
