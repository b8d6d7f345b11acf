-- Which complaints were about what is watched, where and when: codes and numbers. Their tickets are those of the complaints.
CREATE TABLE sighting (
    subject TEXT NOT NULL,
    complaint_id INTEGER NOT NULL,
    district TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (subject, complaint_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_by_time ON sighting (subject, at, district);
-- Surges and warnings that were told. Of a rule at most one stands in an area.
CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    area TEXT NOT NULL,
    at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    usual_tenths INTEGER,
    ticket INTEGER NOT NULL,
    stands INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX alert_by_kind ON alert (kind, id);
CREATE UNIQUE INDEX alert_standing ON alert (kind, code, area) WHERE stands = 1;
-- The complaints behind each, with its rule: what was told of is not told of again where one complaint is enough.
CREATE TABLE alert_complaint (
    complaint_id INTEGER NOT NULL,
    alert INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    PRIMARY KEY (complaint_id, alert)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_complaint_by_alert ON alert_complaint (alert, complaint_id);
