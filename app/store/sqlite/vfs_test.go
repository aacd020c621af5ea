package sqlite_test

import (
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"plumbline/app/powertest"
)

// recorder stands between SQLite and its own way to the disk, and writes down
// what SQLite does to the files of the folders that are recorded. The -shm file
// is no business of the disk: SQLite makes it anew when it is the first to open
// the database. No sync reaches the disk beneath; the trace knows of it.
type recorder struct {
	below   uintptr // SQLite's own sqlite3_vfs
	mu      sync.Mutex
	methods map[uintptr]uintptr // SQLite's own sqlite3_io_methods: ours
	files   map[uintptr]*recorded
	traces  map[string]*powertest.Trace
	keep    []any // functions only C memory knows of
}

// recorded is an open file.
type recorded struct {
	own   *lib.Tsqlite3_io_methods
	trace *powertest.Trace // nil when the folder is not recorded
	file  int
	first bool // the next sync is of the folder too: SQLite does so for journals and logs
}

// Functions of SQLite, as its translation to Go has them.
type (
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	deleteFunc   = func(tls *libc.TLS, vfs, name uintptr, dirSync int32) int32
	closeFunc    = func(tls *libc.TLS, file uintptr) int32
	writeFunc    = func(tls *libc.TLS, file, from uintptr, n int32, offset int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
)

// function gives the Go function that a C function pointer stands for, and
// pointer the other way round.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) }

func pointer[F any](r *recorder, f F) uintptr {
	r.keep = append(r.keep, f)
	return *(*uintptr)(unsafe.Pointer(&f))
}

// at gives what lies at an address of C's memory.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// beneathSQLite makes the recorder the way by which all databases of the test
// are opened, whoever opens them: the product knows nothing of it.
func beneathSQLite(t *testing.T) *recorder {
	tls := libc.NewTLS()
	r := &recorder{below: lib.Xsqlite3_vfs_find(tls, 0), methods: map[uintptr]uintptr{}, files: map[uintptr]*recorded{}, traces: map[string]*powertest.Trace{}}
	vfs := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(lib.Tsqlite3_vfs{})))
	name, err := libc.CString("plumbline-recorder")
	if err != nil || vfs == 0 || r.below == 0 {
		t.Fatalf("no VFS: %v", err)
	}
	v := at[lib.Tsqlite3_vfs](vfs)
	*v = *at[lib.Tsqlite3_vfs](r.below)
	v.FpNext, v.FzName = 0, name
	v.FxOpen = pointer[openFunc](r, r.open)
	v.FxDelete = pointer[deleteFunc](r, r.delete)
	if rc := lib.Xsqlite3_vfs_register(tls, vfs, 1); rc != 0 {
		t.Fatalf("register the VFS: %d", rc)
	}
	t.Cleanup(func() {
		lib.Xsqlite3_vfs_unregister(tls, vfs)
		lib.Xsqlite3_vfs_register(tls, r.below, 1)
		tls.Close()
	})
	return r
}

// record begins the trace of a folder.
func (r *recorder) record(t testing.TB, folder string) *powertest.Trace {
	t.Helper()
	trace, err := powertest.Record(folder)
	if err != nil {
		t.Fatal(err)
	}
	r.goOn(t, folder, trace)
	return trace
}

// goOn goes on with a trace in a folder.
func (r *recorder) goOn(t testing.TB, folder string, trace *powertest.Trace) {
	t.Helper()
	// SQLite names the folder without symbolic links, on Windows as it is given.
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.traces[folder], r.traces[real] = trace, trace
}

func (r *recorder) traceOf(path string) *powertest.Trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.traces[filepath.Dir(path)]
}

func (r *recorder) fileAt(p uintptr) *recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.files[p]
}

func (r *recorder) open(tls *libc.TLS, _, name, file uintptr, flags int32, out uintptr) int32 {
	var rc int32
	open := func() bool {
		rc = function[openFunc](at[lib.Tsqlite3_vfs](r.below).FxOpen)(tls, r.below, name, file, flags, out)
		return rc == lib.SQLITE_OK
	}
	if name == 0 { // a temporary file
		open()
		return rc
	}
	path := libc.GoString(name)
	f := &recorded{trace: r.traceOf(path)}
	if f.trace == nil {
		open()
	} else {
		f.file = f.trace.Open(filepath.Base(path), open)
		f.first = flags&lib.SQLITE_OPEN_CREATE != 0 && flags&(lib.SQLITE_OPEN_MAIN_JOURNAL|lib.SQLITE_OPEN_WAL) != 0
	}
	if rc != lib.SQLITE_OK {
		return rc
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := at[lib.Tsqlite3_file](file)
	f.own = at[lib.Tsqlite3_io_methods](p.FpMethods)
	ours := r.methods[p.FpMethods]
	if ours == 0 {
		ours = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(lib.Tsqlite3_io_methods{})))
		m := at[lib.Tsqlite3_io_methods](ours)
		*m = *f.own
		m.FiVersion = 2 // no memory map, by which writes could pass us
		m.FxClose = pointer[closeFunc](r, r.close)
		m.FxWrite = pointer[writeFunc](r, r.write)
		m.FxTruncate = pointer[truncateFunc](r, r.truncate)
		m.FxSync = pointer[syncFunc](r, r.sync)
		r.methods[p.FpMethods] = ours
	}
	r.files[file], p.FpMethods = f, ours
	return rc
}

func (r *recorder) close(tls *libc.TLS, file uintptr) int32 {
	r.mu.Lock()
	f := r.files[file]
	delete(r.files, file)
	r.mu.Unlock()
	return function[closeFunc](f.own.FxClose)(tls, file)
}

// do does what changes a file.
func (f *recorded) do(op powertest.Op, do func() int32) (rc int32) {
	if f.trace == nil {
		return do()
	}
	op.File = f.file
	f.trace.Do(op, func() bool {
		rc = do()
		return rc == lib.SQLITE_OK
	})
	return rc
}

func (r *recorder) write(tls *libc.TLS, file, from uintptr, n int32, offset int64) int32 {
	f := r.fileAt(file)
	return f.do(powertest.Op{Kind: powertest.Write, Offset: offset, Bytes: unsafe.Slice(at[byte](from), n)}, func() int32 {
		return function[writeFunc](f.own.FxWrite)(tls, file, from, n, offset)
	})
}

func (r *recorder) truncate(tls *libc.TLS, file uintptr, size int64) int32 {
	f := r.fileAt(file)
	return f.do(powertest.Op{Kind: powertest.Truncate, Offset: size}, func() int32 {
		return function[truncateFunc](f.own.FxTruncate)(tls, file, size)
	})
}

func (r *recorder) sync(_ *libc.TLS, file uintptr, _ int32) int32 {
	f := r.fileAt(file)
	done := func() int32 { return lib.SQLITE_OK }
	f.do(powertest.Op{Kind: powertest.Sync}, done)
	if f.first {
		f.first = false
		f.do(powertest.Op{Kind: powertest.SyncFolder, Path: "."}, done)
	}
	return lib.SQLITE_OK
}

func (r *recorder) delete(tls *libc.TLS, _, name uintptr, dirSync int32) (rc int32) {
	remove := func() int32 {
		return function[deleteFunc](at[lib.Tsqlite3_vfs](r.below).FxDelete)(tls, r.below, name, 0)
	}
	path := libc.GoString(name)
	f := &recorded{trace: r.traceOf(path)}
	rc = f.do(powertest.Op{Kind: powertest.Remove, Path: filepath.Base(path)}, remove)
	if rc == lib.SQLITE_OK && dirSync != 0 {
		f.do(powertest.Op{Kind: powertest.SyncFolder, Path: "."}, func() int32 { return rc })
	}
	return rc
}
