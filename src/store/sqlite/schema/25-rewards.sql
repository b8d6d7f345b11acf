-- Points of citizens who take part: of each rule once for a complaint, and for a round of handling where each round counts. Codes, numbers
-- and a keyed hash of what the citizen is known by. They go with their complaint.
CREATE TABLE reward (
    complaint_id INTEGER NOT NULL,
    rule TEXT NOT NULL,
    round INTEGER NOT NULL,
    account INTEGER NOT NULL,
    basis TEXT NOT NULL,
    points INTEGER NOT NULL,
    at INTEGER NOT NULL,
    taken_back_at INTEGER,
    PRIMARY KEY (complaint_id, rule, round)
) STRICT, WITHOUT ROWID;
CREATE INDEX reward_by_account ON reward (account, at);
