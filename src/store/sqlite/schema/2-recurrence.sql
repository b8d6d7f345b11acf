-- When a ticket was finished, and which finished one it is the recurrence of.
ALTER TABLE ticket ADD COLUMN finished_at INTEGER;
ALTER TABLE ticket ADD COLUMN recurrence_of TEXT;
