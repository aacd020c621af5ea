-- +goose Up

-- organization: one row for each organization in a register, as it stands. n is
-- the position of the entry that brought it here: entry's index by record finds
-- it, and the register keeps the order in which it came. doc is the whole record
-- (JSON).
DROP TABLE organization;
CREATE TABLE organization (
	n         INTEGER NOT NULL PRIMARY KEY,
	id        TEXT NOT NULL,
	authority TEXT NOT NULL,
	code      TEXT NOT NULL,
	name      TEXT NOT NULL,
	kind      TEXT NOT NULL,
	doc       TEXT NOT NULL
) STRICT;

-- organization_search: the characters of an organization's names, code and
-- legal representative, one by one and in pairs, so that one or two Chinese
-- characters find it at once. They come in lower case and between spaces.
DROP TABLE organization_search;
CREATE VIRTUAL TABLE organization_search USING fts5 (
	grams, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'"
);
-- What a batch of an import gathers goes to the disk in one piece.
INSERT INTO organization_search (organization_search, rank) VALUES ('hashsize', 33554432);
