package powertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// Follow runs a program to its end and writes down what it does to the folder. What it writes to the file marks, which lies elsewhere, are marks.
// It is a debugger that stops at every call of the kernel, as strace is; two
// calls that change the folder are never under way at once.
func (t *Trace) Follow(cmd *exec.Cmd, folder, marks string) error {
	runtime.LockOSThread() // a debugger is one thread
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Process.Release()
	pid := cmd.Process.Pid
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err == nil {
		defer memory.Close()
		err = syscall.PtraceSetOptions(pid, syscall.PTRACE_O_TRACESYSGOOD|syscall.PTRACE_O_TRACECLONE|optionExitKill)
	}
	if err == nil {
		err = syscall.PtraceSyscall(pid, 0)
	}
	if err != nil {
		return errors.Join(err, cmd.Process.Kill())
	}
	f := &follower{trace: t, folder: folder, marks: marks, pid: pid, memory: memory, open: map[uint64]opened{}, calls: map[int]*call{pid: {}}}
	if err := f.run(); err != nil {
		return errors.Join(err, cmd.Process.Kill())
	}
	if f.exit != 0 {
		return fmt.Errorf("powertest: the program failed: %d", f.exit)
	}
	return f.err
}

const (
	optionExitKill  = 0x100000   // PTRACE_O_EXITKILL
	onlyOwnChildren = 0x20000000 // __WNOTHREAD
	syscallStop     = syscall.SIGTRAP | 0x80
	copyFileRange   = 326
	renameAt2       = 316
)

// follower follows one program.
type follower struct {
	trace         *Trace
	folder, marks string
	pid           int
	memory        *os.File
	open          map[uint64]opened // by descriptor
	calls         map[int]*call     // by thread
	busy          int               // the thread whose call is under way, 0 none
	waiting       []int             // threads whose calls wait for that
	exit          int
	err           error
}

// opened is what a descriptor stands for.
type opened struct {
	file int // folderEntry for a folder, 0 for the file of marks
	path string
}

// call is a thread's call of the kernel.
type call struct {
	inside bool
	op     func(result int64) // what to write down when it is over; nil for nothing
}

func (f *follower) run() error {
	for len(f.calls) > 0 {
		var status syscall.WaitStatus
		tid, err := syscall.Wait4(-1, &status, syscall.WALL|onlyOwnChildren, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		c := f.calls[tid]
		if c == nil { // a new thread, whose first stop has no other meaning
			f.calls[tid] = &call{}
			if status.Stopped() {
				f.resume(tid, 0)
				continue
			}
			c = f.calls[tid]
		}
		switch {
		case status.Exited() || status.Signaled():
			delete(f.calls, tid)
			if tid == f.pid {
				f.exit = status.ExitStatus()
			}
			if f.busy == tid {
				f.next()
			}
		case status.StopSignal() == syscallStop:
			f.syscall(tid, c)
		case status.StopSignal() == syscall.SIGTRAP: // a thread was made
			f.resume(tid, 0)
		default:
			f.resume(tid, int(status.StopSignal()))
		}
	}
	return nil
}

// resume lets a thread go on to its next stop. It may have been killed.
func (f *follower) resume(tid, signal int) {
	if err := syscall.PtraceSyscall(tid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		f.err = errors.Join(f.err, err)
	}
}

func (f *follower) syscall(tid int, c *call) {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
		f.resume(tid, 0)
		return
	}
	c.inside = !c.inside
	if c.inside {
		c.op = f.begin(&regs)
		switch {
		case c.op == nil:
			f.resume(tid, 0)
		case f.busy != 0:
			f.waiting = append(f.waiting, tid)
		default:
			f.busy = tid
			f.resume(tid, 0)
		}
		return
	}
	if c.op != nil {
		if result := int64(regs.Rax); result >= 0 {
			c.op(result)
		}
		f.next()
	}
	f.resume(tid, 0)
}

// next lets the next call that waited begin.
func (f *follower) next() {
	f.busy = 0
	if len(f.waiting) > 0 {
		f.busy, f.waiting = f.waiting[0], f.waiting[1:]
		f.resume(f.busy, 0)
	}
}

// did writes an operation down.
func (f *follower) did(op Op) { f.trace.Do(op, func() bool { return true }) }

// begin tells what to write down when a call that begins is over, nil when it
// is none that matters.
func (f *follower) begin(regs *syscall.PtraceRegs) func(result int64) {
	a, b, c, d := regs.Rdi, regs.Rsi, regs.Rdx, regs.R10
	switch n := regs.Orig_rax; n {
	case syscall.SYS_OPENAT:
		return f.opens(f.path(a, b), int(c))
	case syscall.SYS_MKDIRAT:
		return f.names(Op{Kind: MakeFolder, Path: f.name(f.path(a, b))})
	case syscall.SYS_UNLINKAT:
		return f.names(Op{Kind: Remove, Path: f.name(f.path(a, b))})
	case syscall.SYS_RENAMEAT, renameAt2:
		return f.names(Op{Kind: Rename, Path: f.name(f.path(a, b)), To: f.name(f.path(c, d))})
	case syscall.SYS_WRITE, syscall.SYS_PWRITE64, syscall.SYS_FTRUNCATE, syscall.SYS_FSYNC, syscall.SYS_FDATASYNC, syscall.SYS_CLOSE,
		syscall.SYS_WRITEV, syscall.SYS_PWRITEV, syscall.SYS_FALLOCATE, syscall.SYS_SENDFILE, syscall.SYS_DUP, syscall.SYS_DUP3:
		if o, ok := f.open[a]; ok {
			return f.changes(n, a, b, c, d, o)
		}
	case copyFileRange:
		if o, ok := f.open[c]; ok {
			return f.changes(n, a, b, c, d, o)
		}
	case syscall.SYS_OPEN, syscall.SYS_CREAT, syscall.SYS_RENAME, syscall.SYS_UNLINK, syscall.SYS_MKDIR, syscall.SYS_RMDIR, syscall.SYS_TRUNCATE, syscall.SYS_LINKAT:
		f.fail(fmt.Errorf("call %d of the kernel is not followed", n))
	}
	return nil
}

func (f *follower) fail(err error) {
	if err != nil {
		f.err = errors.Join(f.err, fmt.Errorf("powertest: %w", err))
	}
}

// opens tells what opening a file means.
func (f *follower) opens(file string, flags int) func(int64) {
	if file == f.marks {
		return func(fd int64) { f.open[uint64(fd)] = opened{path: file} }
	}
	name := f.name(file)
	if name == "" {
		return nil
	}
	return func(fd int64) {
		file := f.trace.Open(name, func() bool { return true })
		f.open[uint64(fd)] = opened{file, name}
		if flags&syscall.O_TRUNC != 0 {
			f.did(Op{Kind: Truncate, File: file})
		}
	}
}

// names tells what a change of names means. One of the two names of a Rename
// outside the folder is not followed.
func (f *follower) names(op Op) func(int64) {
	if op.Path == "" && op.To == "" {
		return nil
	}
	if op.Path == "" || op.Kind == Rename && op.To == "" {
		f.fail(errors.New("a name that leaves or enters the folder is not followed"))
		return nil
	}
	return func(int64) {
		if op.Kind == Rename {
			op.File = f.trace.file(op.Path)
		}
		f.did(op)
	}
}

// changes tells what a call on an open file means.
func (f *follower) changes(n, fd, from, length, offset uint64, o opened) func(int64) {
	switch n {
	case syscall.SYS_CLOSE:
		return func(int64) { delete(f.open, fd) }
	case syscall.SYS_FSYNC, syscall.SYS_FDATASYNC:
		op := Op{Kind: Sync, File: o.file}
		if o.file == folderEntry {
			op = Op{Kind: SyncFolder, Path: o.path}
		}
		return func(int64) { f.did(op) }
	case syscall.SYS_FTRUNCATE:
		return func(int64) { f.did(Op{Kind: Truncate, File: o.file, Offset: int64(from)}) }
	case syscall.SYS_WRITE, syscall.SYS_PWRITE64:
		op := Op{Kind: Write, File: o.file, Offset: int64(offset), Bytes: make([]byte, length)}
		_, err := f.memory.ReadAt(op.Bytes, int64(from))
		f.fail(err)
		if o.file == 0 {
			op.Kind = Mark
		} else if n == syscall.SYS_WRITE {
			op.Offset = f.position(fd)
		}
		return func(result int64) {
			op.Bytes = op.Bytes[:result]
			f.did(op)
		}
	}
	f.fail(fmt.Errorf("call %d of the kernel on %s is not followed", n, o.path))
	return nil
}

// position tells where a descriptor writes next.
func (f *follower) position(fd uint64) (at int64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", f.pid, fd))
	if err == nil {
		_, err = fmt.Sscanf(string(b), "pos:\t%d\nflags:", &at)
	}
	f.fail(err)
	return at
}

// path reads the name of a file from the program's memory.
func (f *follower) path(folder, from uint64) string {
	b := make([]byte, 4096)
	n, err := f.memory.ReadAt(b, int64(from))
	name, _, ok := strings.Cut(string(b[:n]), "\x00")
	if !ok {
		f.fail(fmt.Errorf("no name of a file: %w", err))
	}
	if !filepath.IsAbs(name) {
		if o, ok := f.open[folder]; ok {
			return filepath.Join(f.folder, o.path, name)
		}
		return "" // where the program runs, which is not the folder
	}
	return filepath.Clean(name)
}

// name gives the name of a file as the trace has it, "" for one outside the folder.
func (f *follower) name(file string) string {
	name, err := filepath.Rel(f.folder, file)
	if err != nil || name == ".." || strings.HasPrefix(name, "../") {
		return ""
	}
	return name
}
