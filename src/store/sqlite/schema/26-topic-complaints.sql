-- A topic has complaints; its tickets are those on which they are, whatever is merged, taken back, split off or moved.
CREATE TABLE topic_complaint (
    topic INTEGER NOT NULL REFERENCES topic (id),
    complaint_id INTEGER NOT NULL,
    PRIMARY KEY (topic, complaint_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_complaint_by_complaint ON topic_complaint (complaint_id, topic);
INSERT INTO topic_complaint (topic, complaint_id)
    SELECT b.topic, c.id FROM topic_ticket b JOIN complaint c ON c.ticket = b.ticket;
DROP TABLE topic_ticket;
