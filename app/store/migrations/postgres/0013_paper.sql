-- +goose Up

-- printed: one row for each print that was kept, or made to be signed in ink.
-- code is the beginning of the digest of what stands on its pages, as their QR
-- codes say it ('' before they did). reading is the content of the record that it
-- was printed from; paper the document 文书, '' for a print of the records alone.
CREATE TABLE printed (
	id         TEXT NOT NULL PRIMARY KEY,
	inspection TEXT NOT NULL,
	paper      TEXT NOT NULL,
	kind       TEXT NOT NULL,
	code       TEXT NOT NULL,
	reading    TEXT NOT NULL,
	at         TEXT NOT NULL
);
CREATE INDEX printed_code ON printed (code);

-- scan: one row for each file that came back from paper; doc has its pages with
-- their places, and when it came.
CREATE TABLE scan (
	id        TEXT NOT NULL PRIMARY KEY,
	authority TEXT NOT NULL,
	digest    TEXT NOT NULL,
	doc       TEXT NOT NULL
);

-- scan_page: one row for each page of a scan that has its place: whose it is.
CREATE TABLE scan_page (
	scan       TEXT NOT NULL,
	n          BIGINT NOT NULL,
	inspection TEXT NOT NULL,
	paper      TEXT NOT NULL,
	PRIMARY KEY (scan, n)
);
CREATE INDEX scan_page_inspection ON scan_page (inspection);

-- booking: one row for each run of pre-stamped blank forms 空白文书 that somebody
-- took; doc has what became of each number.
CREATE TABLE booking (
	id        TEXT NOT NULL PRIMARY KEY,
	authority TEXT NOT NULL,
	kind      TEXT NOT NULL,
	doc       TEXT NOT NULL
);
