//go:build !windows

package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/app/desk"
)

// lp stands where CUPS has its own, and notes what it is told.
func lp(t *testing.T, script string) (noted string) {
	t.Helper()
	dir := t.TempDir()
	noted = filepath.Join(dir, "noted")
	if err := os.WriteFile(filepath.Join(dir, "lp"), []byte("#!/bin/sh\necho \"$@\" >> "+noted+"\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return noted
}

func papers(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range []string{"-o.pdf", "责令 改正.pdf", "c.pdf"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("%PDF-1.4"), 0o644); err != nil {
			t.Fatal(err)
		}
		out = append(out, path)
	}
	return out
}

func TestPapersGoToThePrinterInOrder(t *testing.T) {
	noted := lp(t, "exit 0")
	files := papers(t)
	sent, err := desk.SendToPrinter(ctx, "Hall", files, nil)
	if err != nil || sent != 3 {
		t.Fatal(sent, err)
	}
	b, _ := os.ReadFile(noted)
	var want string
	for _, f := range files {
		want += "-s -t Plumbline -d Hall -- " + f + "\n"
	}
	if string(b) != want {
		t.Errorf("lp was told\n%swant\n%s", b, want)
	}
}

func TestAPrinterThatRefusesOrAPersonWhoCancelsStopsThePapers(t *testing.T) {
	lp(t, "echo 'The printer or class does not exist.' >&2; exit 1")
	sent, err := desk.SendToPrinter(ctx, "nowhere", papers(t), nil)
	if sent != 0 || messageOf(err) != "printer.refused" {
		t.Errorf("sent %d, %v; want none and that it was refused", sent, err)
	}
	noted := lp(t, "exit 0")
	cut, cancel := context.WithCancel(ctx)
	defer cancel()
	sent, err = desk.SendToPrinter(cut, "", papers(t), func(done, _ int) {
		if done == 2 {
			cancel()
		}
	})
	b, _ := os.ReadFile(noted)
	if !errors.Is(err, context.Canceled) || sent != 2 || strings.Count(string(b), "\n") > 3 {
		t.Errorf("sent %d, %v; want two and that it was cancelled", sent, err)
	}
	if sent, err := desk.SendToPrinter(ctx, "", append(papers(t), "gone.pdf"), nil); sent != 0 || messageOf(err) != "printer.no_file" {
		t.Errorf("sent %d, %v; want none while one file is missing", sent, err)
	}
}
