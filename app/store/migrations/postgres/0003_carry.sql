-- +goose Up

-- signed_head: a device's own word on its chain up to and including seq, as it
-- came with the entries: whoever carries the chain further needs it.
CREATE TABLE signed_head (
	device    TEXT NOT NULL,
	epoch     TEXT NOT NULL,
	seq       BIGINT NOT NULL,
	hash      TEXT NOT NULL,
	signature BYTEA NOT NULL,
	PRIMARY KEY (device, epoch, seq)
);

-- device_certificate: whose key a device's signatures are to be checked with,
-- by the server's word (JSON of the statement, and the server's signature).
CREATE TABLE device_certificate (
	device    TEXT NOT NULL PRIMARY KEY,
	statement BYTEA NOT NULL,
	signature BYTEA NOT NULL
);

-- carried: chains of other devices that came here past the server, in a
-- bundle. confirmed is the server's durable watermark as far as we know it.
CREATE TABLE carried (
	device    TEXT NOT NULL,
	epoch     TEXT NOT NULL,
	confirmed BIGINT NOT NULL,
	PRIMARY KEY (device, epoch)
);
