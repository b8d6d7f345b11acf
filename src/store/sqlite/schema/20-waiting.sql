-- Code of the list in which a ticket waits for a person: before it is dispatched, or before its answer closes it.
ALTER TABLE ticket ADD COLUMN waits TEXT;
CREATE INDEX ticket_waits ON ticket (seq) WHERE waits IS NOT NULL;

-- How many notices each person or desk was sent on the last day on which there was one.
CREATE TABLE notice_count (
    addressee TEXT PRIMARY KEY,
    day TEXT NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
