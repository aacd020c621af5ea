-- +goose Up

-- newer: entries that a newer program wrote in a way this one cannot read: of
-- another kind, format or shape. They are kept and passed on, and show in no
-- other table until the program is updated.
CREATE TABLE newer (
	entry  TEXT NOT NULL PRIMARY KEY,
	record TEXT NOT NULL,
	kind   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX newer_record ON newer (record);
