-- What identifies a record, a complaint or an update elsewhere no longer stands here in clear: it is a keyed hash (a mark) where it is
-- looked up, and sealed where it is shown. The functions are the store's own; see `sqlite/functions.rs`.
CREATE TABLE new_raw_record (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    record_mark BLOB NOT NULL,
    label BLOB NOT NULL,
    digest BLOB NOT NULL,
    state TEXT NOT NULL,
    complaint_id INTEGER,
    rule BLOB,
    received_at INTEGER NOT NULL,
    settings_version TEXT NOT NULL,
    source_file INTEGER,
    body BLOB NOT NULL
) STRICT;
INSERT INTO new_raw_record
    SELECT r.id, r.channel, huiliu_mark('record', r.channel, r.record_id),
        huiliu_seal('label', CASE WHEN r.state = 'erased' OR c.erased_at IS NOT NULL THEN '' ELSE r.record_id END),
        CASE WHEN r.digest = zeroblob(16) THEN r.digest ELSE huiliu_mark('content', r.digest) END,
        r.state, r.complaint_id, huiliu_seal('rule', r.rule), r.received_at, r.settings_version, r.source_file, r.body
    FROM raw_record r LEFT JOIN complaint c ON c.id = r.complaint_id;
DROP TABLE raw_record;
ALTER TABLE new_raw_record RENAME TO raw_record;
CREATE INDEX raw_record_by_record ON raw_record (channel, record_mark, id);
CREATE INDEX raw_record_by_state ON raw_record (state);
CREATE INDEX raw_record_by_complaint ON raw_record (complaint_id);

CREATE TABLE new_complaint (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    number_mark BLOB NOT NULL,
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
    UNIQUE (channel, number_mark)
) STRICT;
INSERT INTO new_complaint
    SELECT id, channel, huiliu_mark('number', channel, number), receipt, revision, raw_id, ticket, district, category,
        received_at, phone_hash, id_hash, account_hash, erased_at, body
    FROM complaint;
DROP TABLE complaint;
ALTER TABLE new_complaint RENAME TO complaint;
CREATE INDEX complaint_by_ticket ON complaint (ticket, id);
CREATE INDEX complaint_by_phone ON complaint (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX complaint_by_id_number ON complaint (id_hash) WHERE id_hash IS NOT NULL;

CREATE TABLE new_status_update (
    id INTEGER PRIMARY KEY,
    ticket INTEGER NOT NULL,
    platform_mark BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    update_mark BLOB NOT NULL,
    status TEXT NOT NULL,
    verdict TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
INSERT INTO new_status_update
    SELECT id, ticket, huiliu_mark('platform', platform), sequence, huiliu_mark('update', update_id), status, verdict,
        occurred_at, received_at, body
    FROM status_update;
DROP TABLE status_update;
ALTER TABLE new_status_update RENAME TO status_update;
CREATE INDEX status_update_by_ticket ON status_update (ticket, platform_mark, sequence);
CREATE INDEX status_update_by_id ON status_update (ticket, platform_mark, update_mark);

-- What a channel said of a reply that it refused can name whom it was for.
ALTER TABLE reply ADD COLUMN error BLOB;
UPDATE reply SET error = huiliu_seal('error', last_error) WHERE last_error IS NOT NULL;
ALTER TABLE reply DROP COLUMN last_error;

-- Where a channel is can be the id of its last record.
CREATE TABLE new_position (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
INSERT INTO new_position (channel, at, body) SELECT channel, at, huiliu_seal('position', value) FROM position;
DROP TABLE position;
ALTER TABLE new_position RENAME TO position;

-- Tickets that a complaint was on, for erasing what they say of it.
CREATE INDEX merge_event_by_complaint ON merge_event (complaint_id) WHERE complaint_id IS NOT NULL;
