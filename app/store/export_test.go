package store

import (
	"bytes"
	"context"
	"hash"
)

// lines is a hash that keeps what it is given, to show how tables differ.
type lines struct{ bytes.Buffer }

func (l *lines) Sum(b []byte) []byte { return b }
func (l *lines) Size() int           { return 0 }
func (l *lines) BlockSize() int      { return 1 }

var _ hash.Hash = (*lines)(nil)

// Dump gives what Digest hashes.
func (s *Store) Dump(ctx context.Context) string {
	var l lines
	if err := s.digestOf(reader{ctx, s.read}, &l); err != nil {
		return err.Error()
	}
	return l.String()
}
