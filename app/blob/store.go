package blob

import (
	"context"
	"io"
	"time"

	"plumbline/app/record"
)

// Store keeps files by the digest of their bytes: Folder on a disk, s3.Store in
// a bucket. A file is there only when all its bytes are, durably, and have the
// digest that is its name; until then it is a part, which can be resumed by
// anybody who has the store open, also another program. Every file is encrypted
// under a key of its own; dropping the key destroys it. A Store is safe for many
// goroutines.
//
// Errors for people are *record.Error: Invalid for what is no digest, NotFound,
// Broken for bytes that are not what their name promises, Conflict for a part
// that goes on elsewhere, TooLarge, Full, ReadOnly, and Busy when the store
// cannot be reached at the moment.
type Store interface {
	// Put keeps the bytes of r and gives their digest and size. They are durable
	// when it returns. The same bytes twice are one file.
	Put(ctx context.Context, r io.Reader) (record.File, error)
	// PutAs is Put for bytes whose digest is known; others are record.Broken.
	PutAs(ctx context.Context, d record.Hash, r io.Reader) (record.File, error)

	// Has tells whether the whole file is here and has its key.
	Has(d record.Hash) bool
	// Size tells the length of a file in bytes.
	Size(d record.Hash) (int64, error)
	// Open opens a file for reading, from any place.
	Open(d record.Hash) (*Reader, error)
	// Digest reads a whole file and gives the digest of what is there.
	Digest(d record.Hash) (record.Hash, error)

	// Part tells how many bytes of a file that is still arriving are here: 0 when
	// none are, its size when all of it is here.
	Part(d record.Hash) (int64, error)
	// Append adds bytes of r to a part, which begins with offset 0 and whose whole
	// length is file.Size. It gives how far the part reaches then, durably, also
	// when r ends early or fails: whole chunks count, and the end of the file. (A
	// complete part may become durable with Finish only.) An offset other than where the part ends is record.Conflict with the right one
	// as Args "offset".
	Append(ctx context.Context, file record.File, offset int64, r io.Reader) (int64, error)
	// Finish makes a complete part a file after checking its digest. A part with
	// other bytes is dropped, record.Broken; one that is not complete stays,
	// record.Conflict.
	Finish(d record.Hash) (record.File, error)

	// Drop destroys a file, whole or still arriving: its key first of all that
	// counts. It is no error when nothing is here. The same bytes may come again
	// under another key: whoever forbids that does so before.
	Drop(ctx context.Context, d record.Hash) error
	// List tells of everything here, files and parts, in no order. What each
	// returns as an error ends it.
	List(ctx context.Context, each func(Held) error) error
	// RemovePart forgets what has arrived of a file. A whole file stays.
	RemovePart(ctx context.Context, d record.Hash) error
}

// Held is a file or a part that a store holds.
type Held struct {
	Digest  record.Hash
	Part    bool      // still arriving, or given up
	Size    int64     // of the file in bytes; of a part, how many of its bytes lie here
	Changed time.Time // when it, or the last of it, came
}

// AbandonedParts lists parts to which nothing was added since a time: uploads
// that were given up, or whose laptop is away for long. RemovePart clears one
// away; its laptop then sends the file from the beginning.
func AbandonedParts(ctx context.Context, s Store, since time.Time) ([]Held, error) {
	var out []Held
	err := s.List(ctx, func(h Held) error {
		if h.Part && h.Changed.Before(since) {
			out = append(out, h)
		}
		return nil
	})
	return out, err
}

// Unnamed lists whole files that came before a time and that named says no entry
// names. The time must leave room for entries on their way: a laptop sends
// entries before files, but a colleague's bundle may come later. Drop clears one away.
func Unnamed(ctx context.Context, s Store, since time.Time, named func(record.Hash) (bool, error)) ([]Held, error) {
	var out []Held
	err := s.List(ctx, func(h Held) error {
		if h.Part || !h.Changed.Before(since) {
			return nil
		}
		yes, err := named(h.Digest)
		if err == nil && !yes {
			out = append(out, h)
		}
		return err
	})
	return out, err
}
