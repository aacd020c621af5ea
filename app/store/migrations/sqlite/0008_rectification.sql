-- +goose Up

-- inspection.district: the organization's, as the register had it when the
-- inspection was made, so that lists can be narrowed to it.
ALTER TABLE inspection ADD COLUMN district TEXT NOT NULL DEFAULT '';

-- What the ledger of rectifications is read by: what is open, by its last day.
CREATE INDEX finding_open ON finding (due, id) WHERE state NOT IN ('on_the_spot', 'closed', 'referred', 'carried', 'withdrawn');

-- calendar_year: one row for each year of holidays that the authority has
-- entered; years that the program comes with are not here. doc is the year (JSON).
CREATE TABLE calendar_year (
	id   TEXT NOT NULL PRIMARY KEY,
	year INTEGER NOT NULL,
	doc  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- time_limit: one row for each figure of law that the authority has set, such as
-- days to object. doc says on what it rests (JSON).
CREATE TABLE time_limit (
	id   TEXT NOT NULL PRIMARY KEY,
	name TEXT NOT NULL,
	doc  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
