package desk_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"plumbline/app/checklist"
	"plumbline/app/record"
)

// What is tried out is thrown away, also by the next one when a program ended
// without a word; one that is open stays.
func TestATrialLeavesNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	d := openDesk(t, t.TempDir())
	before := tables(t, d)
	open, err := d.Try(ctx, checklist.Builtin()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer open.End()
	v, err := open.Visit(ctx, open.Inspection)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.AnswerSeen(ctx, v.Inspection.Team[0].Person, v.Inspection, map[string]record.Answer{v.Nodes[0].Key: {Value: text(record.Conform)}}); err != nil {
		t.Fatal(err)
	}
	left, err := d.Try(ctx, checklist.Builtin()[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Close(); err != nil { // as if the program had ended here
		t.Fatal(err)
	}
	third, err := d.Try(ctx, checklist.Builtin()[2])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left.Folder()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was left behind is there still (%v)", err)
	}
	if _, err := os.Stat(open.Folder()); err != nil {
		t.Errorf("the trial that is open is gone: %v", err)
	}
	if err := third.End(); err != nil {
		t.Fatal(err)
	}
	if tables(t, d) != before {
		t.Error("something of a trial is in the real folder")
	}
}
