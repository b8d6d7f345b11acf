-- Channels that somebody has paused: since when, who, and why, sealed. They stay so over restarts and reloads.
CREATE TABLE pause (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason BLOB NOT NULL
) STRICT;
