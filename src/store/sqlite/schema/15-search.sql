-- Which texts have which words: posting lists of 4,096 consecutive complaints, in 256 buckets by a keyed hash, each sealed as one
-- (the number of a bucket is 256 times that of its block, and its own). It is made beside, from the texts, and can be left out: a
-- block that is not here is read through.
CREATE TABLE word_bucket (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
-- Blocks, from when their making begins: what a step changes from then on is noted.
CREATE TABLE word_block (
    block INTEGER PRIMARY KEY,
    made INTEGER NOT NULL
) STRICT;
-- Complaints that came or changed since.
CREATE TABLE word_change (
    id INTEGER PRIMARY KEY,
    complaint_id INTEGER NOT NULL
) STRICT;
CREATE INDEX word_change_by_complaint ON word_change (complaint_id);
CREATE INDEX complaint_by_time ON complaint (received_at);
