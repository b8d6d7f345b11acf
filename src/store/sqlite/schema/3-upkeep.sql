-- Filled and emptied again to see whether the disk works and has room.
CREATE TABLE probe (
    filling BLOB NOT NULL
) STRICT;

-- A question is asked once; without this, finding out took longer with every question asked before.
CREATE INDEX review_by_complaint ON review (complaint_id, ticket);
