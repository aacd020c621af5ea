package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"plumbline/app/blob"
	"plumbline/app/disk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// moveFiles copies the files of the data folder into the buckets, and puts the
// folder aside when all are there. It can be ended at any moment and run again.
func moveFiles(ctx context.Context, s settings, out, errs io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	unlock, err := lockServer(s)
	if err != nil {
		return err
	}
	defer unlock()
	bucket, err := openBucket(ctx, s)
	if err != nil {
		return err
	}
	m := mover{store: h.store, bucket: bucket, told: time.Now(), errs: errs}
	files, moving := filepath.Join(s.data, blob.FolderName), filepath.Join(s.data, movingName)
	for {
		// The folder goes through a name under which nobody writes to it any more, and
		// is read once more there: a bundle may have been read in meanwhile.
		if there(moving) {
			if err := m.all(ctx, moving, s.damaged); err != nil {
				return err
			}
			to := unused(filepath.Join(s.data, movedName))
			if err := disk.Rename(moving, to); err != nil {
				return fmt.Errorf("put folder aside: %w", err)
			}
			fmt.Fprintf(errs, "%s was put aside. Remove it once the server works with the buckets and a backup of them is made:\n"+
				"it needs room, and files destroyed later by two persons stay readable in copies of it.\n", to)
			continue
		}
		if !there(files) {
			break
		}
		if err := m.all(ctx, files, s.damaged); err != nil {
			return err
		}
		if err := h.accounts.SetFact(ctx, filesFact, inBucket); err != nil {
			return err
		}
		if err := disk.Rename(files, moving); err != nil {
			return fmt.Errorf("put folder aside: %w", err)
		}
	}
	fmt.Fprintf(out, "%d files copied, %d were in the bucket already, %d left behind damaged, %d destroyed ones not copied\n",
		m.copied, m.were, m.broken, m.gone)
	return nil
}

func there(folder string) bool {
	_, err := os.Stat(folder)
	return !errors.Is(err, fs.ErrNotExist)
}

// unused gives the name, or the first with a number that nothing has.
func unused(name string) string {
	free := name
	for n := 2; there(free); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}

// copiersAtOnce is how many files travel at the same time.
const copiersAtOnce = 4

// mover copies files from a folder to a bucket and counts them.
type mover struct {
	store  *store.Store
	bucket blob.Store
	errs   io.Writer

	mu           sync.Mutex
	seen         map[record.Hash]bool // in an earlier pass of this run
	copied, were int
	broken, gone int
	damaged      int // in this pass
	bytes        int64
	told         time.Time
}

// all copies every file of a folder that is not in the bucket. Damaged ones,
// unless they may be left, are an error at the end.
func (m *mover) all(ctx context.Context, path string, leave bool) error {
	folder, err := blob.Open(path)
	if err != nil {
		return err
	}
	var list []blob.Held
	var total int64
	err = folder.List(ctx, func(h blob.Held) error {
		if !h.Part {
			list, total = append(list, h), total+h.Size
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.damaged, m.bytes = 0, 0
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan blob.Held)
	var all sync.WaitGroup
	for range copiersAtOnce {
		all.Go(func() {
			for h := range next {
				if err := m.one(ctx, folder, h.Digest); err != nil {
					stop(err)
				}
				m.tell(h.Size, total, len(list))
			}
		})
	}
	for _, h := range list {
		if ctx.Err() != nil {
			break
		}
		next <- h
	}
	close(next)
	all.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if m.damaged > 0 && !leave {
		return &record.Error{Code: record.Broken, Message: "server.move_damaged", Args: map[string]any{"count": m.damaged, "folder": path}}
	}
	return nil
}

// one copies a file, checking its digest on the way.
func (m *mover) one(ctx context.Context, folder *blob.Folder, d record.Hash) error {
	if ctx.Err() != nil {
		return nil
	}
	destroyed, err := m.store.IsDestroyed(ctx, d)
	if err != nil {
		return err
	}
	if _, err := folder.Size(d); destroyed || record.CodeOf(err) == record.NotFound {
		m.count(d, &m.gone)
		return nil
	}
	_, err = m.bucket.Size(d)
	switch c := record.CodeOf(err); {
	case err == nil:
		m.count(d, &m.were)
		return nil
	case c != record.NotFound && c != record.Broken:
		return err
	}
	r, err := folder.Open(d)
	if err == nil {
		_, err = m.bucket.PutAs(ctx, d, r)
		err = errors.Join(err, r.Close())
	}
	switch record.CodeOf(err) {
	case record.Broken:
		m.count(d, &m.broken)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.damaged++
		fmt.Fprintf(m.errs, "%s: %s\n", d, say(err))
		return nil
	case record.NotFound:
		m.count(d, &m.gone) // destroyed this moment
		return nil
	}
	if err == nil {
		m.count(d, &m.copied)
	}
	return err
}

// count counts a file once, however often it is met.
func (m *mover) count(d record.Hash, what *int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.seen = map[record.Hash]bool{}
	}
	if !m.seen[d] {
		m.seen[d] = true
		*what++
	}
}

// tell says every second how far it is.
func (m *mover) tell(size, total int64, files int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bytes += size
	if time.Since(m.told) < time.Second {
		return
	}
	m.told = time.Now()
	fmt.Fprintf(m.errs, "%d of %d files, %d of %d MB\n", len(m.seen), files, m.bytes>>20, total>>20)
}
