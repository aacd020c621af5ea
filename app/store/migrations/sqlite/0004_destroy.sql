-- +goose Up

-- destruction: one row for each request to destroy unlawful content. state is
-- open, rejected, unproved (approved, but a signature does not verify here yet)
-- or done. doc is the whole record (JSON of its public part).
CREATE TABLE destruction (
	id         TEXT NOT NULL PRIMARY KEY,
	inspection TEXT NOT NULL,
	state      TEXT NOT NULL,
	doc        TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- destroyed: what two persons approved to destroy, by the digest of the entry
-- or file and the authority whose persons they are, whether or not it ever came
-- here. stand is what counts in an entry's
-- place (JSON), '' for a file. kept: known from before a restore, so that the
-- restored tables cannot forget it.
CREATE TABLE destroyed (
	name        TEXT NOT NULL,
	destruction TEXT NOT NULL,
	authority   TEXT NOT NULL,
	record      TEXT NOT NULL,
	stand       TEXT NOT NULL,
	kept        INTEGER NOT NULL DEFAULT 0,
	dropped     INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (name, authority)
) STRICT, WITHOUT ROWID;
