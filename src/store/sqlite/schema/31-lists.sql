-- The tickets on which the complaints of topics are now, with how many of them: whatever is merged, taken back, split off or moved. The
-- category is that of the ticket; there is none until this is written (`sqlite/topics.rs`).
CREATE TABLE topic_ticket (
    topic INTEGER NOT NULL,
    ticket INTEGER NOT NULL,
    complaints INTEGER NOT NULL,
    category TEXT,
    PRIMARY KEY (topic, ticket)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_ticket_by_ticket ON topic_ticket (ticket, topic, category);
-- How many tickets of each category that makes for a topic.
CREATE TABLE topic_count (
    topic INTEGER NOT NULL,
    category TEXT NOT NULL,
    tickets INTEGER NOT NULL,
    PRIMARY KEY (topic, category)
) STRICT, WITHOUT ROWID;
-- What `topic_ticket` has to hold.
CREATE VIEW topic_ticket_now (topic, ticket, complaints, category) AS
    SELECT b.topic, c.ticket, count(*), (SELECT category FROM ticket WHERE seq = c.ticket)
    FROM topic_complaint b JOIN complaint c ON c.id = b.complaint_id GROUP BY b.topic, c.ticket;
INSERT INTO topic_ticket (topic, ticket, complaints, category) SELECT topic, ticket, complaints, category FROM topic_ticket_now;
INSERT INTO topic_count (topic, category, tickets)
    SELECT topic, category, count(*) FROM topic_ticket WHERE category IS NOT NULL GROUP BY topic, category;
CREATE TRIGGER topic_gains_complaint AFTER INSERT ON topic_complaint BEGIN
    INSERT INTO topic_ticket (topic, ticket, complaints, category)
        SELECT new.topic, c.ticket, 1, (SELECT category FROM ticket WHERE seq = c.ticket) FROM complaint c WHERE c.id = new.complaint_id
        ON CONFLICT (topic, ticket) DO UPDATE SET complaints = complaints + 1;
END;
CREATE TRIGGER topic_complaint_moves AFTER UPDATE OF ticket ON complaint WHEN old.ticket <> new.ticket BEGIN
    INSERT INTO topic_ticket (topic, ticket, complaints, category)
        SELECT topic, new.ticket, 1, (SELECT category FROM ticket WHERE seq = new.ticket) FROM topic_complaint WHERE complaint_id = new.id
        ON CONFLICT (topic, ticket) DO UPDATE SET complaints = complaints + 1;
    UPDATE topic_ticket SET complaints = complaints - 1
        WHERE ticket = old.ticket AND topic IN (SELECT topic FROM topic_complaint WHERE complaint_id = new.id);
    DELETE FROM topic_ticket WHERE ticket = old.ticket AND complaints = 0;
END;
CREATE TRIGGER topic_ticket_counted AFTER INSERT ON topic_ticket WHEN new.category IS NOT NULL BEGIN
    INSERT INTO topic_count (topic, category, tickets) VALUES (new.topic, new.category, 1)
        ON CONFLICT (topic, category) DO UPDATE SET tickets = tickets + 1;
END;
CREATE TRIGGER topic_ticket_discounted AFTER DELETE ON topic_ticket WHEN old.category IS NOT NULL BEGIN
    UPDATE topic_count SET tickets = tickets - 1 WHERE topic = old.topic AND category = old.category;
END;
CREATE TRIGGER topic_ticket_counted_again AFTER UPDATE OF category ON topic_ticket WHEN old.category IS NOT new.category BEGIN
    UPDATE topic_count SET tickets = tickets - 1 WHERE topic = old.topic AND category = old.category;
    INSERT INTO topic_count (topic, category, tickets) VALUES (new.topic, new.category, 1)
        ON CONFLICT (topic, category) DO UPDATE SET tickets = tickets + 1;
END;
-- The open questions about a ticket.
CREATE INDEX review_open_of_ticket ON review (ticket) WHERE answer IS NULL;
-- The mark that a complaint with the number of the record has: of which matter a record in quarantine is, where one is known.
ALTER TABLE quarantine ADD COLUMN number_mark BLOB;
UPDATE quarantine SET number_mark = (SELECT huiliu_number_mark(r.id, r.channel, r.label) FROM raw_record r WHERE r.id = quarantine.raw_id);
CREATE INDEX quarantine_by_number ON quarantine (number_mark, channel);
CREATE INDEX quarantine_by_channel ON quarantine (channel);
