package main

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// canMount tells whether a small disk can be mounted: a container may have root
// without that right.
var canMount = sync.OnceValue(func() bool {
	dir, err := os.MkdirTemp("", "plumbline-mount-")
	if err != nil {
		return false
	}
	defer os.Remove(dir)
	if err := syscall.Mount("plumbline-test", dir, "tmpfs", 0, "size=1m"); err != nil {
		return false
	}
	return syscall.Unmount(dir, 0) == nil
})

// smalldisk mount DIR MB | fill DIR [KB] | free DIR: a disk of so many
// megabytes at DIR; all its room but so many kilobytes taken away; given back.
func smallDisk(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[1])
	filler := filepath.Join(dir, "somebody-elses-film")
	switch args[0] {
	case "mount":
		ts.Check(os.MkdirAll(dir, 0o755))
		ts.Check(syscall.Mount("plumbline-test", dir, "tmpfs", 0, "size="+args[2]+"m"))
		ts.Defer(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	case "fill":
		keep := 0
		if len(args) > 2 {
			var err error
			keep, err = strconv.Atoi(args[2])
			ts.Check(err)
		}
		f, err := os.OpenFile(filler, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		ts.Check(err)
		for _, size := range []int{1 << 20, 4096} {
			for err == nil {
				_, err = f.Write(make([]byte, size))
			}
			err = nil
		}
		size, err := f.Seek(0, io.SeekEnd)
		ts.Check(err)
		ts.Check(f.Truncate(max(0, size-int64(keep)<<10)))
		ts.Check(f.Close())
	case "free":
		ts.Check(os.Remove(filler))
	}
}
