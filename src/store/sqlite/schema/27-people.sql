-- Who may sign in, and who has signed in. What is known of a person is sealed, the password's hash and the second factor too; of a session
-- there is the hash of its token.
CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    failures INTEGER NOT NULL,
    failed_at INTEGER,
    used_step INTEGER,
    created_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    person INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_by_person ON session (person);
