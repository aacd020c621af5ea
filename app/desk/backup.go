package desk

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"plumbline/app/disk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// backupNote is the first file in a backup: what it is and what belongs to it.
type backupNote struct {
	Format string                 `json:"format"`
	At     string                 `json:"at"`
	Device record.ID              `json:"device"`
	Files  map[string]record.Hash `json:"files"`
}

const (
	backupFormat = "plumbline-backup/1"
	noteName     = "backup.json"
)

// BackupProgress is how far a backup or restore has come, in bytes.
type BackupProgress struct{ Done, Total int64 }

// Backup writes the whole data folder into one new file: a consistent copy of
// the database, all files and keys. Work may go on meanwhile. The file appears
// under its name only when it is whole.
func (d *Desk) Backup(ctx context.Context, to string, progress func(BackupProgress)) error {
	if _, err := os.Stat(to); err == nil {
		return &record.Error{Code: record.Invalid, Message: "backup.exists", Field: "file", Args: map[string]any{"file": to}}
	}
	// Both the copy of the database and the backup lie where there must be room
	// anyway: a full laptop can still be backed up to another disk.
	work, err := os.MkdirTemp(filepath.Dir(to), ".plumbline-backup-*")
	if err != nil {
		return backupFault(to, err)
	}
	defer os.RemoveAll(work)
	copied := filepath.Join(work, store.FileName)
	if err := d.database.Backup(ctx, d.folder, copied); err != nil {
		return backupFault(to, err)
	}
	out, err := os.Create(filepath.Join(work, "backup"))
	if err != nil {
		return backupFault(to, err)
	}
	err = d.writeBackup(ctx, out, copied, progress)
	err = errors.Join(err, out.Sync(), out.Close())
	if err == nil {
		err = disk.Rename(out.Name(), to)
	}
	if err != nil {
		return backupFault(to, err)
	}
	err = d.Store.SetSetting(ctx, "backup.last", d.stamp())
	if code := record.CodeOf(err); code == record.Full || code == record.ReadOnly {
		return nil // the backup is whole; only the reminder to make one comes too early
	}
	return err
}

func backupFault(to string, err error) error {
	var known *record.Error
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, fs.ErrPermission):
		return &record.Error{Code: record.ReadOnly, Message: "backup.read_only", Field: "file", Args: map[string]any{"file": to}, Err: err}
	case errors.Is(err, fs.ErrNotExist):
		return &record.Error{Code: record.NotFound, Message: "backup.no_folder", Field: "file", Args: map[string]any{"file": to}, Err: err}
	case store.NoRoom(err):
		return &record.Error{Code: record.Full, Message: "backup.full", Field: "file", Args: map[string]any{"file": to}, Err: err}
	}
	return fmt.Errorf("desk: back up: %w", err)
}

func (d *Desk) writeBackup(ctx context.Context, out io.Writer, database string, progress func(BackupProgress)) error {
	paths := map[string]string{store.FileName: database}
	var total int64
	for _, part := range []string{filesName, keysName} {
		err := filepath.WalkDir(filepath.Join(d.folder, part), func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err == nil && e.IsDir() && e.Name() == "parts" {
				return fs.SkipDir // files still arriving come again
			}
			if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".") {
				return err
			}
			rel, err := filepath.Rel(d.folder, path)
			if err != nil {
				return err
			}
			paths[filepath.ToSlash(rel)] = path
			return nil
		})
		if err != nil {
			return err
		}
	}
	note := backupNote{Format: backupFormat, At: d.stamp(), Device: d.Store.Self().Device, Files: map[string]record.Hash{}}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
		}
	}
	z := zip.NewWriter(out)
	done := int64(0)
	for name, path := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, n, err := addFile(z, name, path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a temporary file that is gone again
		}
		if err != nil {
			return err
		}
		note.Files[name] = h
		if done += n; progress != nil {
			progress(BackupProgress{done, total})
		}
	}
	b, err := json.MarshalIndent(note, "", "\t")
	if err != nil {
		return err
	}
	w, err := z.Create(noteName)
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	return z.Close()
}

func addFile(z *zip.Writer, name, path string) (record.Hash, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: time.Unix(0, 0).UTC()})
	if err != nil {
		return "", 0, err
	}
	return copyHashing(w, f)
}

// Restore puts a backup into a data folder. What the folder held before is
// moved aside, never deleted: its path is returned ("" when it was empty). The
// restored laptop starts a new epoch of its journal, so that entries it wrote
// after the backup cannot be mistaken for new ones; the next sync brings those
// back that the server has.
func Restore(ctx context.Context, folder, from string, db Database, progress func(BackupProgress)) (aside string, err error) {
	z, err := zip.OpenReader(from)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", &record.Error{Code: record.NotFound, Message: "backup.not_found", Field: "file", Args: map[string]any{"file": from}, Err: err}
		}
		return "", notABackup(from, err)
	}
	defer z.Close()
	note, err := readNote(&z.Reader)
	if err != nil {
		return "", notABackup(from, err)
	}
	lock, err := enter(folder, true)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if swapWaits(folder) {
		if _, err := finishSwap(folder); err != nil {
			return "", err
		}
	}
	fresh, err := os.MkdirTemp(folder, ".restore-*")
	if err != nil {
		return "", folderFault(folder, err)
	}
	defer os.RemoveAll(fresh)
	if err := unpack(ctx, &z.Reader, note, fresh, progress); err != nil {
		if store.NoRoom(err) || errors.Is(err, fs.ErrPermission) {
			return "", folderFault(folder, err)
		}
		return "", notABackup(from, err)
	}
	if err := db.Check(ctx, filepath.Join(fresh, store.FileName)); err != nil {
		return "", notABackup(from, err)
	}
	s, err := db.Open(ctx, fresh, store.Options{})
	if err != nil {
		return "", err
	}
	// A backup may be older than a destruction: what was destroyed stays so.
	if err := errors.Join(s.DestroyAgain(ctx, destroyedIn(ctx, folder, db)), s.NewEpoch(ctx), s.Close()); err != nil {
		return "", err
	}
	return swap(folder, fresh)
}

// destroyedIn gives what is known as destroyed in a folder that is about to be
// replaced. One that cannot be read any more tells nothing; the next sync does.
func destroyedIn(ctx context.Context, folder string, db Database) []store.Destroyed {
	if _, err := os.Stat(filepath.Join(folder, store.FileName)); err != nil {
		return nil
	}
	s, err := db.Open(ctx, folder, store.Options{})
	if err != nil {
		return nil
	}
	defer s.Close()
	list, err := s.AllDestroyed(ctx)
	if err != nil {
		return nil
	}
	return list
}

func notABackup(from string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &record.Error{Code: record.Broken, Message: "backup.broken", Field: "file", Args: map[string]any{"file": from}, Err: err}
}

func readNote(z *zip.Reader) (backupNote, error) {
	var note backupNote
	f, err := z.Open(noteName)
	if err != nil {
		return note, err
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, 64<<20)).Decode(&note); err != nil {
		return note, err
	}
	if note.Format != backupFormat || note.Files[store.FileName] == "" {
		return note, fmt.Errorf("desk: format %q", note.Format)
	}
	return note, nil
}

// unpack writes every file the note names and checks its digest. Names that
// lead out of the folder are refused by os.Root.
func unpack(ctx context.Context, z *zip.Reader, note backupNote, folder string, progress func(BackupProgress)) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	var total, done int64
	for _, f := range z.File {
		total += int64(f.UncompressedSize64)
	}
	for name, want := range note.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		in, err := z.Open(name)
		if err != nil {
			return err
		}
		if dir := filepath.Dir(filepath.FromSlash(name)); dir != "." {
			if err := root.MkdirAll(dir, 0o700); err != nil {
				in.Close()
				return err
			}
		}
		out, err := root.OpenFile(filepath.FromSlash(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			in.Close()
			return err
		}
		got, n, err := copyHashing(out, in)
		err = errors.Join(err, out.Sync(), out.Close(), in.Close())
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("desk: %s in the backup has changed", name)
		}
		if done += n; progress != nil {
			progress(BackupProgress{done, total})
		}
	}
	return nil
}

// A restore that is unpacked and checked waits under readyName until it is
// swapped in. The name changes when all that was there before is aside, so that
// a swap which was cut off is finished by whoever opens the folder next.
const (
	readyName  = ".restore-ready"  // what is in the folder goes aside, then this moves in
	movingName = ".restore-moving" // what is in the folder is new already
	asidePlace = "aside"           // a file in it that names the folder for what was there
)

// swap moves what the folder held aside and the fresh data in.
func swap(folder, fresh string) (aside string, err error) {
	name, err := asideName(folder)
	if err != nil {
		return "", err
	}
	if err := WriteFile(filepath.Join(fresh, asidePlace), []byte(name)); err != nil {
		return "", folderFault(folder, err)
	}
	if err := disk.Rename(fresh, filepath.Join(folder, readyName)); err != nil {
		return "", folderFault(folder, err)
	}
	return finishSwap(folder)
}

// swapWaits tells whether a restore was cut off in its swap.
func swapWaits(folder string) bool {
	for _, name := range []string{readyName, movingName} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return true
		}
	}
	return false
}

// finishSwap goes on with a swap from wherever it stands. The caller has the
// folder's lock to itself. It returns where the old data went, "" when there
// was none.
func finishSwap(folder string) (aside string, err error) {
	ready, moving := filepath.Join(folder, readyName), filepath.Join(folder, movingName)
	if _, err := os.Stat(ready); err == nil {
		if err := putAside(folder, ready); err != nil {
			return "", folderFault(folder, err)
		}
		if err := disk.Rename(ready, moving); err != nil {
			return "", folderFault(folder, err)
		}
	}
	name, err := os.ReadFile(filepath.Join(moving, asidePlace))
	if err != nil {
		return "", folderFault(folder, err)
	}
	parts, err := os.ReadDir(moving)
	if err != nil {
		return "", folderFault(folder, err)
	}
	for _, e := range parts {
		if e.Name() == asidePlace {
			continue // the last to go: it makes this folder a swap
		}
		if err := disk.Rename(filepath.Join(moving, e.Name()), filepath.Join(folder, e.Name())); err != nil {
			return "", folderFault(folder, err)
		}
	}
	if err := os.RemoveAll(moving); err != nil {
		return "", folderFault(folder, err)
	}
	aside = filepath.Join(folder, filepath.Base(string(name)))
	if os.Remove(aside) == nil {
		return "", nil // it was empty
	}
	return aside, nil
}

// putAside moves everything that was in the folder before to the place that
// the swap names.
func putAside(folder, ready string) error {
	name, err := os.ReadFile(filepath.Join(ready, asidePlace))
	if err != nil {
		return err
	}
	aside := filepath.Join(folder, filepath.Base(string(name)))
	old, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range old {
		if e.Name() == lockName || strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), asidePrefix) {
			continue
		}
		if err := disk.Rename(filepath.Join(folder, e.Name()), filepath.Join(aside, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

const asidePrefix = "before-restore-"

// asideName makes the folder that what was there before goes to.
func asideName(folder string) (string, error) {
	day := asidePrefix + time.Now().Format("20060102-150405")
	name := day
	for n := 2; ; n++ {
		err := os.Mkdir(filepath.Join(folder, name), 0o700)
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", folderFault(folder, err)
		}
		name = fmt.Sprintf("%s-%d", day, n)
	}
}
