-- What merging has read of each complaint, so that its index is made again without reading them all.
CREATE TABLE imprint (
    complaint_id INTEGER PRIMARY KEY,
    reading INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
