package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
)

// feed hands out cursors into the commit sequence. A database that was restored
// from a backup gives positions out a second time; a laptop that was further
// than the backup would miss entries for ever. So the highest position handed
// out is noted in a file beside the database, and every cursor carries the
// beginning of the hash of the entry it stands at: whichever of the two does
// not fit makes that laptop begin again at 0, which costs time and loses nothing.
// A cursor that we signed and that does not fit proves that the database went
// back, as when the note was restored with it: then the feed begins anew for all.
// Else the cursor of a laptop whose chain a colleague has brought back would fit
// again, and nobody would ask it for its photos.
type feed struct {
	store    *store.Store
	accounts *account.Accounts
	secret   []byte

	mu    sync.Mutex
	epoch string
	note  *os.File
	noted int64
}

// NoteName is the note beside the database: the feed's epoch and the highest
// position ever handed out.
const NoteName = "feed.note"

func openFeed(ctx context.Context, o Options) (*feed, error) {
	known, err := o.Accounts.Fact(ctx, "feed")
	if err != nil {
		return nil, err
	}
	tip, err := o.Store.Tip(ctx)
	if err != nil {
		return nil, err
	}
	secret := hmac.New(sha256.New, o.Accounts.Key().Seed())
	secret.Write([]byte("plumbline cursor secret 1"))
	f := &feed{store: o.Store, accounts: o.Accounts, secret: secret.Sum(nil), epoch: known}
	if f.note, err = os.OpenFile(filepath.Join(o.Folder, NoteName), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, &record.Error{Code: record.ReadOnly, Message: "store.cannot_open", Args: map[string]any{"folder": o.Folder}, Err: err}
	}
	noted, pos := f.readNote()
	_, _, dialect := o.Store.Handle()
	if known == "" || restored(known, tip, noted, pos, dialect) {
		if err := f.anew(ctx, o.Accounts, known, tip); err != nil {
			f.note.Close()
			return nil, err
		}
		if known != "" {
			o.Log.Warn("the database is older than what was handed out: it was restored; laptops will refill it", "tip", tip, "noted", pos)
		}
	} else {
		f.noted = pos
	}
	return f, f.write(f.noted)
}

// restored tells whether the database is not the one that ran last beside this
// note. Several servers on one PostgreSQL have a note each: there only a note of
// this very feed counts.
func restored(known string, tip int64, noted string, pos int64, d store.Dialect) bool {
	if noted != known {
		return d == store.SQLite && (tip > 0 || noted != "")
	}
	return pos > tip
}

// anew begins another feed. Of several servers that notice a restore at one
// moment each begins its own journal anew, and all take the feed that one of
// them began: a laptop may be sent from each to any other.
func (f *feed) anew(ctx context.Context, a *account.Accounts, known string, tip int64) error {
	if known != "" && tip > 0 {
		// Our own journal may have gone on after the backup as well.
		if err := f.store.NewEpoch(ctx); err != nil {
			return err
		}
	}
	var err error
	f.epoch, err = a.SwapFact(ctx, "feed", known, newFeed())
	return err
}

func (f *feed) readNote() (epoch string, pos int64) {
	b := make([]byte, 64)
	n, _ := f.note.ReadAt(b, 0)
	if _, err := fmt.Sscanf(string(b[:n]), "%s %d", &epoch, &pos); err != nil {
		return "", 0 // torn or new: treated as another database's
	}
	return epoch, pos
}

// write replaces the note in place: one short line of fixed length. It never
// goes back within a feed: `plumblined bundle` may run beside the server.
func (f *feed) write(pos int64) error {
	if epoch, had := f.readNote(); epoch == f.epoch && had >= pos {
		f.noted = had
		return nil
	}
	if _, err := f.note.WriteAt(fmt.Appendf(nil, "%s %020d\n", f.epoch, pos), 0); err != nil {
		return fmt.Errorf("server: write note: %w", err)
	}
	f.noted = pos
	return nil
}

func (f *feed) close() error { return f.note.Close() }

// cursor makes the cursor that stands at pos.
func (f *feed) cursor(ctx context.Context, pos int64) (protocol.Cursor, error) {
	c := protocol.Cursor{Feed: f.now(), Pos: pos}
	if pos == 0 {
		return c, nil
	}
	h, err := f.store.EntryHash(ctx, pos)
	if err != nil {
		return c, err
	}
	c.Feed += "." + h.Short()
	c.Feed += "." + f.sign(c)
	f.mu.Lock()
	defer f.mu.Unlock()
	if pos > f.noted {
		return c, f.write(pos)
	}
	return c, nil
}

// start gives where a laptop's cursor goes on: anew is true when it is not of
// this feed and the laptop begins again.
func (f *feed) start(ctx context.Context, c protocol.Cursor) (pos int64, anew bool, err error) {
	if c.Pos <= 0 {
		return 0, false, nil
	}
	parts := append(strings.Split(c.Feed, "."), "", "")
	epoch, hash, proof := parts[0], parts[1], parts[2]
	if now := f.now(); epoch != now {
		// Another server on this database may have begun it.
		if now, err = f.accounts.Fact(ctx, "feed"); err != nil {
			return 0, true, err
		}
		f.become(now)
		if epoch != now {
			return 0, true, nil
		}
	}
	h, err := f.store.EntryHash(ctx, c.Pos)
	if err != nil || h != "" && h.Short() == hash {
		return c.Pos, false, err
	}
	if hmac.Equal([]byte(proof), []byte(f.sign(protocol.Cursor{Feed: epoch + "." + hash, Pos: c.Pos}))) {
		now, err := f.accounts.SwapFact(ctx, "feed", epoch, newFeed())
		if err != nil {
			return 0, true, err
		}
		f.become(now)
	}
	return 0, true, nil
}

// sign gives our word that we made a cursor.
func (f *feed) sign(c protocol.Cursor) string {
	m := hmac.New(sha256.New, f.secret)
	fmt.Fprint(m, c.Feed, " ", c.Pos)
	return hex.EncodeToString(m.Sum(nil)[:8])
}

func newFeed() string { return string(record.NewID("f"))[2:12] }

// now gives the feed's epoch.
func (f *feed) now() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.epoch
}

// become goes over to another epoch; its positions are noted as they are
// handed out.
func (f *feed) become(epoch string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.epoch != epoch {
		f.epoch, f.noted = epoch, 0
	}
}
