-- When the clocks of tickets tell somebody next: one row for each open clock that will. What the clocks are stands, sealed, at their
-- tickets.
CREATE TABLE alarm (
    ticket INTEGER NOT NULL,
    clock TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (ticket, clock)
) STRICT, WITHOUT ROWID;
CREATE INDEX alarm_due ON alarm (at);
