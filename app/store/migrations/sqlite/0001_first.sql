-- +goose Up

-- meta: facts about this data folder: authority, device, epoch, projection version.
CREATE TABLE meta (
	key   TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- stream: the commit sequence. It is raised inside the transaction that uses
-- it, so a reader who has seen position n has seen everything before n.
CREATE TABLE stream (
	name TEXT NOT NULL PRIMARY KEY,
	head INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO stream (name, head) VALUES ('entries', 0);

-- chain: one row for each life (epoch) of each device's journal; seq and hash
-- are its contiguous head: everything up to seq is here.
CREATE TABLE chain (
	id     INTEGER NOT NULL PRIMARY KEY,
	device TEXT NOT NULL,
	epoch  TEXT NOT NULL,
	seq    INTEGER NOT NULL,
	hash   TEXT NOT NULL,
	hlc    INTEGER NOT NULL,
	UNIQUE (device, epoch)
) STRICT;

-- entry: one row for each journal entry, for ever. header is the exact bytes;
-- body is salt and body sealed under key. A body that was withheld is NULL; one
-- that was destroyed has lost its key.
CREATE TABLE entry (
	pos       INTEGER NOT NULL PRIMARY KEY,
	chain     INTEGER NOT NULL REFERENCES chain (id),
	seq       INTEGER NOT NULL,
	authority TEXT NOT NULL,
	hash      TEXT NOT NULL,
	kind      TEXT NOT NULL,
	record    TEXT NOT NULL,
	header    BLOB NOT NULL,
	body      BLOB,
	key       BLOB,
	received  INTEGER NOT NULL,
	bulk      INTEGER NOT NULL,
	UNIQUE (chain, seq)
) STRICT;
CREATE INDEX entry_record ON entry (record, bulk, pos);

-- field: one row for each path that was written on its own or more than once.
-- cell holds the full state (all values, JSON) where it is more than one plain
-- value; conflict marks paths with different values nobody has settled.
CREATE TABLE field (
	record   TEXT NOT NULL,
	path     TEXT NOT NULL,
	value    TEXT NOT NULL,
	entry    TEXT NOT NULL,
	actor    TEXT NOT NULL,
	hlc      INTEGER NOT NULL,
	conflict INTEGER NOT NULL DEFAULT 0,
	cell     TEXT,
	PRIMARY KEY (record, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX field_conflict ON field (record, path) WHERE conflict = 1;

-- organization: one row for each organization in a register, as it stands.
-- doc is the whole record (JSON).
CREATE TABLE organization (
	n                    INTEGER NOT NULL PRIMARY KEY,
	id                   TEXT NOT NULL UNIQUE,
	authority            TEXT NOT NULL,
	code                 TEXT NOT NULL,
	name                 TEXT NOT NULL,
	kind                 TEXT NOT NULL,
	doc                  TEXT NOT NULL
) STRICT;

-- organization_search: the characters of an organization's names, code and
-- legal representative, one by one and in pairs, so that one or two Chinese
-- characters find it at once.
CREATE VIRTUAL TABLE organization_search USING fts5 (
	grams, content='', contentless_delete=1, detail=none, tokenize="unicode61 remove_diacritics 0 tokenchars '_'"
);

-- inspector: one row for each person with an enforcement certificate.
CREATE TABLE inspector (
	id          TEXT NOT NULL PRIMARY KEY,
	certificate TEXT NOT NULL,
	name        TEXT NOT NULL,
	doc         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inspector_certificate ON inspector (certificate);

-- checklist: one row for each checklist version an inspection was made with.
CREATE TABLE checklist (
	digest  TEXT NOT NULL PRIMARY KEY,
	id      TEXT NOT NULL,
	version TEXT NOT NULL,
	content TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- inspection: one row for each visit, for lists; the whole is in field.
-- sealed is the entry of the seal, '' before it.
CREATE TABLE inspection (
	id                TEXT NOT NULL PRIMARY KEY,
	authority         TEXT NOT NULL,
	organization      TEXT NOT NULL,
	organization_name TEXT NOT NULL,
	code              TEXT NOT NULL,
	checklist         TEXT NOT NULL,
	kind              TEXT NOT NULL,
	number            TEXT NOT NULL,
	state             TEXT NOT NULL,
	planned_on        TEXT NOT NULL,
	started_at        TEXT NOT NULL,
	sealed            TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inspection_planned ON inspection (planned_on, id);
CREATE INDEX inspection_organization ON inspection (organization);

-- finding: one row for each way an organization fell short at one sealed
-- inspection. Citations in doc are pinned to the edition in force on the visit
-- date, so a later amendment of the law changes no old finding.
CREATE TABLE finding (
	id           TEXT NOT NULL PRIMARY KEY,
	inspection   TEXT NOT NULL,
	organization TEXT NOT NULL,
	severity     TEXT NOT NULL,
	state        TEXT NOT NULL,
	due          TEXT NOT NULL,
	doc          TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_inspection ON finding (inspection);
CREATE INDEX finding_organization ON finding (organization);

-- file: one row for each file that some entry names. here: the bytes are in
-- this data folder; receipt: when the server said they are durable there (unix
-- milliseconds, 0 never).
CREATE TABLE file (
	digest     TEXT NOT NULL PRIMARY KEY,
	size       INTEGER NOT NULL,
	media      TEXT NOT NULL,
	inspection TEXT NOT NULL,
	original   INTEGER NOT NULL,
	here       INTEGER NOT NULL DEFAULT 0,
	receipt    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX file_open ON file (digest) WHERE here = 1 AND receipt = 0;

-- late: entries on a sealed inspection that the seal had not seen. They count
-- only once an amendment takes them up.
CREATE TABLE late (
	entry  TEXT NOT NULL PRIMARY KEY,
	record TEXT NOT NULL,
	pos    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- quarantine: entries the server refused, with its reason. They are kept, on
-- both sides, but do not show in any other table.
CREATE TABLE quarantine (
	entry   TEXT NOT NULL PRIMARY KEY,
	device  TEXT NOT NULL,
	epoch   TEXT NOT NULL,
	seq     INTEGER NOT NULL,
	record  TEXT NOT NULL,
	code    TEXT NOT NULL,
	message TEXT NOT NULL,
	args    TEXT NOT NULL,
	wall    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- draft: text being typed, not yet an entry. A crash loses at most the last half second.
CREATE TABLE draft (
	record TEXT NOT NULL,
	path   TEXT NOT NULL,
	value  TEXT NOT NULL,
	at     INTEGER NOT NULL,
	PRIMARY KEY (record, path)
) STRICT, WITHOUT ROWID;

-- setting: choices of the people at this laptop: language, who I am …
CREATE TABLE setting (
	key   TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- remote: the server this laptop is enrolled with and how far each side has
-- come. confirmed is the server's contiguous durable watermark of our journal.
CREATE TABLE remote (
	url          TEXT NOT NULL PRIMARY KEY,
	server       TEXT NOT NULL,
	server_epoch TEXT NOT NULL,
	server_key   TEXT NOT NULL,
	cursor       INTEGER NOT NULL,
	confirmed    INTEGER NOT NULL,
	contact      INTEGER NOT NULL,
	tried        INTEGER NOT NULL,
	problem      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
