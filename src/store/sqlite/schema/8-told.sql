-- That a person told a citizen: who, when and how, sealed.
ALTER TABLE reply ADD COLUMN told BLOB;
