-- Which decision a merge event is part of. Until now its events were recognized by being equal in kind, time and tickets.
ALTER TABLE merge_event ADD COLUMN decision INTEGER NOT NULL DEFAULT 0;
UPDATE merge_event SET decision = numbered.decision FROM (
    SELECT id, min(id) OVER (PARTITION BY kind, at, from_ticket, to_ticket) AS decision FROM merge_event
) AS numbered WHERE numbered.id = merge_event.id;
CREATE INDEX merge_event_by_decision ON merge_event (decision);

-- Records without content were discarded by a rule named so.
UPDATE raw_record SET state = 'erased', rule = NULL WHERE state = 'discarded' AND rule = 'erased' AND complaint_id IS NULL;

-- Files that came with records. Their names are sealed too.
CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    raw_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    label BLOB NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (raw_id, number)
) STRICT;
