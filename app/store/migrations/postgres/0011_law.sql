-- +goose Up

-- law_edition: one row for each edition in the authority's library. doc is the
-- edition with who entered and who approved it (JSON).
CREATE TABLE law_edition (
	id  TEXT NOT NULL PRIMARY KEY,
	ref TEXT NOT NULL,
	doc TEXT NOT NULL
);
