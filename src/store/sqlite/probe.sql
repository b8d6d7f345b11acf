-- Filled and emptied again to see whether the disk works and has room.
CREATE TABLE probe (
    filling BLOB NOT NULL
) STRICT;
