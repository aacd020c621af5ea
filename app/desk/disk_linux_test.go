package desk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
)

// smallDisk mounts a disk of so many megabytes; it needs root, and in a
// container the right to mount.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("plumbline-test", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("a small disk cannot be mounted here (that takes root): %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill takes room on a disk: so many megabytes, all that is left for 0.
func fill(t *testing.T, dir string, megabytes int) (free func()) {
	t.Helper()
	f, err := os.CreateTemp(dir, "film-*")
	if err != nil {
		t.Fatal(err)
	}
	if megabytes > 0 {
		if _, err := f.Write(make([]byte, megabytes<<20)); err != nil {
			t.Fatal(err)
		}
	} else {
		for _, size := range []int{1 << 20, 4096} {
			for err = nil; err == nil; {
				_, err = f.Write(make([]byte, size))
			}
		}
	}
	f.Close()
	return func() { os.Remove(f.Name()) }
}

// The disk fills up while somebody answers. Every answer is either kept or said
// not to be; photo, backup, print and seal say so too; and when there is room
// again work goes on where it stopped.
func TestTheDiskFillsUpWhileAnswering(t *testing.T) {
	disk := smallDisk(t, 16)
	free := fill(t, disk, 10)
	d := openDesk(t, filepath.Join(disk, "data"))
	id := plan(t, d)
	answerAll(t, d, id, "note")
	sealed := id
	signAndSeal(t, d, sealed)
	id = plan(t, d)
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	var full error
	for n := 0; full == nil; n++ {
		key := v.Nodes[n%len(v.Nodes)].Key
		note := fmt.Sprintf("%d %s", n, strings.Repeat("三笔付款无凭证。", 2000))
		if _, full = d.Answer(ctx, v.Inspection.Team[0].Person, id, map[string]record.Answer{key: {Note: note}}); full == nil {
			kept[key] = note
		}
		if n > 10_000 {
			t.Fatal("the disk never fill up")
		}
	}
	if messageOf(full) != "store.full" {
		t.Fatalf("answering: got %v, want store.full", full)
	}
	if len(kept) == 0 {
		t.Fatal("nothing was kept before the disk was full")
	}
	fill(t, disk, 0)
	for what, f := range map[string]func() error{
		"answering": func() error {
			_, err := d.Answer(ctx, v.Inspection.Team[0].Person, id, map[string]record.Answer{v.Nodes[0].Key: {Note: strings.Repeat("又一句。", 4000)}})
			return err
		},
		"attaching":                   func() error { _, err := d.AttachPhoto(ctx, "", id, v.Nodes[0].Key, picture(t), ""); return err },
		"backing up to the same disk": func() error { return d.Backup(ctx, filepath.Join(disk, "b.backup"), nil) },
		"printing a sealed record": func() error {
			_, err := d.Print(ctx, "", sealed, "inspection-record", desk.Printing{Language: report.Chinese})
			return err
		},
	} {
		if err := f(); record.CodeOf(err) != record.Full {
			t.Errorf("%s on a full disk: got %v, want code full", what, err)
		}
	}
	if _, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Chinese}); err != nil {
		t.Errorf("printing a draft needs no room, but: %v", err)
	}
	if err := d.Backup(ctx, filepath.Join(t.TempDir(), "b.backup"), nil); err != nil {
		t.Errorf("backing up a full disk to another: %v", err)
	}
	check := func(when string) {
		t.Helper()
		i, err := d.Store.Inspection(ctx, id)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		for key, note := range kept {
			if i.Answers[key].Note != note {
				t.Errorf("%s: item %s: got a note of %d bytes, want the %d that were said to be kept", when, key, len(i.Answers[key].Note), len(note))
			}
		}
	}
	check("on the full disk")
	free()
	note := "又有空间了"
	if _, err := d.Answer(ctx, v.Inspection.Team[0].Person, id, map[string]record.Answer{v.Nodes[0].Key: {Note: note}}); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	kept[v.Nodes[0].Key] = note
	d.Close()
	d = openDesk(t, filepath.Join(disk, "data"))
	check("opened anew")
	if checked, err := d.Verify(ctx); err != nil || len(checked.Problems) > 0 {
		t.Errorf("verify: %+v, %v", checked, err)
	}
}
