package s3

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/minio/minio-go/v7"

	"plumbline/app/blob"
	"plumbline/app/record"
)

// held is a whole file as it lies in the bucket.
type held struct {
	name   string // of the object
	length int64  // of the object
	key    []byte
	size   int64 // of the file
}

// find looks for a file and its key. A file without key is not here.
func (s *Store) find(ctx context.Context, d record.Hash) (held, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	where, err := place(d)
	if err != nil {
		return held{}, err
	}
	var all []minio.ObjectInfo
	err = s.list(ctx, s.bucket, "files/"+where, func(o minio.ObjectInfo) error { all = append(all, o); return nil })
	if err != nil {
		return held{}, fault("look for file", err)
	}
	var broken error
	for _, o := range all {
		_, id, size, ok := readFileName(o.Key)
		if !ok {
			continue
		}
		h := held{name: o.Key, length: o.Size, size: size}
		h.key, err = s.key(ctx, where, id)
		switch {
		case gone(err):
			continue // destroyed
		case record.CodeOf(err) == record.Broken:
			broken = err
			continue
		case err != nil:
			return held{}, fault("read key", err)
		}
		if o.Size == blob.SealedLength(size) {
			return h, nil
		}
		broken = &record.Error{Code: record.Broken, Message: "file.broken", Err: fmt.Errorf("s3: %s has %d bytes", o.Key, o.Size)}
	}
	if broken != nil {
		return held{}, broken
	}
	return held{}, blob.NotFound(d)
}

// missing tells apart that a file is not here from that nobody knows.
func missing(err error) bool {
	c := record.CodeOf(err)
	return c == record.NotFound || c == record.Broken
}

// Has tells whether the whole file is here and has its key.
func (s *Store) Has(d record.Hash) bool {
	_, err := s.Size(d)
	return err == nil
}

// Size tells the length of a file in bytes; record.NotFound when it is not here.
func (s *Store) Size(d record.Hash) (int64, error) {
	h, err := s.find(context.Background(), d)
	return h.size, err
}

// Open opens a file for reading.
func (s *Store) Open(d record.Hash) (*blob.Reader, error) {
	h, err := s.find(context.Background(), d)
	if err != nil {
		return nil, err
	}
	return blob.NewReader(&object{s: s, name: h.name}, h.name, h.length, h.key)
}

// Digest reads a whole file and gives the digest of what is there.
func (s *Store) Digest(d record.Hash) (record.Hash, error) {
	r, err := s.Open(d)
	if err != nil {
		return "", err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return "", err
	}
	return record.HashFrom(sum.Sum(nil)), nil
}

// Put keeps the bytes of r and gives their digest and size.
func (s *Store) Put(ctx context.Context, r io.Reader) (record.File, error) {
	return s.keep(ctx, "", r)
}

// PutAs is Put for bytes whose digest is known; others are record.Broken.
func (s *Store) PutAs(ctx context.Context, d record.Hash, r io.Reader) (record.File, error) {
	if _, err := blob.Name(d); err != nil {
		return record.File{}, err
	}
	return s.keep(ctx, d, r)
}

func (s *Store) keep(ctx context.Context, d record.Hash, r io.Reader) (record.File, error) {
	spool, err := s.newSpool()
	if err != nil {
		return record.File{}, err
	}
	defer spool.end()
	key := blob.NewKey()
	f, err := blob.Seal(ctx, spool, key, r)
	if err != nil {
		return record.File{}, err
	}
	if d != "" && f.Digest != d {
		return record.File{}, blob.Changed(d, f.Digest)
	}
	if _, err := s.find(ctx, f.Digest); !missing(err) {
		return f, err
	}
	return f, s.publish(ctx, f, key, spool)
}

// publish puts a whole, checked file under its name. The key comes last, and
// with it the file is there.
func (s *Store) publish(ctx context.Context, f record.File, key []byte, spool *spool) error {
	where, err := place(f.Digest)
	if err != nil {
		return err
	}
	if err := s.putFile(ctx, where, key, f.Size, spool); err != nil {
		return err
	}
	return s.publishKey(ctx, where, key)
}

func (s *Store) putFile(ctx context.Context, where string, key []byte, size int64, spool *spool) error {
	length := blob.SealedLength(size)
	return fault("write file", s.put(ctx, s.bucket, fileName(where, key, size), io.NewSectionReader(spool, 0, length), length))
}

// Drop destroys a file, whole or still arriving. Its keys go first; the
// encrypted bytes mean nothing after that.
func (s *Store) Drop(ctx context.Context, d record.Hash) error {
	where, err := place(d)
	if err != nil {
		return err
	}
	// Asked anew each time: somebody may have switched versions on since the start.
	versions, err := s.versions(ctx)
	if err != nil {
		return fault("drop key", err)
	}
	keys := minio.ListObjectsOptions{Prefix: where, Recursive: true, WithVersions: versions.Enabled() || versions.Suspended()}
	err = s.listWith(ctx, s.keys, keys, func(o minio.ObjectInfo) error {
		return s.remove(ctx, s.keys, o.Key, o.VersionID)
	})
	if err != nil {
		return fault("drop key", err)
	}
	if err := s.clear(ctx, "files/"+where); err != nil {
		return err
	}
	return s.clear(ctx, "parts/"+where)
}

// clear removes all files or pieces whose names begin with prefix.
func (s *Store) clear(ctx context.Context, prefix string) error {
	var names []string
	err := s.list(ctx, s.bucket, prefix, func(o minio.ObjectInfo) error { names = append(names, o.Key); return nil })
	for _, name := range names {
		err = errors.Join(err, s.remove(ctx, s.bucket, name, ""))
	}
	return fault("remove file", err)
}

// List tells of everything in the bucket of files.
func (s *Store) List(ctx context.Context, each func(blob.Held) error) error {
	var h blob.Held
	tell := func() error {
		if h.Digest == "" {
			return nil
		}
		return each(h)
	}
	// Names come in order, so all copies of one file stand together.
	err := s.list(ctx, s.bucket, "files/", func(o minio.ObjectInfo) error {
		d, _, size, ok := readFileName(o.Key)
		if !ok {
			return nil
		}
		if d != h.Digest {
			if err := tell(); err != nil {
				return stopped{err}
			}
			h = blob.Held{Digest: d}
		}
		if o.Size == blob.SealedLength(size) {
			h.Size = size // of a damaged one nothing is said
		}
		h.Changed = later(h.Changed, o.LastModified)
		return nil
	})
	if err == nil {
		err = tell()
	}
	if err != nil {
		return unstopped(err)
	}
	var all []minio.ObjectInfo
	d := record.Hash("")
	tell = func() error {
		if len(all) == 0 {
			return nil
		}
		h := blob.Held{Digest: d, Part: true}
		for _, o := range all {
			h.Changed = later(h.Changed, o.LastModified)
		}
		if parts := partsOf(all); len(parts) > 0 {
			h.Size = parts[0].reach
		}
		return each(h)
	}
	err = s.list(ctx, s.bucket, "parts/", func(o minio.ObjectInfo) error {
		of, _, ok := digestIn(o.Key)
		if !ok {
			return nil
		}
		if of != d {
			if err := tell(); err != nil {
				return stopped{err}
			}
			d, all = of, nil
		}
		all = append(all, o)
		return nil
	})
	if err == nil {
		if err := tell(); err != nil {
			return err
		}
	}
	return unstopped(err)
}

// stopped is an error of whoever is told, not of the server.
type stopped struct{ error }

func unstopped(err error) error {
	var s stopped
	if errors.As(err, &s) {
		return s.error
	}
	return fault("list files", err)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// object reads an object, going on with the line that is open where it can.
type object struct {
	s     *Store
	name  string
	body  io.ReadCloser
	at    int64
	end   context.CancelFunc
	timer *time.Timer
}

// ReadAt reads from a place. A line that breaks is opened once more.
func (o *object) ReadAt(p []byte, at int64) (n int, err error) {
	for try := 0; try < 3; try++ {
		if o.body == nil || o.at != at+int64(n) {
			if err = o.open(at + int64(n)); err != nil {
				break
			}
		}
		o.timer.Reset(2 * patience)
		var m int
		m, err = io.ReadFull(o.body, p[n:])
		o.timer.Stop()
		n, o.at = n+m, o.at+int64(m)
		if n == len(p) {
			return n, nil
		}
		o.Close()
		if m > 0 {
			try = 0
		}
	}
	if gone(err) {
		err = &record.Error{Code: record.NotFound, Message: "file.not_found", Args: map[string]any{"file": o.name}, Err: err}
	}
	var told minio.ErrorResponse
	if errors.As(err, &told) && told.Code == minio.InvalidRange {
		return n, io.ErrUnexpectedEOF // it was cut off
	}
	return n, fault("read file", err)
}

func (o *object) open(at int64) error {
	o.Close()
	ctx, cancel := context.WithCancel(context.Background())
	o.end, o.timer = cancel, time.AfterFunc(2*patience, cancel)
	var q minio.GetObjectOptions
	if at > 0 {
		if err := q.SetRange(at, 0); err != nil {
			return err
		}
	}
	body, _, _, err := o.s.core.GetObject(ctx, o.s.bucket, o.name, q)
	o.timer.Stop()
	if err != nil {
		cancel()
		return err
	}
	o.body, o.at = body, at
	return nil
}

// Close hangs up.
func (o *object) Close() error {
	if o.end != nil {
		o.end()
		o.end = nil
	}
	if o.body == nil {
		return nil
	}
	body := o.body
	o.body = nil
	return body.Close()
}

// sortParts puts the part that has come furthest first.
func sortParts(parts []part) {
	slices.SortFunc(parts, func(a, b part) int {
		switch {
		case a.reach != b.reach:
			return int(min(max(b.reach-a.reach, -1), 1))
		case a.id < b.id:
			return -1
		}
		return 1
	})
}
