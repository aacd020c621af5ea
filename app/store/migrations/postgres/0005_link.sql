-- +goose Up

-- link: one row for each server below that this server pulls from. feed and
-- cursor say how far, and change in the transaction that stores what came.
-- behind is how far its feed goes on after that, as it told last; lost counts
-- entries of its laptops that are here and that it has no more.
CREATE TABLE link (
	server  TEXT NOT NULL PRIMARY KEY,
	url     TEXT NOT NULL,
	key     TEXT NOT NULL,
	feed    TEXT NOT NULL,
	cursor  BIGINT NOT NULL,
	contact BIGINT NOT NULL,
	tried   BIGINT NOT NULL,
	problem TEXT NOT NULL,
	detail  TEXT NOT NULL,
	behind  BIGINT NOT NULL,
	lost    BIGINT NOT NULL
);

-- What entries name and is not here: at a province, the originals of all its
-- counties' photos, among which the few small copies must be found each minute.
CREATE INDEX file_away ON file (original, digest) WHERE here = 0;
