package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"filippo.io/age"

	"plumbline/app/disk"
	"plumbline/app/journal"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/bundle"
	"plumbline/sync/protocol"
)

// BundleOptions say what a bundle is to be.
type BundleOptions struct {
	// PartSize is how many bytes a part may have; 0 means 1 GiB. A disc's size
	// for offices that burn discs.
	PartSize int64
	// For names the colleagues' laptops that may read it, beside the server and
	// the recovery keys; nil means those that wrote on the same inspections, and
	// all of the authority where those are few.
	For []record.ID
	// Whole takes everything this laptop ever wrote, not only what the server is
	// not known to have: for a colleague who has nothing of it.
	Whole bool
	// Continue goes on with the bundle that was begun although its parts are not
	// in this folder: they lie on another stick or disc.
	Continue bool
}

const (
	defaultPart = 1 << 30
	leastPart   = 4 << 20 // a message and a piece must fit
	fewDevices  = 20
	piece       = 4 << 20
)

// BundleWritten says what a bundle holds.
type BundleWritten struct {
	Bundle  string   `json:"bundle"`
	Parts   []string `json:"parts"` // names of all its parts, in order
	New     int      `json:"new"`   // of those, how many were written now
	Entries int      `json:"entries"`
	Files   int      `json:"files"`
	Bytes   int64    `json:"bytes"`
	For     []string `json:"for"` // names of the laptops that may read it
}

// writing is what is remembered of the last bundle, so that one that was cut
// off goes on where it was, and so that an answer can be told from a stale one.
type writing struct {
	Bundle string                `json:"bundle"`
	Made   int64                 `json:"made"`   // this laptop's clock, unix ms
	Cursor protocol.Cursor       `json:"cursor"` // as it asks the server to go on
	Parts  []writtenPart         `json:"parts"`
	Water  map[string]int64      `json:"water"` // epoch or device/epoch → entries written
	Files  map[record.Hash]int64 `json:"files"` // bytes written; -1 when all are
	Done   bool                  `json:"done"`
	Totals BundleWritten         `json:"totals"`
}

type writtenPart struct {
	Name   string      `json:"name"`
	Size   int64       `json:"size"`
	Digest record.Hash `json:"digest"`
}

const settingBundle = "bundle.writing"

func (c *Client) writing(ctx context.Context) (writing, error) {
	var w writing
	v, err := c.store.Setting(ctx, settingBundle)
	if err == nil && v != "" && json.Unmarshal([]byte(v), &w) != nil {
		w = writing{}
	}
	return w, err
}

func (c *Client) keepWriting(ctx context.Context, w writing) error {
	b, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return c.store.SetSetting(ctx, settingBundle, string(b))
}

// WriteBundle writes what the server lacks of this laptop's records and files
// into a folder, in parts: for the server, for colleagues, and for whoever has
// the authority's recovery key. Only they can read it. Each part appears under
// its name when it is whole, on the disk, and was read back. If writing was cut
// off (the stick was pulled, the disk is full), calling it again goes on with
// the part that failed.
func (c *Client) WriteBundle(ctx context.Context, folder string, o BundleOptions, progress func(Progress)) (BundleWritten, error) {
	release, err := c.lease(ctx)
	if err != nil {
		return BundleWritten{}, err
	}
	defer release()
	r, ok, err := c.store.Remote(ctx)
	if err == nil && !ok {
		err = &record.Error{Code: record.NotFound, Message: "sync.not_enrolled"}
	}
	if err != nil {
		return BundleWritten{}, err
	}
	s, err := c.session(ctx, r, progress)
	if err != nil {
		return BundleWritten{}, err
	}
	b := &bundling{session: s, folder: folder, options: o}
	if err := b.begin(); err != nil {
		return BundleWritten{}, bundleFault(folder, err)
	}
	for last := false; !last && err == nil; {
		if last, err = b.part(); err == nil {
			err = c.keepWriting(ctx, b.writing)
		}
	}
	return b.Totals, bundleFault(folder, err)
}

// bundling is one WriteBundle.
type bundling struct {
	*session
	writing
	folder  string
	options BundleOptions
	to      []age.Recipient
	files   []store.File
	heads   map[journal.Chain]journal.Head
	carried map[journal.Chain]int64
}

func (b *bundling) begin() error {
	if info, err := os.Stat(b.folder); err != nil {
		return err
	} else if !info.IsDir() {
		return &record.Error{Code: record.Invalid, Message: "bundle.no_folder", Field: "folder", Args: map[string]any{"folder": b.folder}}
	}
	if b.options.PartSize == 0 {
		b.options.PartSize = defaultPart
	}
	if b.options.PartSize < leastPart {
		return &record.Error{Code: record.Invalid, Message: "bundle.part_size", Field: "part-size", Args: map[string]any{"least": leastPart >> 20}}
	}
	var err error
	if b.writing, err = b.Client.writing(b.ctx); err != nil {
		return err
	}
	if b.Bundle == "" || b.Done || !b.options.Continue && !b.partsAreHere() {
		var id [8]byte
		rand.Read(id[:])
		b.writing = writing{Bundle: hex.EncodeToString(id[:]), Made: b.now().UnixMilli(),
			Cursor: protocol.Cursor{Feed: b.remote.ServerEpoch, Pos: b.remote.Cursor}, Water: map[string]int64{}, Files: map[record.Hash]int64{}}
		b.Totals.Bundle = b.Bundle
	}
	b.Totals.New = 0
	b.Totals.Parts = nil
	for _, p := range b.Parts {
		b.Totals.Parts = append(b.Totals.Parts, p.Name)
	}
	if b.heads, err = b.ownHeads(); err != nil {
		return err
	}
	if b.carried, err = b.store.Carried(b.ctx); err != nil {
		return err
	}
	if b.files, err = b.store.FilesToSend(b.ctx, manyFiles); err != nil {
		return err
	}
	if b.options.Whole {
		if b.files, err = b.allFiles(); err != nil {
			return err
		}
	}
	b.enter(Writing)
	b.report(func(p *Progress) {
		for _, f := range b.files {
			p.FilesTotal++
			p.BytesTotal += f.Size
		}
		for c, h := range b.heads {
			p.EntriesTotal += h.Seq - b.from(c)
		}
	})
	return b.recipients()
}

// partsAreHere tells whether every part written so far lies unchanged in the
// folder.
func (b *bundling) partsAreHere() bool {
	for _, p := range b.Parts {
		digest, size, err := digestOf(filepath.Join(b.folder, p.Name))
		if err != nil || size != p.Size || digest != p.Digest {
			return false
		}
	}
	return len(b.Parts) > 0
}

func digestOf(path string) (record.Hash, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return record.Hash("sha256:" + hex.EncodeToString(h.Sum(nil))), n, err
}

// allFiles lists the files of every inspection here that this laptop has.
func (b *bundling) allFiles() ([]store.File, error) {
	rows, err := b.store.Inspections(b.ctx, store.InspectionFilter{})
	if err != nil {
		return nil, err
	}
	var out []store.File
	for _, r := range rows {
		files, err := b.store.FilesOf(b.ctx, r.ID)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if f.Here {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// recipients finds who may read the bundle.
func (b *bundling) recipients() error {
	server, err := bundle.Recipient(b.server)
	if err != nil {
		return err
	}
	b.to = []age.Recipient{server}
	for _, k := range b.directory.Recovery {
		r, err := age.ParseX25519Recipient(k)
		if err != nil {
			return strange(err)
		}
		b.to = append(b.to, r)
	}
	want := b.options.For
	if want == nil {
		if want, err = b.team(); err != nil {
			return err
		}
	}
	found := map[record.ID]bool{}
	b.Totals.For = nil
	for _, certificate := range b.directory.Devices {
		d, err := certificate.Verify(b.server)
		if err != nil {
			return err
		}
		if d.Device == b.store.Self().Device || !slices.Contains(want, d.Device) {
			continue
		}
		r, err := bundle.Recipient(d.Public)
		if err != nil {
			return err
		}
		found[d.Device] = true
		b.to = append(b.to, r)
		b.Totals.For = append(b.Totals.For, d.Name)
	}
	for _, d := range b.options.For {
		if !found[d] {
			return &record.Error{Code: record.NotFound, Message: "bundle.no_such_laptop", Field: "for", Args: map[string]any{"device": string(d)}}
		}
	}
	return nil
}

// team lists the colleagues' laptops: all of a small authority's, else those
// that wrote on what this bundle is about.
func (b *bundling) team() ([]record.ID, error) {
	var all []record.ID
	for _, c := range b.directory.Devices {
		if d, err := c.Verify(b.server); err == nil {
			all = append(all, d.Device)
		}
	}
	if len(all) <= fewDevices {
		return all, nil
	}
	rows, err := b.store.Inspections(b.ctx, store.InspectionFilter{})
	if err != nil {
		return nil, err
	}
	var out []record.ID
	for _, r := range rows {
		w, err := b.store.Writers(b.ctx, r.ID)
		if err != nil {
			return nil, err
		}
		for _, d := range w {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

func waterKey(c journal.Chain) string { return string(c.Device) + "/" + c.Epoch }

// from tells after which entry of a chain the bundle goes on.
func (b *bundling) from(c journal.Chain) int64 {
	if at, ok := b.Water[waterKey(c)]; ok {
		return at
	}
	if b.options.Whole {
		return 0
	}
	if c == b.store.Self() {
		return b.remote.Confirmed
	}
	return b.carried[c] // 0 for an earlier life of this device: the server knows what it has
}

// part writes the next part; last tells that nothing is left.
func (b *bundling) part() (last bool, err error) {
	n := len(b.Parts) + 1
	name := fmt.Sprintf("plumbline-%s-%s-%03d%s", time.UnixMilli(b.Made).Format("20060102"), b.Bundle[:8], n, bundle.Extension)
	path := filepath.Join(b.folder, name)
	out, err := os.Create(path + ".tmp")
	if err != nil {
		return false, err
	}
	defer os.Remove(path + ".tmp")
	defer out.Close()
	next := b.copy()
	sum := sha256.New()
	certificate, err := b.certificate(b.ctx)
	if err != nil {
		return false, err
	}
	w, err := bundle.Begin(io.MultiWriter(out, sum), bundle.Header{Kind: bundle.FromDevice, Bundle: b.Bundle, Part: n, From: b.store.Self().Device,
		Made: b.Made, Certificate: certificate}, b.key, b.to...)
	if err != nil {
		return false, err
	}
	if last, err = next.fill(w, n == 1); err != nil {
		return false, err
	}
	if err := errors.Join(w.Close(last), out.Sync(), out.Close()); err != nil {
		return false, err
	}
	p := writtenPart{Name: name, Size: w.Size(), Digest: record.Hash("sha256:" + hex.EncodeToString(sum.Sum(nil)))}
	// Read back: a stick that lies is found out before the laptop goes home.
	if digest, size, err := digestOf(path + ".tmp"); err != nil || size != p.Size || digest != p.Digest {
		return false, &record.Error{Code: record.Broken, Message: "bundle.stick_lies", Args: map[string]any{"folder": b.folder}, Err: err}
	}
	if err := disk.Rename(path+".tmp", path); err != nil {
		return false, err
	}
	*b = *next
	b.Parts = append(b.Parts, p)
	b.Done = last
	b.Totals.Parts = append(b.Totals.Parts, name)
	b.Totals.New++
	b.Totals.Bytes += p.Size
	return last, nil
}

// copy makes one whose progress can be thrown away.
func (b *bundling) copy() *bundling {
	next := *b
	next.Water = map[string]int64{}
	for k, v := range b.Water {
		next.Water[k] = v
	}
	next.Files = map[record.Hash]int64{}
	for k, v := range b.Files {
		next.Files[k] = v
	}
	return &next
}

// fill puts into a part what is left, as far as it has room. Text comes first,
// then files, small ones first.
func (b *bundling) fill(w *bundle.Writer, first bool) (last bool, err error) {
	if first {
		if err := b.ask(w); err != nil {
			return false, err
		}
	}
	for c, h := range b.heads {
		for b.from(c) < h.Seq {
			if done, err := b.addEntries(w, c, nil); !done || err != nil {
				return false, err
			}
		}
	}
	for c := range b.carried {
		heads, err := b.store.SignedHeads(b.ctx, c, b.from(c))
		if err != nil {
			return false, err
		}
		for _, h := range heads {
			if done, err := b.addEntries(w, c, &h); !done || err != nil {
				return false, err
			}
		}
	}
	return b.addFiles(w)
}

// ask says how far we are and what we would like to have.
func (b *bundling) ask(w *bundle.Writer) error {
	m, err := protocol.AppendMessage(nil, protocol.Request{Hello: b.hello(b.heads), Pull: &protocol.Pull{Cursor: b.Cursor}}, nil)
	if err != nil {
		return err
	}
	if err := w.Add(bundle.Message, m); err != nil {
		return err
	}
	missing, err := b.store.FilesMissing(b.ctx, manyFiles)
	if err != nil {
		return err
	}
	var q protocol.HaveRequest
	for _, f := range missing {
		if !f.Original && len(q.Files) < protocol.MaxHave {
			q.Files = append(q.Files, f.Digest)
		}
	}
	if len(q.Files) == 0 {
		return nil
	}
	return addJSON(w, bundle.Want, q)
}

func addJSON(w *bundle.Writer, kind byte, v any) error {
	j, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.Add(kind, j)
}

// addEntries adds the next message of a chain; done is false when it does not
// fit into this part. A chain of ours is signed here, another's up to a head
// that its device signed.
func (b *bundling) addEntries(w *bundle.Writer, c journal.Chain, head *store.SignedHead) (done bool, err error) {
	from := b.from(c)
	var m []byte
	var last int64
	var count int
	if head == nil {
		x, err := b.makeBatch(c, from, mostSize)
		if err != nil {
			return false, err
		}
		m, last, count = x.bytes, x.last.Seq, x.entries
	} else {
		entries, err := b.store.Span(b.ctx, c, from, head.Head.Seq)
		if err != nil {
			return false, err
		}
		whole, err := b.store.Whole(b.ctx, entries)
		if err != nil {
			return false, err
		}
		if !whole {
			b.Water[waterKey(c)] = head.Head.Seq
			return true, nil
		}
		m, err = protocol.AppendMessage(nil, protocol.Request{Push: &protocol.Push{Heads: []protocol.SignedHead{signedHead(*head)}}}, entries)
		if err != nil {
			return false, err
		}
		last, count = head.Head.Seq, len(entries)
	}
	if w.Size()+int64(len(m))+1024 > b.options.PartSize {
		return false, nil
	}
	b.Water[waterKey(c)] = last
	b.Totals.Entries += count
	b.report(func(p *Progress) { p.Entries += int64(count) })
	return true, w.Add(bundle.Message, m)
}

// addFiles adds what fits of the files, and asks for a receipt of those that
// end here.
func (b *bundling) addFiles(w *bundle.Writer) (last bool, err error) {
	var ended []record.Hash
	full := false
	for _, f := range b.files {
		if b.Files[f.Digest] < 0 {
			continue
		}
		whole, err := b.addFile(w, f)
		if c := record.CodeOf(err); c == record.NotFound || c == record.Broken {
			b.Files[f.Digest] = -1 // its bytes are gone here: the others must not wait for it
			continue
		}
		if err != nil {
			return false, err
		}
		if full = !whole; full {
			break
		}
		ended = append(ended, f.Digest)
		b.Files[f.Digest] = -1
		b.Totals.Files++
		b.report(func(p *Progress) { p.Files++ })
	}
	for some := range slices.Chunk(ended, protocol.MaxHave) {
		if err := addJSON(w, bundle.Have, protocol.HaveRequest{Files: some}); err != nil {
			return false, err
		}
	}
	return !full, nil
}

// receiptRoom is left in a part for the questions after the files.
const receiptRoom = 256 << 10

// addFile adds the pieces of a file that fit; whole tells that none is left.
func (b *bundling) addFile(w *bundle.Writer, f store.File) (whole bool, err error) {
	r, err := b.Client.files.Open(f.Digest)
	if err != nil {
		return false, err
	}
	defer r.Close()
	size := r.Size()
	at := b.Files[f.Digest]
	if _, err := r.Seek(at, io.SeekStart); err != nil {
		return false, err
	}
	for at < size || size == 0 {
		if err := b.ctx.Err(); err != nil {
			return false, err
		}
		n := min(piece, size-at)
		if w.Size()+n+receiptRoom > b.options.PartSize {
			return false, nil
		}
		// Read before it is announced: a part must not hold half a piece because our
		// own disk is broken.
		var buf bytes.Buffer
		if _, err := io.CopyN(&buf, r, n); err != nil {
			return false, err
		}
		p := bundle.Piece{Digest: f.Digest, Size: size, Media: f.Media, Offset: at, Length: n}
		if err := w.AddFile(p, &buf); err != nil {
			return false, err
		}
		at += n
		b.Files[f.Digest] = at
		b.report(func(p *Progress) { p.Bytes += n })
		if size == 0 {
			break
		}
	}
	return true, nil
}

// bundleFault puts what a stick does into words.
func bundleFault(folder string, err error) error {
	var known *record.Error
	args := map[string]any{"folder": folder}
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EIO), errors.Is(err, syscall.ENODEV):
		return &record.Error{Code: record.NotFound, Message: "bundle.stick_gone", Field: "folder", Args: args, Err: err}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return &record.Error{Code: record.ReadOnly, Message: "bundle.read_only", Field: "folder", Args: args, Err: err}
	case store.NoRoom(err):
		return &record.Error{Code: record.Full, Message: "bundle.full", Field: "folder", Args: args, Err: err}
	}
	return fmt.Errorf("client: bundle in %s: %w", folder, err)
}
