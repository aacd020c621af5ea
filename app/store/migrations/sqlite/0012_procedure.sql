-- +goose Up

-- procedure: one row for each inspection of which the office has recorded
-- something. stage is where it stands; due the day by which what follows is to be
-- done, '' for none; doc the procedure with its steps (JSON).
CREATE TABLE procedure (
	id         TEXT NOT NULL PRIMARY KEY,
	inspection TEXT NOT NULL,
	stage      TEXT NOT NULL,
	due        TEXT NOT NULL,
	doc        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX procedure_inspection ON procedure (inspection);

-- role_grant: one row for each role that a person has or had at the authority. doc
-- says since when and by whom (JSON).
CREATE TABLE role_grant (
	person TEXT NOT NULL,
	role   TEXT NOT NULL,
	doc    TEXT NOT NULL,
	PRIMARY KEY (person, role)
) STRICT, WITHOUT ROWID;
