package powertest

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Kind is what an operation does.
type Kind int

const (
	Create     Kind = iota // a new, empty file gets a name
	Write                  // bytes at an offset of a file
	Truncate               // a file's length becomes Offset
	Sync                   // a file's bytes and length are on the disk
	MakeFolder             // a new folder
	Rename                 // a file gets another name
	Remove                 // a name goes
	SyncFolder             // the names in a folder are on the disk
	Mark                   // the program was told, or told somebody, that something is kept
)

// Op is one operation on a folder.
type Op struct {
	Kind   Kind
	Path   string // a name, from the folder on, with slashes; "." is the folder
	To     string // the new name of a Rename
	File   int    // which file, whatever its name
	Offset int64
	Bytes  []byte // of a Mark what the program said
}

// Trace is what a program did to a folder, in order. It is safe for many
// goroutines.
type Trace struct {
	mu    sync.Mutex
	base  []found        // what was there
	names map[string]int // folderEntry for a folder
	files int
	ops   []Op
}

// found is a file or folder that was there before the trace.
type found struct {
	path  string
	file  int
	bytes []byte
}

// Record begins the trace of a folder; what lies there already is on the disk.
func Record(folder string) (*Trace, error) {
	t := &Trace{names: map[string]int{".": folderEntry}}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			t.base = append(t.base, found{path: name, file: folderEntry})
			t.names[name] = folderEntry
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		t.base = append(t.base, found{name, t.name(name), b})
		return nil
	})
	return t, err
}

func (t *Trace) name(path string) int {
	t.files++
	t.names[path] = t.files
	return t.files
}

// Do does an operation and writes it down, with no other one in between. do
// tells whether it was done.
func (t *Trace) Do(op Op, do func() bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !do() {
		return
	}
	op.Bytes = append([]byte(nil), op.Bytes...)
	t.rename(op)
	t.ops = append(t.ops, op)
}

// Open gives the number of the file with a name, once open has opened it or
// made it; 0 when that failed.
func (t *Trace) Open(path string, open func() bool) (file int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !open() {
		return 0
	}
	if file, ok := t.names[path]; ok {
		return file
	}
	file = t.name(path)
	t.ops = append(t.ops, Op{Kind: Create, Path: path, File: file})
	return file
}

// file gives the number of the file that has a name.
func (t *Trace) file(path string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.names[path]
}

// Mark notes that something was acknowledged.
func (t *Trace) Mark() { t.Do(Op{Kind: Mark}, func() bool { return true }) }

// First gives a trace of the first n operations only: the program was killed
// then, and another may go on in a folder laid out as All of the disk.
func (t *Trace) First(n int) *Trace {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := &Trace{base: t.base, names: map[string]int{".": folderEntry}, files: t.files, ops: t.ops[:n:n]}
	for _, f := range t.base {
		first.names[f.path] = f.file
	}
	for _, op := range first.ops {
		first.rename(op)
	}
	return first
}

// rename lets the names follow an operation.
func (t *Trace) rename(op Op) {
	switch op.Kind {
	case Create:
		t.names[op.Path] = op.File
	case Rename:
		t.names[op.To] = t.names[op.Path]
		delete(t.names, op.Path)
	case Remove:
		delete(t.names, op.Path)
	case MakeFolder:
		t.names[op.Path] = folderEntry
	}
}

// Ops gives what was done so far.
func (t *Trace) Ops() []Op {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ops[:len(t.ops):len(t.ops)]
}
