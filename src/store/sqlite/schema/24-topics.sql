-- Topics: matters that come back, gathered from tickets. Title, and what was decided in whose words, are sealed.
CREATE TABLE topic (
    id INTEGER PRIMARY KEY,
    rule TEXT,
    area TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    follow_up_at INTEGER,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX topic_by_rule ON topic (rule, area, id) WHERE rule IS NOT NULL;
CREATE INDEX topic_by_state ON topic (state, id);
CREATE INDEX topic_due ON topic (follow_up_at, id) WHERE follow_up_at IS NOT NULL;
CREATE TABLE topic_ticket (
    topic INTEGER NOT NULL REFERENCES topic (id),
    ticket INTEGER NOT NULL,
    PRIMARY KEY (topic, ticket)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_ticket_by_ticket ON topic_ticket (ticket, topic);
