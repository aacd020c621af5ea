-- +goose Up

-- complaint: one row for each complaint or report. due is the day by which the next
-- step is to be taken, '' for none; doc the complaint with its steps (JSON).
CREATE TABLE complaint (
	id           TEXT NOT NULL PRIMARY KEY,
	organization TEXT NOT NULL,
	state        TEXT NOT NULL,
	due          TEXT NOT NULL,
	doc          TEXT NOT NULL
);
CREATE INDEX complaint_organization ON complaint (organization);
