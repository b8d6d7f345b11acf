-- Code of the list in which a ticket waits for a person: before it is dispatched, or before its answer closes it.
ALTER TABLE ticket ADD COLUMN waits TEXT;
CREATE INDEX ticket_waits ON ticket (seq) WHERE waits IS NOT NULL;
