-- How far each complaint behind a finished ticket is answered: `answered`, or the name of the reason why not; whether replies leave on its
-- channel is not known here. `reply` is the one that came nearest since the ticket was finished. It is written with what it follows
-- (`sqlite/answers.rs`).
CREATE TABLE answer (
    complaint_id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    channel TEXT NOT NULL,
    reply INTEGER
) STRICT;
CREATE INDEX answer_missing ON answer (state, channel) WHERE state <> 'answered';
-- How many there are of each, and how many complaints are behind finished tickets by the tickets' own count.
CREATE TABLE answer_count (
    state TEXT NOT NULL,
    channel TEXT NOT NULL,
    complaints INTEGER NOT NULL,
    PRIMARY KEY (state, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE finished_count (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    complaints INTEGER NOT NULL
) STRICT;

-- What `answer` has to hold.
CREATE VIEW answer_now (complaint_id, ticket, state, channel, reply) AS
    SELECT c.id, c.ticket,
        CASE
            WHEN r.state IN ('sent', 'told') THEN 'answered'
            WHEN r.state = 'pending' THEN 'waiting'
            WHEN r.id IS NULL THEN CASE c.state WHEN 'open' THEN 'missing' ELSE c.state END
            WHEN c.erased_at IS NOT NULL THEN 'erased'
            ELSE r.state
        END,
        c.channel, r.id
    FROM complaint c JOIN ticket t ON t.seq = c.ticket LEFT JOIN reply r ON r.id = coalesce(
        (SELECT max(a.id) FROM reply a WHERE a.complaint_id = c.id AND +a.ticket = c.ticket AND a.state IN ('sent', 'told')
            AND a.status IN ('rejected', 'resolved', 'closed') AND a.at >= coalesce(t.finished_at, a.at)),
        (SELECT max(a.id) FROM reply a WHERE a.complaint_id = c.id AND +a.ticket = c.ticket
            AND a.status IN ('rejected', 'resolved', 'closed') AND a.at >= coalesce(t.finished_at, a.at)))
    WHERE t.status IN ('rejected', 'resolved', 'closed');

INSERT INTO answer (complaint_id, state, channel, reply) SELECT complaint_id, state, channel, reply FROM answer_now;
INSERT INTO answer_count (state, channel, complaints) SELECT state, channel, count(*) FROM answer GROUP BY state, channel;
INSERT INTO finished_count (id, complaints)
    SELECT 1, coalesce(sum(complaints), 0) FROM ticket WHERE status IN ('rejected', 'resolved', 'closed');

CREATE TRIGGER answer_counted AFTER INSERT ON answer BEGIN
    INSERT INTO answer_count (state, channel, complaints) VALUES (new.state, new.channel, 1)
        ON CONFLICT (state, channel) DO UPDATE SET complaints = complaints + 1;
END;
CREATE TRIGGER answer_discounted AFTER DELETE ON answer BEGIN
    UPDATE answer_count SET complaints = complaints - 1 WHERE state = old.state AND channel = old.channel;
END;
CREATE TRIGGER answer_counted_again AFTER UPDATE OF state ON answer WHEN old.state <> new.state BEGIN
    UPDATE answer_count SET complaints = complaints - 1 WHERE state = old.state AND channel = old.channel;
    INSERT INTO answer_count (state, channel, complaints) VALUES (new.state, new.channel, 1)
        ON CONFLICT (state, channel) DO UPDATE SET complaints = complaints + 1;
END;

CREATE TRIGGER answer_without_reply AFTER DELETE ON reply BEGIN
    UPDATE answer SET (state, reply) = (SELECT state, reply FROM answer_now WHERE complaint_id = old.complaint_id)
        WHERE complaint_id = old.complaint_id;
END;

-- The replies and deliveries of tickets, and lists of deliveries in their order.
CREATE INDEX reply_by_ticket ON reply (ticket, state);
CREATE INDEX call_back_of_ticket ON call_back (ticket) WHERE state = 'due';
DROP INDEX delivery_by_destination;
DROP INDEX delivery_waiting;
CREATE INDEX delivery_by_state ON delivery (destination, state);
DROP INDEX delivery_by_ticket;
CREATE INDEX delivery_by_ticket ON delivery (ticket, state);
