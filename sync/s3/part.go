package s3

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"

	"plumbline/app/blob"
	"plumbline/app/disk"
	"plumbline/app/record"
)

// mostPiece is how long a piece may be; what arrives at once beyond it makes
// several. A file no longer than that, arriving at once, never becomes a part.
const mostPiece = 4 << 20

// part is what has arrived of a file under one key.
type part struct {
	id     string // of the key
	size   int64  // of the whole file
	pieces []piece
	reach  int64 // bytes from the beginning that are here
	whole  bool
}

// piece is an object with some chunks of a part.
type piece struct {
	name     string
	from, to int64
}

func pieceName(where, id string, size, from, to int64) string {
	return fmt.Sprintf("parts/%s%s-%012x-%012x-%012x", where, id, size, from, to)
}

// readPiece reads what a piece's name says. One whose length does not fit what
// it says is none.
func readPiece(o minio.ObjectInfo) (id string, size int64, p piece, ok bool) {
	_, rest, ok := digestIn(o.Key)
	words := strings.Split(rest, "-")
	if !ok || len(words) != 4 {
		return "", 0, piece{}, false
	}
	var n [3]int64
	for i, w := range words[1:] {
		v, err := strconv.ParseUint(w, 16, 62)
		if err != nil {
			return "", 0, piece{}, false
		}
		n[i] = int64(v)
	}
	p = piece{o.Key, n[1], n[2]}
	ok = p.from <= p.to && p.to <= n[0] && p.from%blob.ChunkSize == 0 && (p.to%blob.ChunkSize == 0 || p.to == n[0]) &&
		o.Size == blob.PieceLength(n[0], p.from, p.to)
	return words[0], n[0], p, ok
}

// partsOf puts pieces together, the part that reaches furthest first. Two
// processes that began the same file at the same moment made one each.
func partsOf(objects []minio.ObjectInfo) []part {
	var out []part
	for _, o := range objects {
		id, size, p, ok := readPiece(o)
		if !ok {
			continue
		}
		i := slices.IndexFunc(out, func(g part) bool { return g.id == id && g.size == size })
		if i < 0 {
			i = len(out)
			out = append(out, part{id: id, size: size})
		}
		out[i].pieces = append(out[i].pieces, p)
	}
	for i := range out {
		out[i].join()
	}
	sortParts(out)
	return out
}

// join keeps of the pieces those that lead from the beginning without a gap.
func (p *part) join() {
	var chain []piece
	for {
		best := piece{to: -1}
		for _, q := range p.pieces {
			if q.from <= p.reach && q.to > best.to {
				best = q
			}
		}
		if best.to > p.reach || best.to == 0 && p.size == 0 && len(chain) == 0 {
			chain, p.reach = append(chain, best), best.to
			continue
		}
		p.pieces, p.whole = chain, p.reach == p.size && len(chain) > 0
		return
	}
}

// arriving gives the parts of a file, without looking whether their keys are there.
func (s *Store) arriving(ctx context.Context, where string) ([]part, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var all []minio.ObjectInfo
	err := s.list(ctx, s.bucket, "parts/"+where, func(o minio.ObjectInfo) error { all = append(all, o); return nil })
	return partsOf(all), fault("look for part", err)
}

// furthest gives the part that reaches furthest and has its key, with the key;
// that of a file of size bytes, when size is not below 0.
func (s *Store) furthest(ctx context.Context, where string, size int64) (part, []byte, error) {
	parts, err := s.arriving(ctx, where)
	if err != nil {
		return part{}, nil, err
	}
	for _, p := range parts {
		if size >= 0 && p.size != size {
			continue
		}
		key, err := s.key(ctx, where, p.id)
		if err == nil {
			return p, key, nil
		}
		if !gone(err) && record.CodeOf(err) != record.Broken {
			return part{}, nil, fault("read key", err)
		}
	}
	return part{}, nil, nil
}

// Part tells how many bytes of a file that is still arriving are in the bucket:
// 0 when none are, its size when all of it is here.
func (s *Store) Part(d record.Hash) (int64, error) {
	ctx := context.Background()
	where, err := place(d)
	if err != nil {
		return 0, err
	}
	size, err := s.Size(d)
	if !missing(err) {
		return size, err
	}
	p, _, err := s.furthest(ctx, where, -1)
	return p.reach, err
}

// Append adds bytes of r to a part. It gives how far the part reaches in the
// bucket then.
func (s *Store) Append(ctx context.Context, f record.File, offset int64, r io.Reader) (int64, error) {
	where, err := place(f.Digest)
	if err != nil {
		return 0, err
	}
	if err := blob.TooLarge(f.Size); err != nil {
		return 0, err
	}
	if h, err := s.find(ctx, f.Digest); !missing(err) {
		return h.size, err
	}
	p, key, err := s.furthest(ctx, where, f.Size)
	if err != nil {
		return 0, err
	}
	at := p.reach
	if at != offset {
		return at, blob.WrongOffset(at)
	}
	if p.whole {
		return at, nil
	}
	fresh := key == nil
	if fresh {
		key = blob.NewKey()
	}
	for {
		end, done, err := s.appendPiece(ctx, where, f, at, key, fresh, r)
		if err != nil || done {
			return end, err
		}
		at, fresh = end, false
	}
}

// appendPiece takes in one piece. done says that r has no more, or the file.
func (s *Store) appendPiece(ctx context.Context, where string, f record.File, at int64, key []byte, fresh bool, r io.Reader) (end int64, done bool, err error) {
	spool, err := s.newSpool()
	if err != nil {
		return at, false, err
	}
	defer spool.end()
	if _, err := spool.Write(blob.Header(f.Size)); err != nil {
		return at, false, err
	}
	sum := sha256.New()
	end, broke := blob.SealPiece(ctx, spool, key, f.Size, at, min(f.Size, at+mostPiece), r, sum)
	written, err := spool.length()
	if err != nil {
		return at, false, err
	}
	// What a full disk tore of the next chunk is not sent.
	length := blob.PieceLength(f.Size, at, end)
	if length == 0 || written < blob.HeadSize+length {
		return at, true, broke // not one chunk
	}
	// What has arrived is kept although whoever sends has hung up.
	ctx = context.WithoutCancel(ctx)
	if fresh && end == f.Size && record.HashFrom(sum.Sum(nil)) == f.Digest {
		// All of it has come at once, and it is right: no piece need be written.
		if err := s.publish(ctx, f, key, spool); err != nil {
			return at, false, err
		}
		return end, true, nil
	}
	if fresh {
		if err := s.publishKey(ctx, where, key); err != nil {
			return at, false, err
		}
	}
	err = s.put(ctx, s.bucket, pieceName(where, idOf(key), f.Size, at, end), io.NewSectionReader(spool, blob.HeadSize, length), length)
	if err != nil {
		return at, false, fault("write piece", err)
	}
	return end, broke != nil || end == f.Size || end < at+mostPiece, broke
}

// Finish makes a complete part a file, after reading it back and checking its
// digest. A part with other bytes is dropped: record.Broken.
func (s *Store) Finish(d record.Hash) (record.File, error) {
	ctx := context.Background()
	where, err := place(d)
	if err != nil {
		return record.File{}, err
	}
	h, err := s.find(ctx, d)
	if err == nil {
		return record.File{Digest: d, Size: h.size}, s.forget(ctx, where)
	}
	if !missing(err) {
		return record.File{}, err
	}
	parts, err := s.arriving(ctx, where)
	if err != nil {
		return record.File{}, err
	}
	not := blob.NotFound(d)
	for _, p := range parts {
		key, err := s.key(ctx, where, p.id)
		if gone(err) {
			continue
		}
		if err == nil && !p.whole {
			err = blob.WrongOffset(p.reach)
		}
		if err == nil {
			err = s.compose(ctx, d, where, p, key)
		}
		switch {
		case err == nil:
			return record.File{Digest: d, Size: p.size}, s.forget(ctx, where)
		case record.CodeOf(err) == record.Broken:
			not = err
			if err := s.clear(ctx, "parts/"+where+p.id); err != nil {
				return record.File{}, err
			}
		case record.CodeOf(err) == record.NotFound && s.Has(d):
			return record.File{Digest: d, Size: p.size}, nil // another process was quicker and took the pieces away
		case record.CodeOf(err) == record.NotFound || record.CodeOf(err) == record.Conflict:
			if record.CodeOf(not) != record.Broken {
				not = err
			}
		default:
			return record.File{}, fault("finish file", err)
		}
	}
	return record.File{}, not
}

// compose reads a part back, checks it and writes it as one object.
func (s *Store) compose(ctx context.Context, d record.Hash, where string, p part, key []byte) error {
	spool, err := s.newSpool()
	if err != nil {
		return err
	}
	defer spool.end()
	length := blob.SealedLength(p.size)
	r, err := blob.NewReader(&joined{s: s, part: p, to: spool}, "parts/"+where, length, key)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return err
	}
	if got := record.HashFrom(sum.Sum(nil)); got != d {
		return blob.Changed(d, got)
	}
	if err := s.putFile(ctx, where, key, p.size, spool); err != nil {
		return err
	}
	// Who destroyed the file meanwhile has destroyed this copy too.
	if _, err := s.key(ctx, where, p.id); err != nil {
		if gone(err) {
			return errors.Join(blob.NotFound(d), s.remove(ctx, s.bucket, fileName(where, key, p.size), ""))
		}
		return fault("read key", err)
	}
	return nil
}

// forget removes the pieces of what has become a file. Pieces that stay behind
// because the server has just gone are listed as a part and do no harm.
func (s *Store) forget(ctx context.Context, where string) error {
	if err := s.clear(ctx, "parts/"+where); err != nil && record.CodeOf(err) != record.Busy {
		return err
	}
	return nil
}

// RemovePart forgets what has arrived of a file. A whole file stays.
func (s *Store) RemovePart(ctx context.Context, d record.Hash) error {
	where, err := place(d)
	if err != nil {
		return err
	}
	return s.clear(ctx, "parts/"+where)
}

// joined reads the pieces of a part as the one file they will be, and copies
// what it reads, once and in order.
type joined struct {
	s    *Store
	part part
	to   io.Writer
	open *object
}

// ReadAt reads at a place that must be the next.
func (j *joined) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	if at == 0 {
		n = copy(p, blob.Header(j.part.size))
	}
	chunk := (at + int64(n) - blob.HeadSize) / blob.SealedChunk
	plain := chunk * blob.ChunkSize
	for _, q := range j.part.pieces {
		if plain < q.from || plain >= q.to && j.part.size > 0 {
			continue
		}
		if j.open == nil || j.open.name != q.name {
			j.Close()
			j.open = &object{s: j.s, name: q.name}
		}
		m, err := j.open.ReadAt(p[n:], (chunk-q.from/blob.ChunkSize)*blob.SealedChunk)
		if n += m; n < len(p) {
			return n, err
		}
		if _, err := j.to.Write(p); err != nil {
			return 0, err // what could not be copied counts as not read
		}
		return n, nil
	}
	return n, io.ErrUnexpectedEOF
}

// Close hangs up.
func (j *joined) Close() error {
	if j.open == nil {
		return nil
	}
	return j.open.Close()
}

const spoolPattern = "plumbline-spool-*"

// spool is a file on this machine for what is on its way to the bucket,
// encrypted already.
type spool struct{ *os.File }

func (s *Store) newSpool() (*spool, error) {
	f, err := os.CreateTemp(s.spool, spoolPattern)
	if err != nil {
		return nil, spoolFault(err)
	}
	return &spool{f}, nil
}

// Write writes at the end.
func (s *spool) Write(p []byte) (int, error) {
	n, err := s.File.Write(p)
	return n, spoolFault(err)
}

// WriteAt writes at a place.
func (s *spool) WriteAt(p []byte, at int64) (int, error) {
	n, err := s.File.WriteAt(p, at)
	return n, spoolFault(err)
}

// spoolFault says whose disk is full: the server's, not the laptop's.
func spoolFault(err error) error {
	switch {
	case err == nil:
		return nil
	case disk.Full(err):
		return &record.Error{Code: record.Full, Message: "file.store_full", Err: fmt.Errorf("s3: spool: %w", err)}
	}
	return fmt.Errorf("s3: spool: %w", err)
}

func (s *spool) length() (int64, error) {
	info, err := s.Stat()
	if err != nil {
		return 0, spoolFault(err)
	}
	return info.Size(), nil
}

func (s *spool) end() {
	s.Close()
	disk.Remove(s.Name()) // what stays behind the next start clears away
}
