-- What citizens and supervisors said of results, by round of handling. The words, and who took them down, are sealed.
CREATE TABLE rating (
    id INTEGER PRIMARY KEY,
    ticket INTEGER NOT NULL,
    complaint_id INTEGER,
    rater TEXT NOT NULL,
    round INTEGER NOT NULL,
    step TEXT NOT NULL,
    value TEXT NOT NULL,
    consequence TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX rating_by_ticket ON rating (ticket, id);
CREATE INDEX rating_by_complaint ON rating (complaint_id);
-- Whose citizens are called back, and what became of it. Of a complaint at most one is due.
CREATE TABLE call_back (
    id INTEGER PRIMARY KEY,
    complaint_id INTEGER NOT NULL,
    ticket INTEGER NOT NULL,
    round INTEGER NOT NULL,
    way TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    done_at INTEGER
) STRICT;
CREATE INDEX call_back_by_complaint ON call_back (complaint_id, id);
CREATE UNIQUE INDEX call_back_due ON call_back (complaint_id) WHERE state = 'due';
CREATE INDEX call_back_waiting ON call_back (id) WHERE state = 'due';
