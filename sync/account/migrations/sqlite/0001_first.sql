-- +goose Up

-- account_fact: facts about this server: the feed's epoch, whether it takes
-- sample data, its public key.
CREATE TABLE account_fact (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- account_code: one row for each one-time enrolment code. digest is that of
-- the code; the code itself lies nowhere. device is set where the code is for
-- one known device that lost its key.
CREATE TABLE account_code (
	digest    TEXT NOT NULL PRIMARY KEY,
	authority TEXT NOT NULL,
	name      TEXT NOT NULL,
	device    TEXT NOT NULL,
	made      INTEGER NOT NULL,
	expires   INTEGER NOT NULL,
	used      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- account_device: one row for each device that was ever enrolled. revoked is
-- when its access ended (unix milliseconds, 0 never).
CREATE TABLE account_device (
	id        TEXT NOT NULL PRIMARY KEY,
	public    BLOB NOT NULL,
	authority TEXT NOT NULL,
	name      TEXT NOT NULL,
	statement BLOB NOT NULL,
	signature BLOB NOT NULL,
	enrolled  INTEGER NOT NULL,
	revoked   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- account_scope: under which authorities a device has written. Colleagues
-- there need the headers of all its entries, or its chain would have gaps.
CREATE TABLE account_scope (
	device    TEXT NOT NULL,
	authority TEXT NOT NULL,
	PRIMARY KEY (device, authority)
) STRICT, WITHOUT ROWID;

-- account_head: the devices' signatures over their chains, one row for each
-- batch that arrived. They prove what each device wrote, whoever carries it.
CREATE TABLE account_head (
	device    TEXT NOT NULL,
	epoch     TEXT NOT NULL,
	seq       INTEGER NOT NULL,
	hash      TEXT NOT NULL,
	signature BLOB NOT NULL,
	public    BLOB NOT NULL,
	received  INTEGER NOT NULL,
	PRIMARY KEY (device, epoch, seq)
) STRICT, WITHOUT ROWID;
