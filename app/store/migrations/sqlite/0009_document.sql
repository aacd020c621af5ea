-- +goose Up

-- document: one row for each document 文书 on its way through the office: the
-- authority it belongs to, where it stands, and the office's number 文号 (code
-- word, year, place in the year's order; 0 = none yet). issued is the position of
-- the entry that issued it: numbers are given in that order. A void document
-- keeps its row and its number.
CREATE TABLE document (
	id         TEXT NOT NULL PRIMARY KEY,
	authority  TEXT NOT NULL,
	inspection TEXT NOT NULL,
	kind       TEXT NOT NULL,
	state      TEXT NOT NULL,
	word       TEXT NOT NULL,
	year       INTEGER NOT NULL,
	n          INTEGER NOT NULL,
	issued     INTEGER NOT NULL,
	drafted    TEXT NOT NULL,
	doc        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX document_inspection ON document (inspection);
CREATE INDEX document_number ON document (word, year, n);
CREATE INDEX document_waiting ON document (issued) WHERE state = 'issued';
