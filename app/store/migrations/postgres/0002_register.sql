-- +goose Up

-- organization: one row for each organization in a register, as it stands. n is
-- the position of the entry that brought it here: entry's index by record finds
-- it, and the register keeps the order in which it came. doc is the whole record
-- (JSON).
DROP TABLE organization;
CREATE TABLE organization (
	n         BIGINT NOT NULL PRIMARY KEY,
	id        TEXT NOT NULL,
	authority TEXT NOT NULL,
	code      TEXT NOT NULL,
	name      TEXT NOT NULL,
	kind      TEXT NOT NULL,
	doc       TEXT NOT NULL
);
