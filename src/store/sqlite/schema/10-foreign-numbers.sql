-- What other systems call the tickets that were sent to them: each ticket has one number at each destination.
CREATE TABLE foreign_number (
    id INTEGER PRIMARY KEY,
    destination TEXT NOT NULL,
    ticket INTEGER NOT NULL,
    number_mark BLOB NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (ticket, destination),
    UNIQUE (number_mark, destination)
) STRICT;
