-- Drafts: copies of the city pack that are edited without being live. A draft changes only at the revision that its editor has seen.
CREATE TABLE pack_draft (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL,
    base INTEGER NOT NULL,
    label BLOB NOT NULL,
    body BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
