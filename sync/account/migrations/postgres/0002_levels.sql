-- +goose Up

-- account_code.above: the code is for a server above, which may read everything.
ALTER TABLE account_code ADD COLUMN above BIGINT NOT NULL DEFAULT 0;

-- account_device.scope: '' is a laptop of its authority; 'above' a server above,
-- which reads everything and writes nothing; 'below' a device of the server
-- named in below, which speaks there and not here. A server below, or below
-- that, has no authority.
ALTER TABLE account_device ADD COLUMN scope TEXT NOT NULL DEFAULT '';
ALTER TABLE account_device ADD COLUMN below TEXT NOT NULL DEFAULT '';
