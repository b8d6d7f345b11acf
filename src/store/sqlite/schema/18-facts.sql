-- What counts of events for reports: codes of the city pack and numbers, and nobody's words. Rows are kept for a while, their sums
-- by day for ever.
CREATE TABLE fact_key (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,
    category TEXT NOT NULL,
    domain TEXT NOT NULL,
    district TEXT NOT NULL,
    department TEXT NOT NULL,
    level TEXT NOT NULL,
    grade TEXT NOT NULL,
    UNIQUE (channel, kind, category, domain, district, department, level, grade)
) STRICT;
-- Numbers are never used again: what was summed up is known by the last one. `day` is the city's, as 20261126.
CREATE TABLE fact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    day INTEGER NOT NULL,
    key INTEGER NOT NULL REFERENCES fact_key (id),
    kind INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    again INTEGER NOT NULL,
    rating TEXT,
    seconds INTEGER NOT NULL
) STRICT;
CREATE TABLE fact_day (
    day INTEGER NOT NULL,
    key INTEGER NOT NULL REFERENCES fact_key (id),
    body BLOB NOT NULL,
    PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_summed (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO fact_summed (id, last) VALUES (1, 0);
