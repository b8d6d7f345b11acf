CREATE TABLE raw_record (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    record_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    state TEXT NOT NULL,
    complaint_id INTEGER,
    rule TEXT,
    received_at INTEGER NOT NULL,
    settings_version TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX raw_record_by_record ON raw_record (channel, record_id, id);
CREATE INDEX raw_record_by_state ON raw_record (state);
CREATE INDEX raw_record_by_complaint ON raw_record (complaint_id);

CREATE TABLE complaint (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    number TEXT NOT NULL,
    receipt TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    raw_id INTEGER NOT NULL,
    ticket INTEGER NOT NULL,
    district TEXT,
    category TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    phone_hash INTEGER,
    id_hash INTEGER,
    account_hash INTEGER,
    erased_at INTEGER,
    body BLOB NOT NULL,
    UNIQUE (channel, number)
) STRICT;
CREATE INDEX complaint_by_ticket ON complaint (ticket, id);
CREATE INDEX complaint_by_phone ON complaint (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX complaint_by_id_number ON complaint (id_hash) WHERE id_hash IS NOT NULL;

CREATE TABLE ticket (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    category TEXT NOT NULL,
    district TEXT NOT NULL,
    department TEXT NOT NULL,
    grade TEXT NOT NULL,
    due_at INTEGER,
    created_at INTEGER NOT NULL,
    complaints INTEGER NOT NULL,
    pinned INTEGER NOT NULL,
    successor TEXT,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX ticket_by_status ON ticket (status, seq);

CREATE TABLE merge_event (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    complaint_id INTEGER,
    from_ticket INTEGER,
    to_ticket INTEGER NOT NULL,
    actor TEXT NOT NULL,
    settings_version TEXT NOT NULL,
    evidence BLOB
) STRICT;
CREATE INDEX merge_event_by_from ON merge_event (from_ticket) WHERE from_ticket IS NOT NULL;
CREATE INDEX merge_event_by_to ON merge_event (to_ticket);

CREATE TABLE cannot_link (
    a INTEGER NOT NULL,
    b INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    complaint_id INTEGER NOT NULL,
    ticket INTEGER NOT NULL,
    weight REAL NOT NULL,
    at INTEGER NOT NULL,
    answer INTEGER,
    actor TEXT,
    answered_at INTEGER,
    evidence BLOB NOT NULL
) STRICT;
CREATE INDEX review_open ON review (weight DESC, id) WHERE answer IS NULL;

CREATE TABLE quarantine (
    raw_id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    at INTEGER NOT NULL,
    problems BLOB NOT NULL
) STRICT;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket INTEGER NOT NULL,
    ticket_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    exchange TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    message_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    published_at INTEGER,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_pending ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;
CREATE INDEX outbox_by_ticket ON outbox (ticket, version);

CREATE TABLE status_update (
    id INTEGER PRIMARY KEY,
    ticket INTEGER NOT NULL,
    platform TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    update_id TEXT NOT NULL,
    status TEXT NOT NULL,
    verdict TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX status_update_by_ticket ON status_update (ticket, platform, sequence);
CREATE INDEX status_update_by_id ON status_update (ticket, platform, update_id);

CREATE TABLE reply (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    complaint_id INTEGER NOT NULL,
    ticket INTEGER NOT NULL,
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    done_at INTEGER,
    last_error TEXT,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX reply_due ON reply (next_at) WHERE state = 'pending';
CREATE INDEX reply_by_state ON reply (state, id);
CREATE INDEX reply_by_complaint ON reply (complaint_id);

CREATE TABLE reminder (
    id INTEGER PRIMARY KEY,
    ticket INTEGER NOT NULL,
    percent INTEGER NOT NULL,
    at INTEGER NOT NULL,
    sent INTEGER NOT NULL
) STRICT;
CREATE INDEX reminder_due ON reminder (at) WHERE sent = 0;
CREATE INDEX reminder_by_ticket ON reminder (ticket);

CREATE TABLE position (
    channel TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings_version (
    version TEXT PRIMARY KEY,
    city TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
