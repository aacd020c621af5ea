package powertest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Disk is a folder at a moment of its trace: what is on the disk for sure, and
// what may be.
type Disk struct {
	// Lies tells which syncs of a file or folder the disk only pretends; nil for
	// an honest one.
	Lies func(Op) bool

	files   map[int]*file
	names   map[string]int // on the disk for sure; folderEntry for a folder
	pending []naming       // may be on the disk
	last    map[int]string // the latest name of each file
	marks   int
}

const folderEntry = -1

type file struct {
	sure    []byte
	pending []Op // each Write and Truncate since the last sync
}

// naming is a change of names: added becomes a name of the file, gone is no
// longer one. Either may be "".
type naming struct {
	added, gone string
	file        int
	moved       string // the file's other name, which is on the disk if its folder is
}

// Disk gives the folder at the beginning of the trace.
func (t *Trace) Disk() *Disk {
	d := &Disk{files: map[int]*file{}, names: map[string]int{}, last: map[int]string{}}
	for _, f := range t.base {
		d.names[f.path] = f.file
		if f.file != folderEntry {
			d.files[f.file], d.last[f.file] = &file{sure: f.bytes}, f.path
		}
	}
	return d
}

// Do goes on by one operation of the trace.
func (d *Disk) Do(op Op) {
	switch op.Kind {
	case Create:
		d.files[op.File], d.last[op.File] = &file{}, op.Path
		d.pending = append(d.pending, naming{added: op.Path, file: op.File})
	case MakeFolder:
		d.pending = append(d.pending, naming{added: op.Path, file: folderEntry})
	case Write, Truncate:
		d.files[op.File].pending = append(d.files[op.File].pending, op)
	case Rename:
		d.last[op.File] = op.To
		d.pending = append(d.pending, naming{added: op.To, gone: op.Path, file: op.File})
	case Remove:
		d.pending = append(d.pending, naming{gone: op.Path})
	case Sync:
		op.Path = d.last[op.File]
		if d.Lies == nil || !d.Lies(op) {
			f := d.files[op.File]
			f.sure = slices.Clone(f.sure)
			for _, c := range f.pending {
				f.sure = apply(f.sure, c)
			}
			f.pending = nil
		}
	case SyncFolder:
		if d.Lies == nil || !d.Lies(op) {
			d.syncFolder(op.Path)
		}
	case Mark:
		d.marks++
	}
}

func (d *Disk) syncFolder(folder string) {
	var left []naming
	for _, n := range d.pending {
		added, gone := n.added != "" && path.Dir(n.added) == folder, n.gone != "" && path.Dir(n.gone) == folder
		switch {
		case gone || added && n.gone == "":
			n.apply(d.names)
		case added: // into this folder from another, where the old name may stay
			d.names[n.added] = n.file
			left = append(left, naming{gone: n.gone, moved: n.added})
		default:
			left = append(left, n)
		}
	}
	d.pending = left
}

func (n naming) apply(names map[string]int) {
	if n.gone != "" {
		delete(names, n.gone)
	}
	if n.added != "" {
		names[n.added] = n.file
	}
}

// apply does one Write or Truncate; it may change b where it lies.
func apply(b []byte, op Op) []byte {
	end := int(op.Offset) + len(op.Bytes)
	if op.Kind == Truncate && len(b) > end {
		return b[:end]
	}
	if len(b) < end {
		b = append(b, make([]byte, end-len(b))...)
	}
	copy(b[op.Offset:], op.Bytes)
	return b
}

// Marks tells how many things were acknowledged so far.
func (d *Disk) Marks() int { return d.marks }

// State is a folder as it is found after a power cut.
type State struct {
	Files   map[string][]byte
	Folders []string
}

// All is the folder when everything reached the disk, synced or not: what is
// left when only the program is killed.
func (d *Disk) All() State {
	return d.state(keepAll, func(f *file) []byte {
		b := slices.Clone(f.sure)
		for _, op := range f.pending {
			b = apply(b, op)
		}
		return b
	})
}

// None is the folder when nothing reached the disk that was not synced.
func (d *Disk) None() State {
	return d.state(func(naming) bool { return false }, func(f *file) []byte { return f.sure })
}

// Some is the folder when of what was not synced some reached the disk, for
// each file and for the names in a manner of their own: all, nothing, the first
// operations with the last one torn, or any sectors in any order.
func (d *Disk) Some(r *rand.Rand) State {
	keep := manner(r, len(d.pending))
	return d.state(func(naming) bool { return keep() }, func(f *file) []byte { return f.some(r) })
}

func keepAll(naming) bool { return true }

// manner tells of one of n things after the other whether it reached the disk.
func manner(r *rand.Rand, n int) func() bool {
	switch r.IntN(4) {
	case 0:
		return func() bool { return true }
	case 1:
		return func() bool { return false }
	case 2:
		first := r.IntN(n + 1)
		return func() bool { first--; return first >= 0 }
	}
	part := []float64{0.1, 0.5, 0.9}[r.IntN(3)]
	return func() bool { return r.Float64() < part }
}

func (f *file) some(r *rand.Rand) []byte {
	sector := []int{512, 4096}[r.IntN(2)]
	pieces := 0
	for _, op := range f.pending {
		pieces += 1 + len(op.Bytes)/sector
	}
	keep, grows, garbage := manner(r, pieces), r.IntN(2) == 0, r.IntN(4) == 0
	b := slices.Clone(f.sure)
	for _, op := range f.pending {
		if op.Kind == Truncate {
			if keep() {
				b = apply(b, op)
			}
			continue
		}
		for at := 0; at < len(op.Bytes); {
			piece := Op{Kind: Write, Offset: op.Offset + int64(at)}
			end := min(len(op.Bytes), at+sector-int(piece.Offset)%sector)
			piece.Bytes, at = op.Bytes[at:end], end
			switch {
			case keep():
				b = apply(b, piece)
			case grows && int(piece.Offset)+len(piece.Bytes) > len(b):
				// What lay there before stays; the rest is what the disk had.
				piece.Bytes = piece.Bytes[max(0, len(b)-int(piece.Offset)):]
				piece.Offset = max(piece.Offset, int64(len(b)))
				piece.Bytes = make([]byte, len(piece.Bytes))
				for i := range piece.Bytes {
					if garbage {
						piece.Bytes[i] = byte(r.Uint32())
					}
				}
				b = apply(b, piece)
			}
		}
	}
	return b
}

func (d *Disk) state(kept func(naming) bool, content func(*file) []byte) State {
	names := maps.Clone(d.names)
	for _, n := range d.pending {
		if !hasFolder(names, n.added) || !hasFolder(names, n.moved) {
			continue // nothing gets into a folder that is not there
		}
		switch {
		case kept(n):
			n.apply(names)
		case n.gone != "" && n.added != "" && kept(n):
			names[n.added] = n.file // the old name stays
		}
	}
	s := State{Files: map[string][]byte{}}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if folder := path.Dir(name); folder != "." && !slices.Contains(s.Folders, folder) {
			continue // lost with its folder
		}
		if names[name] == folderEntry {
			s.Folders = append(s.Folders, name)
		} else {
			s.Files[name] = content(d.files[names[name]])
		}
	}
	return s
}

// hasFolder tells whether the folder of a name is there; "" needs none.
func hasFolder(names map[string]int, name string) bool {
	for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
		if names[folder] != folderEntry {
			return false
		}
	}
	return true
}

// Lay writes the folder out. It must be empty or not there.
func (s State) Lay(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, name := range s.Folders {
		if err := os.Mkdir(filepath.Join(folder, filepath.FromSlash(name)), 0o700); err != nil {
			return err
		}
	}
	for name, b := range s.Files {
		if err := os.WriteFile(filepath.Join(folder, filepath.FromSlash(name)), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Sum tells states apart.
func (s State) Sum() [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintln(h, s.Folders)
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		fmt.Fprintln(h, name, len(s.Files[name]))
		h.Write(s.Files[name])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// String tells the files with their lengths, for a failed test.
func (s State) String() string {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		fmt.Fprintf(&b, "%s (%d bytes) ", name, len(s.Files[name]))
	}
	return b.String()
}
