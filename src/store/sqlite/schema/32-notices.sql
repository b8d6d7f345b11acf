-- Notices that were sent, for their list.
CREATE INDEX occurrence_notices ON occurrence (id) WHERE kind = 'notice';
