package server_test

import (
	"testing"

	"plumbline/app/record"
	"plumbline/sync/synctest"
)

// The backup holds the note as well, and is older than the server's first
// refusal: nothing tells the server that it was restored.
func TestAServerRestoredWithItsNoteWritesNoOtherJournalThanLaptopsHave(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	l := o.Laptop()
	refused := func(n int) {
		t.Helper()
		g := synctest.Organization(n)
		l.Keep([]record.Change{{Kind: record.Create, Record: g.ID, Set: map[string]any{"scheme": "uscc", "code": g.Code, "name": g.Name, "fictional": true}}}, nil)
	}
	l.Register()
	l.Sync()
	o.End()
	backup := synctest.CopyFolder(t, o.Folder)
	o.Begin()
	refused(1)
	l.Sync()
	o.End()
	o.Folder = backup
	o.Begin()
	refused(2)
	l.Sync()
	l.Sync()
	if q, err := l.Store.Quarantine(ctx); err != nil || len(q) != 2 {
		t.Errorf("%d in quarantine, %v, want both", len(q), err)
	}
	synctest.Equal(t, l.Store, o.Store)
}
