-- What leaves on behalf of a ticket by other ways than AMQP: feeds that are pulled, and destinations. Numbers are never used again:
-- platforms keep them as cursors.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,
    ticket INTEGER NOT NULL,
    ticket_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    done_at INTEGER,
    body BLOB NOT NULL,
    error BLOB,
    proof BLOB
) STRICT;
CREATE INDEX delivery_by_destination ON delivery (destination, id);
CREATE INDEX delivery_waiting ON delivery (destination, id) WHERE state = 'pending';
CREATE INDEX delivery_of_ticket ON delivery (destination, ticket, id) WHERE state = 'pending';
CREATE INDEX delivery_open ON delivery (destination, state, at) WHERE state <> 'sent';
CREATE INDEX delivery_sent ON delivery (done_at) WHERE state = 'sent';
CREATE INDEX delivery_by_ticket ON delivery (ticket, version);
