package desk

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"plumbline/app/blob"
	"plumbline/app/checklist"
	"plumbline/app/record"
	"plumbline/app/store"
)

// Database opens and copies database files; cmd hands over sqlite's functions,
// so that nothing else knows the driver.
type Database struct {
	Open   func(ctx context.Context, folder string, o store.Options) (*store.Store, error)
	Backup func(ctx context.Context, folder, to string) error
	Check  func(ctx context.Context, path string) error
}

// Desk is an open data folder.
type Desk struct {
	Store *store.Store
	Files *blob.Folder

	folder   string
	database Database
	lock     *flock.Flock
	now      func() time.Time
	parsed   sync.Map // record.Hash → checklist.Checklist

	filled   sync.Mutex
	fillings map[record.ID]*checklist.Filling // of the inspections last worked on
}

// Options are what tests change.
type Options struct {
	Now func() time.Time // the clock; nil means time.Now
}

const (
	filesName = blob.FolderName
	keysName  = "keys"
	lockName  = "lock"
)

// DefaultFolder is where this user's data lies when nobody says otherwise.
func DefaultFolder() string {
	if base, err := os.UserConfigDir(); err == nil {
		return filepath.Join(base, "Plumbline")
	}
	return "Plumbline"
}

// Open opens the data folder, making it if need be. Other programs may have it
// open too; while one restores it, Open fails with record.Busy.
func Open(ctx context.Context, folder string, db Database, o Options) (*Desk, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := mendRestore(folder); err != nil {
		return nil, err
	}
	lock, err := enter(folder, false)
	if err != nil {
		return nil, err
	}
	d := &Desk{folder: folder, database: db, lock: lock, now: o.Now}
	if d.Store, err = db.Open(ctx, folder, store.Options{Now: o.Now}); err != nil {
		lock.Close()
		return nil, err
	}
	if d.Files, err = blob.Open(filepath.Join(folder, filesName)); err != nil {
		return nil, errors.Join(err, d.Store.Close(), lock.Close())
	}
	// What was approved to be destroyed and could not be dropped then.
	if err := d.Store.DropFiles(ctx, d.Files.Drop); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close closes the folder.
func (d *Desk) Close() error {
	return errors.Join(d.Store.Close(), d.lock.Close())
}

// Folder gives the path of the data folder.
func (d *Desk) Folder() string { return d.folder }

// mendRestore finishes a restore that was cut off while it swapped old data
// for new. The folder would hold some of both.
func mendRestore(folder string) error {
	if !swapWaits(folder) {
		return nil
	}
	lock, err := enter(folder, true)
	if err != nil {
		return err
	}
	defer lock.Close()
	if !swapWaits(folder) {
		return nil // another program did it
	}
	_, err = finishSwap(folder)
	return err
}

// enter makes the folder and takes its lock, shared or alone.
func enter(folder string, alone bool) (*flock.Flock, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, folderFault(folder, err)
	}
	lock := flock.New(filepath.Join(folder, lockName))
	take := lock.TryRLock
	if alone {
		take = lock.TryLock
	}
	ok, err := take()
	if err != nil {
		lock.Close()
		return nil, folderFault(folder, err)
	}
	if !ok {
		lock.Close()
		return nil, &record.Error{Code: record.Busy, Message: "desk.folder_busy", Args: map[string]any{"folder": folder}}
	}
	return lock, nil
}

func folderFault(folder string, err error) error {
	code, message := record.ReadOnly, "store.cannot_open"
	switch {
	case errors.Is(err, fs.ErrPermission):
		message = "store.read_only"
	case store.NoRoom(err):
		code, message = record.Full, "store.full"
	}
	return &record.Error{Code: code, Message: message, Args: map[string]any{"folder": folder}, Err: err}
}
