package disk_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"plumbline/app/disk"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestARenamedFileTakesThePlaceOfAnother(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "新的"), filepath.Join(dir, "旧的")
	write(t, from, "new")
	write(t, to, "old")
	if err := errors.Join(disk.Rename(from, to), disk.SyncFolder(dir)); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(to); err != nil || string(b) != "new" {
		t.Errorf("got %q, %v", b, err)
	}
	if err := disk.Rename(from, to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("renaming what is not there: got %v", err)
	}
	if err := disk.Remove(to); err != nil {
		t.Error(err)
	}
	if err := disk.Remove(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removing what is not there: got %v", err)
	}
}

// Another program writes to the part that is becoming the file.
func TestAnOpenFileCanBeMovedAndRemoved(t *testing.T) {
	dir := t.TempDir()
	part, whole := filepath.Join(dir, "part"), filepath.Join(dir, "whole")
	f, err := disk.OpenFile(part, os.O_RDWR|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("photo"), 0); err != nil {
		t.Fatal(err)
	}
	if err := disk.Rename(part, whole); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(3), f.Sync()); err != nil {
		t.Error(err)
	}
	r, err := disk.Open(whole)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := disk.Remove(whole); err != nil {
		t.Error(err)
	}
	b := make([]byte, 3)
	if _, err := r.ReadAt(b, 0); err != nil || string(b) != "pho" {
		t.Errorf("who had it open reads %q, %v", b, err)
	}
	if _, err := disk.Open(part); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening what is not there: got %v", err)
	}
}

func TestAFullDiskIsKnownByTheSystemsOwnWord(t *testing.T) {
	if !disk.Full(&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}) {
		t.Error("a full disk is not known")
	}
	if disk.Full(fmt.Errorf("write: %w", fs.ErrPermission)) || disk.Full(nil) {
		t.Error("another failure is taken for a full disk")
	}
}

func TestAFolderIsMadeWithThoseAboveIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "数据", "files", "keys")
	for range 2 { // once more is no failure
		if err := disk.MakeFolder(dir); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "key"), "x")
	if err := disk.MakeFolder(filepath.Join(dir, "key", "below")); err == nil {
		t.Error("a folder was made below a file")
	}
}
