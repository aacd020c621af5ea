-- +goose Up

-- plan: one row for each plan of inspections, as drafted, approved, frozen, drawn
-- and published; one that was given up keeps its row, and its commitment's code
-- if it had one. doc is the plan without its frozen lists, which stay in the
-- journal.
CREATE TABLE plan (
	id        TEXT NOT NULL PRIMARY KEY,
	authority TEXT NOT NULL,
	state     TEXT NOT NULL,
	year      BIGINT NOT NULL,
	title     TEXT NOT NULL,
	doc       TEXT NOT NULL
);
