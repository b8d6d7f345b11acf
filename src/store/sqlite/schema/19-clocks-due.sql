-- When the clocks of tickets that run now are due: one row for each, written with its ticket.
CREATE TABLE clock_due (
    ticket INTEGER NOT NULL,
    clock TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (ticket, clock)
) STRICT, WITHOUT ROWID;
CREATE INDEX clock_due_by_time ON clock_due (due_at, clock);
