package disk_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"plumbline/app/disk"
)

// A virus scanner has the new file open for a moment, and shares it with nobody.
func TestAFileThatSomebodyHasOpenIsMovedOnceItIsFree(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "part"), filepath.Join(dir, "whole")
	for _, move := range []func() error{
		func() error { return disk.Rename(from, to) },
		func() error { return disk.Remove(from) },
	} {
		write(t, from, "photo")
		name, err := windows.UTF16PtrFromString(from)
		if err != nil {
			t.Fatal(err)
		}
		scanner, err := windows.CreateFile(name, windows.GENERIC_READ, 0, nil, windows.OPEN_EXISTING, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(from, to+"-at-once"); err == nil {
			t.Fatal("the file is not held: the test proves nothing")
		}
		go func() {
			time.Sleep(50 * time.Millisecond)
			windows.CloseHandle(scanner)
		}()
		if err := move(); err != nil {
			t.Error(err)
		}
	}
}
