package client_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"plumbline/app/store"
	"plumbline/sync/client"
)

type quarantine struct {
	t *testing.T
	s *store.Store
}

// Quarantine tells how many entries are in quarantine, and why the first is.
func (q quarantine) Quarantine() (int, string) {
	list, err := q.s.Quarantine(ctx)
	if err != nil {
		q.t.Fatal(err)
	}
	if len(list) == 0 {
		return 0, ""
	}
	return len(list), list[0].Message
}

func inspectionsOf() store.InspectionFilter { return store.InspectionFilter{} }

func removeAll(t *testing.T, folder, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(folder, name)); err != nil {
		t.Fatal(err)
	}
}

// contextThatEndsAfterFiles gives a context that ends once so many files of a
// bundle are written.
func contextThatEndsAfterFiles(n int) (context.Context, func(client.Progress)) {
	c, cancel := context.WithCancel(context.Background())
	return c, func(p client.Progress) {
		if p.Files >= n {
			cancel()
		}
	}
}
