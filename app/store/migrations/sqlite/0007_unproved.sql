-- +goose Up

-- unproved: seals that do not count, since no published key of the person proves
-- them, or since they do not know the inspection they claim to seal. A key that
-- arrives later has them looked at again.
CREATE TABLE unproved (
	entry  TEXT NOT NULL PRIMARY KEY,
	record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX unproved_record ON unproved (record);

-- Entries that came without their bodies: few, if any.
CREATE INDEX entry_bodiless ON entry (chain, seq) WHERE body IS NULL;
