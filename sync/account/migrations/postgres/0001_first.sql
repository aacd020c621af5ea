-- +goose Up

-- account_fact: facts about this server: the feed's epoch, whether it takes
-- sample data, its public key.
CREATE TABLE account_fact (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
);

-- account_code: one row for each one-time enrolment code. digest is that of
-- the code; the code itself lies nowhere. device is set where the code is for
-- one known device that lost its key.
CREATE TABLE account_code (
	digest    TEXT NOT NULL PRIMARY KEY,
	authority TEXT NOT NULL,
	name      TEXT NOT NULL,
	device    TEXT NOT NULL,
	made      BIGINT NOT NULL,
	expires   BIGINT NOT NULL,
	used      BIGINT NOT NULL
);

-- account_device: one row for each device that was ever enrolled. revoked is
-- when its access ended (unix milliseconds, 0 never).
CREATE TABLE account_device (
	id        TEXT NOT NULL PRIMARY KEY,
	public    BYTEA NOT NULL,
	authority TEXT NOT NULL,
	name      TEXT NOT NULL,
	statement BYTEA NOT NULL,
	signature BYTEA NOT NULL,
	enrolled  BIGINT NOT NULL,
	revoked   BIGINT NOT NULL
);

-- account_scope: under which authorities a device has written. Colleagues
-- there need the headers of all its entries, or its chain would have gaps.
CREATE TABLE account_scope (
	device    TEXT NOT NULL,
	authority TEXT NOT NULL,
	PRIMARY KEY (device, authority)
);

-- account_head: the devices' signatures over their chains, one row for each
-- batch that arrived. They prove what each device wrote, whoever carries it.
CREATE TABLE account_head (
	device    TEXT NOT NULL,
	epoch     TEXT NOT NULL,
	seq       BIGINT NOT NULL,
	hash      TEXT NOT NULL,
	signature BYTEA NOT NULL,
	public    BYTEA NOT NULL,
	received  BIGINT NOT NULL,
	PRIMARY KEY (device, epoch, seq)
);
