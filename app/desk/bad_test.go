package desk_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// messageOf gives the message key of an error for people, "" for any other.
func messageOf(err error) string {
	var e *record.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Message
}

func tables(t testing.TB, d *desk.Desk) record.Hash {
	t.Helper()
	h, err := d.Store.Digest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func itemKey(t testing.TB, v desk.Visit, code string) string {
	t.Helper()
	for _, n := range v.Nodes {
		if n.Item.Code == code {
			return n.Key
		}
	}
	t.Fatalf("the checklist has no item %s", code)
	return ""
}

// A new folder that many programs open at the same moment becomes one device.
func TestManyOpenANewFolderAtOnce(t *testing.T) {
	for range 4 {
		folder := filepath.Join(t.TempDir(), "数据 100% #1")
		devices := make([]record.ID, 6)
		var wg sync.WaitGroup
		for n := range devices {
			wg.Go(func() {
				d, err := desk.Open(ctx, folder, database, desk.Options{})
				if err != nil {
					t.Errorf("open: %v", err)
					return
				}
				devices[n] = d.Store.Self().Device
				if err := d.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
		wg.Wait()
		for _, d := range devices {
			if d != devices[0] {
				t.Fatalf("got devices %v, want one", devices)
			}
		}
	}
}

// Answers come as a whole: one that cannot be kept keeps the others out too,
// facts among them. Nor is anything kept in a stranger's name.
func TestOneWrongAnswerKeepsNone(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	before := tables(t, d)
	good := itemKey(t, v, "REG-01")
	if _, err := d.Answer(ctx, record.InspectorID("someone else"), id, map[string]record.Answer{good: {Value: text(record.Conform)}}); messageOf(err) != "answer.not_in_team" {
		t.Errorf("in the name of somebody who is not of the team: %v", err)
	}
	for _, c := range []struct {
		what    string
		answers map[string]record.Answer
		want    string
	}{
		{"a value that is none", map[string]record.Answer{itemKey(t, v, "REG-03"): {Value: text("perfect")}}, "checklist.not_one_of"},
		{"an item of no checklist", map[string]record.Answer{"nonsense": {Value: text(record.Conform)}}, "answer.item_unknown"},
		{"a misspelt fact", map[string]record.Answer{checklist.FactKey("is_trade_asociation"): {Value: text(checklist.Yes)}}, "answer.fact_unknown"},
		{"a fact that is neither yes nor no", map[string]record.Answer{checklist.FactKey("is_trade_association"): {Value: text("perhaps")}}, "checklist.not_one_of"},
		{"an item that the fact beside it takes away", map[string]record.Answer{
			checklist.FactKey("is_trade_association"): {Value: text(checklist.No)}, itemKey(t, v, "FIN-11"): {Value: text(record.Conform)}}, "answer.item_unknown"},
	} {
		c.answers[good] = record.Answer{Value: text(record.Conform)}
		if _, err := d.Answer(ctx, v.Inspection.Team[0].Person, id, c.answers); messageOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", c.what, err, c.want)
		}
		if after := tables(t, d); after != before {
			t.Errorf("%s: something was kept", c.what)
		}
	}
}

func TestASignatureThatMayNotBeDoesNotEndTheVisit(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	leader := record.InspectorID(team[0].Certificate)
	if _, err := d.Sign(ctx, id, desk.Signing{Person: leader, PIN: pin, Method: record.SignedDrawn}); err != nil {
		t.Fatal(err) // makes the key
	}
	id = plan(t, d)
	for _, c := range []struct {
		what string
		s    desk.Signing
		want string
	}{
		{"a wrong PIN", desk.Signing{Person: leader, PIN: "271828", Method: record.SignedDrawn}, "key.pin_wrong"},
		{"no PIN", desk.Signing{Person: record.InspectorID(team[1].Certificate), Method: record.SignedDrawn}, "key.pin_short"},
		{"somebody else", desk.Signing{Person: record.InspectorID("1"), PIN: pin, Method: record.SignedDrawn}, "signature.not_in_team"},
		{"an inspector who refuses", desk.Signing{Person: leader, PIN: pin, Method: record.SignRefused, Reason: "x", Witness: "y"}, "signature.inspector_refused"},
		{"an empty pad", desk.Signing{Name: "李明", Method: record.SignedDrawn}, "signature.empty"},
		{"a picture that is none", desk.Signing{Name: "李明", Method: record.SignedDrawn, Image: []byte("GIF89a")}, "signature.not_png"},
		{"nobody's name", desk.Signing{Method: record.SignedPaper}, "signature.name_needed"},
		{"no way of signing", desk.Signing{Name: "李明", Method: "nod"}, "signature.method_unknown"},
	} {
		if _, err := d.Sign(ctx, id, c.s); messageOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", c.what, err, c.want)
		}
		v, err := d.Visit(ctx, id)
		if err != nil || v.Inspection.EndedAt != "" || len(v.Inspection.Signatures) > 0 {
			t.Errorf("%s: ended %q, %d signatures, %v", c.what, v.Inspection.EndedAt, len(v.Inspection.Signatures), err)
		}
	}
}

func TestWhatIsNoPhotoIsRefused(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	huge := write("huge.jpg", "\xff\xd8\xff\xe0")
	if err := os.Truncate(huge, 2<<30); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(picture(t))
	if err != nil {
		t.Fatal(err)
	}
	before := tables(t, d)
	for _, c := range []struct{ path, want string }{
		{write("text.jpg", "no photo"), "photo.text"},
		{write("empty.jpg", ""), "photo.empty"},
		{write("cut.jpg", string(whole[:len(whole)/3])), "photo.damaged"},
		{write("letter.jpg", "%PDF-1.7"), "photo.other_format"},
		{huge, "photo.too_large"},
		{folder, "photo.not_a_file"},
		{filepath.Join(folder, "nowhere.jpg"), "photo.not_found"},
		{os.DevNull, "photo.not_a_file"},
	} {
		_, err := d.AttachPhoto(ctx, "", id, v.Nodes[0].Key, c.path, "")
		if messageOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", filepath.Base(c.path), err, c.want)
		}
	}
	if after := tables(t, d); after != before {
		t.Error("a refused photo left something behind")
	}
}

func TestTheSamePhotoTwiceIsOne(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	photo := picture(t)
	for range 2 {
		if v, err = d.AttachPhoto(ctx, "", id, v.Nodes[0].Key, photo, ""); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(v.Inspection.Evidence); n != 1 {
		t.Errorf("got %d photos, want 1", n)
	}
}

// A visitor's copy of a secret is as bad as a spy's: SEC-16 takes no photo.
func TestAnItemThatMustNotBePhotographed(t *testing.T) {
	d := openDesk(t, t.TempDir())
	i, err := d.Store.Inspection(ctx, plan(t, d))
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.NewInspection(ctx, desk.Plan{Organization: i.Organization.ID, Checklist: "cn.security-risk",
		Certificates: []string{team[0].Certificate, team[1].Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	key := itemKey(t, v, "SEC-16")
	_, err = d.AttachPhoto(ctx, "", id, key, picture(t), "")
	_, errBytes := d.AttachPhotoBytes(ctx, "", id, key, "a.png", line(t), "")
	for _, err := range []error{err, errBytes} {
		var e *record.Error
		if !errors.As(err, &e) || e.Message != "evidence.photo_forbidden" || e.Args["item"] != "SEC-16" {
			t.Errorf("got %v, want evidence.photo_forbidden at SEC-16", err)
		}
	}
}

func TestABackupThatFailsLeavesNothingBehind(t *testing.T) {
	d := openDesk(t, t.TempDir())
	plan(t, d)
	folder := t.TempDir()
	file := filepath.Join(folder, "b.backup")
	if err := os.WriteFile(file, []byte("an older one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(ctx, file, nil); messageOf(err) != "backup.exists" {
		t.Errorf("over a file: got %v, want backup.exists", err)
	}
	if err := d.Backup(ctx, filepath.Join(folder, "nowhere", "b.backup"), nil); messageOf(err) != "backup.no_folder" {
		t.Errorf("into no folder: got %v, want backup.no_folder", err)
	}
	for where, want := range map[string]string{folder: "b.backup", d.Folder(): ""} {
		entries, err := os.ReadDir(where)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != want && strings.HasPrefix(e.Name(), ".") {
				t.Errorf("%s was left in %s", e.Name(), where)
			}
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "an older one" {
		t.Errorf("the older file holds %q (%v)", b, err)
	}
}

// Two restores within one second each keep aside what was there.
func TestRestoredTwiceInOneSecond(t *testing.T) {
	folder := t.TempDir()
	d := openDesk(t, folder)
	plan(t, d)
	file := filepath.Join(t.TempDir(), "b.backup")
	if err := d.Backup(ctx, file, nil); err != nil {
		t.Fatal(err)
	}
	d.Close()
	aside := map[string]bool{}
	for range 3 {
		where, err := desk.Restore(ctx, folder, file, database, nil)
		if err != nil {
			t.Fatal(err)
		}
		aside[where] = true
	}
	if len(aside) != 3 {
		t.Errorf("moved aside to %v, want three folders", aside)
	}
	openDesk(t, folder)
}

func TestSampleDataComesIntoAFolderOfItsOwnOnly(t *testing.T) {
	real := openDesk(t, t.TempDir())
	plan(t, real)
	if _, err := real.LoadSample(ctx, nil); messageOf(err) != "sample.real_folder" {
		t.Errorf("into a folder with records: got %v, want sample.real_folder", err)
	}
	own := openDesk(t, t.TempDir())
	for range 2 {
		if _, err := own.LoadSample(ctx, nil); err != nil {
			t.Errorf("into a folder of its own: %v", err)
		}
	}
}
