-- The other units that have to do with a ticket, besides the responsible one: assigned, helping, called. Written with its ticket.
CREATE TABLE ticket_unit (
    ticket INTEGER NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (ticket, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_unit_by_unit ON ticket_unit (unit, ticket);
INSERT INTO ticket_unit (ticket, unit)
    SELECT DISTINCT t.seq, u.value FROM ticket t, json_each(huiliu_units(t.seq, t.body)) u;
-- Whatever narrows a list has an index in the order of the list.
CREATE INDEX ticket_by_department ON ticket (department, seq);
CREATE INDEX ticket_by_district ON ticket (district, seq);
CREATE INDEX ticket_by_category ON ticket (category, seq);
CREATE INDEX ticket_by_creation ON ticket (created_at);
CREATE INDEX ticket_due ON ticket (status, due_at, complaints);
CREATE INDEX complaint_by_channel ON complaint (channel, ticket);
-- What came in the last hours is counted from the index alone.
DROP INDEX complaint_by_time;
CREATE INDEX complaint_by_time ON complaint (received_at, channel, ticket);
CREATE INDEX reply_done ON reply (done_at, state, channel, ticket) WHERE done_at IS NOT NULL;
