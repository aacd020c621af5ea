// Package journal is the append-only, hash-chained, signed journal of changes.
// The journal is the save, the audit trail, the thing that syncs, the USB
// bundle, the evidence, and what all tables are rebuilt from. README.md is the
// normative description; testdata/vectors.json holds vectors that fail when
// code and text part.
package journal
