package desk_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/photo"
	"plumbline/app/record"
	"plumbline/app/report"
)

// noisy is a photo of w × h as a file, no two alike.
func noisy(t testing.TB, seed int64, w, h int) string {
	t.Helper()
	r := rand.New(rand.NewSource(seed))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{byte(r.Intn(90)), byte(120 + r.Intn(90)), byte(x), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "现场.jpg")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var (
	hideFace = record.PhotoStep{Do: record.HidePart, X: 40, Y: 40, W: 80, H: 80}
	markDoor = record.PhotoStep{Do: record.DrawArrow, Points: [][2]int{{10, 10}, {200, 100}}}
)

func firstItems(t testing.TB, d *desk.Desk, id record.ID) (a, b string, actor record.ID) {
	t.Helper()
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range v.Nodes {
		if n.Item.PhotoForbidden() || n.Item.Sensitive {
			continue
		}
		if a == "" {
			a = n.Key
		} else if b == "" {
			b = n.Key
		}
	}
	return a, b, v.Inspection.Team[0].Person
}

func checked(t testing.TB) func(desk.Visit, error) desk.Visit {
	return func(v desk.Visit, err error) desk.Visit {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAnEditedCopyStandsBesideItsOriginalAndCanBeMadeAgain(t *testing.T) {
	d, must := openDesk(t, t.TempDir()), checked(t)
	id := plan(t, d)
	a, _, actor := firstItems(t, d, id)
	must(d.AttachPhoto(ctx, actor, id, a, noisy(t, 1, 320, 240), "门口"))
	v := must(d.Visit(ctx, id))
	original := v.Inspection.EvidenceOf(a)[0]
	before, err := d.File(original.Digest)
	if err != nil {
		t.Fatal(err)
	}
	steps := []record.PhotoStep{hideFace, markDoor}
	v = must(d.EditPhoto(ctx, actor, id, desk.PhotoEdit{Photo: original.ID, Steps: steps, Instead: true}))
	copies := v.Inspection.CopiesOf(original)
	if len(v.Inspection.EvidenceOf(a)) != 1 || len(copies) != 1 {
		t.Fatalf("%d photos and %d copies on the item, want one of each", len(v.Inspection.EvidenceOf(a)), len(copies))
	}
	c := copies[0]
	if c.Of != original.Digest || len(c.Steps) != 2 || !c.Instead || c.By != actor || c.AddedAt == "" || c.Digest == original.Digest || c.Width != 320 {
		t.Errorf("the copy is recorded as %+v", c)
	}
	if after, err := d.File(original.Digest); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the original changed (%v)", err)
	}
	if match, _, err := d.CheckCopy(ctx, id, c.ID); err != nil || match != photo.Identical {
		t.Errorf("made again the copy is %q (%v), want identical", match, err)
	}
	if _, _, err := d.CheckCopy(ctx, id, original.ID); messageOf(err) != "photo.is_original" {
		t.Errorf("checking an original: %v", err)
	}
	// The same steps again are nothing new; another set takes the copy's place.
	if v = must(d.EditPhoto(ctx, actor, id, desk.PhotoEdit{Photo: original.ID, Steps: steps, Instead: true})); len(v.Inspection.Evidence) != 2 {
		t.Errorf("the same copy twice makes %d pieces of evidence, want 2", len(v.Inspection.Evidence))
	}
	v = must(d.EditPhoto(ctx, actor, id, desk.PhotoEdit{Photo: c.ID, Steps: []record.PhotoStep{hideFace}, Reason: "换用新副本"}))
	if now := v.Inspection.CopiesOf(original); len(now) != 1 || now[0].ID == c.ID || now[0].Instead {
		t.Errorf("after the copy was edited the copies are %+v, want the new one alone", now)
	}
	wantTraces(t, "copy replaced", traces(t, d, id, a), "withdrawn photo 换用新副本 ")
	if _, err := d.EditPhoto(ctx, actor, id, desk.PhotoEdit{Photo: c.ID, Steps: steps}); record.CodeOf(err) != record.NotFound {
		t.Errorf("editing a copy that was withdrawn: %v", err)
	}
	if _, err := d.EditPhoto(ctx, actor, id, desk.PhotoEdit{Photo: original.ID}); messageOf(err) != "photo.step.none" {
		t.Errorf("a copy without steps: %v", err)
	}
	report, err := d.Verify(ctx)
	if err != nil || len(report.Problems) != 0 {
		t.Errorf("verify says %v, %v", report.Problems, err)
	}
}

// The promise: what a copy hides is never on the organization's copy, not even
// in the file's bytes, whatever was chosen for the office, and not after the
// photo was withdrawn, put back or moved.
func TestTheOrganizationsCopyNeverHasThePictureBeneath(t *testing.T) {
	d, must := openDesk(t, t.TempDir()), checked(t)
	id, other := plan(t, d), plan(t, d)
	a, b, actor := firstItems(t, d, id)
	v := must(d.AttachPhoto(ctx, actor, id, a, noisy(t, 2, 320, 240), ""))
	original := v.Inspection.EvidenceOf(a)[0]
	pictures := func(of record.Evidence) (out [][]byte) {
		for _, h := range []record.Hash{of.Digest, of.Small} {
			if h != "" {
				f, err := d.File(h)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, f)
			}
		}
		return out
	}
	secret := pictures(original)
	shows := func(id record.ID, organization bool, picture [][]byte) bool {
		t.Helper()
		doc, err := d.Print(ctx, actor, id, "inspection-record", desk.Printing{Language: report.Both, OrganizationCopy: organization})
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(picture, func(p []byte) bool { return bytes.Contains(doc.PDF, p) })
	}
	if !shows(id, true, secret) {
		t.Fatal("without a copy the organization's copy does not show the photo: this test would prove nothing")
	}
	v = must(d.EditPhoto(ctx, actor, id, desk.PhotoEdit{Photo: original.ID, Steps: []record.PhotoStep{hideFace}}))
	c := v.Inspection.CopiesOf(original)[0]
	hidden := pictures(c)
	check := func(when string, id record.ID, office [][]byte) {
		t.Helper()
		if shows(id, true, secret) || !shows(id, true, hidden) {
			t.Errorf("%s: the organization's copy shows what is hidden (%t), or not the copy (%t)", when, shows(id, true, secret), shows(id, true, hidden))
		}
		if !shows(id, false, office) {
			t.Errorf("%s: the office's record does not show what was chosen", when)
		}
	}
	check("not chosen", id, secret)
	v = must(d.ShowCopy(ctx, actor, id, c.ID, true))
	check("chosen", id, hidden)
	must(d.WithdrawEvidence(ctx, actor, id, original.ID, "误"))
	if shows(id, true, secret) || shows(id, true, hidden) {
		t.Error("withdrawn photos print")
	}
	v = must(d.PutBackEvidence(ctx, actor, id, original.ID))
	check("withdrawn and put back", id, hidden)
	original = v.Inspection.EvidenceOf(a)[0]
	v = must(d.MoveEvidence(ctx, actor, id, original.ID, id, b, "挂错"))
	check("moved", id, hidden)
	if len(v.Inspection.CopiesOf(v.Inspection.EvidenceOf(b)[0])) != 1 {
		t.Error("the copy did not go with its photo")
	}
	v = must(d.MoveEvidence(ctx, actor, id, original.ID, other, a, "拍错单位"))
	check("moved to another inspection", other, hidden)
	if shows(id, false, secret) || shows(id, false, hidden) || len(v.Inspection.Evidence) != 2 {
		t.Errorf("the photo or its copy stayed behind; %d pieces of evidence went", len(v.Inspection.Evidence))
	}
	wantTraces(t, "moved away with its copy", traces(t, d, id, b)[1:], "moved_to photo 拍错单位 "+codeOf(t, d, other, a))
	// A second copy that hides something else: neither may be shown alone.
	original = v.Inspection.EvidenceOf(a)[0]
	must(d.EditPhoto(ctx, actor, other, desk.PhotoEdit{Photo: original.ID, Steps: []record.PhotoStep{{Do: record.HidePart, X: 200, Y: 150, W: 60, H: 40}}}))
	if shows(other, true, secret) || shows(other, true, hidden) {
		t.Error("two copies hide different things, and the organization's copy shows one of them")
	}
}

func codeOf(t *testing.T, d *desk.Desk, id record.ID, key string) string {
	t.Helper()
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := v.Node(key)
	return n.Item.Code
}

func TestTheRecordSaysThatACopyIsShownAndWhatItHides(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("needs pdftotext")
	}
	d, must := openDesk(t, t.TempDir()), checked(t)
	id := plan(t, d)
	a, _, actor := firstItems(t, d, id)
	v := must(d.AttachPhoto(ctx, actor, id, a, noisy(t, 3, 320, 240), ""))
	original := v.Inspection.EvidenceOf(a)[0]
	v = must(d.EditPhoto(ctx, actor, id, desk.PhotoEdit{Photo: original.ID, Instead: true, Steps: []record.PhotoStep{hideFace, {Do: record.CropPhoto, X: 10, Y: 10, W: 300, H: 200}}}))
	c := v.Inspection.CopiesOf(original)[0]
	for language, want := range map[report.Language][]string{
		report.Chinese: {"所示为原件经处理的副本；遮挡1处；已裁剪"},
		report.English: {"Shown:aneditedcopyoftheoriginal;1placemadeunreadable;cropped"},
		report.Both:    {"所示为原件经处理的副本；遮挡1处；已裁剪", "Shown:aneditedcopyoftheoriginal;1placemadeunreadable;cropped"},
	} {
		doc, err := d.Print(ctx, actor, id, "inspection-record", desk.Printing{Language: language})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "record.pdf")
		if folder := os.Getenv("PLUMBLINE_LOOK"); folder != "" {
			path = filepath.Join(folder, "copy-"+string(language)+".pdf")
		}
		if err := os.WriteFile(path, doc.PDF, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("pdftotext", path, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Join(strings.Fields(string(out)), "")
		_, digest, _ := strings.Cut(string(c.Digest), ":")
		for _, w := range append(want, digest[:32], digest[32:]) {
			if !strings.Contains(said, w) {
				t.Errorf("%s: the record does not say %q", language, w)
			}
		}
	}
}

// Whoever destroys a photo destroys what was made of it too, labels and all;
// what the copy hid stays off the organization's copy.
func TestDestroyingAPhotoDestroysItsCopies(t *testing.T) {
	d, must := openDesk(t, t.TempDir()), checked(t)
	id := plan(t, d)
	a, _, actor := firstItems(t, d, id)
	v := must(d.AttachPhoto(ctx, actor, id, a, noisy(t, 4, 320, 240), ""))
	original := v.Inspection.EvidenceOf(a)[0]
	v = must(d.EditPhoto(ctx, actor, id, desk.PhotoEdit{Photo: original.ID, Steps: []record.PhotoStep{hideFace, {Do: record.WriteText, X: 5, Y: 5, Size: 20, Text: "张某某"}}}))
	c := v.Inspection.CopiesOf(original)[0]
	second := v.Inspection.Team[1].Person
	x, err := d.RequestDestruction(ctx, id, actor, "314159", desk.Unlawful{Reason: record.ForThirdParty, Evidence: []record.ID{original.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ApproveDestruction(ctx, x.ID, second, "271828"); err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]record.Hash{"original": original.Digest, "small copy": original.Small, "edited copy": c.Digest} {
		if _, err := d.File(h); record.CodeOf(err) != record.NotFound {
			t.Errorf("the %s is still there (%v)", name, err)
		}
	}
	v = must(d.Visit(ctx, id))
	for _, e := range v.Inspection.Evidence {
		if e.Counts() {
			t.Errorf("%s still counts", e.ID)
		}
		for _, s := range e.Steps {
			if s.Text != "" {
				t.Errorf("the label %q is still in the record", s.Text)
			}
		}
		if e.IsCopy() && !e.Hides() {
			t.Error("what the copy hid is forgotten")
		}
	}
	if list := v.Inspection.EvidenceOf(a); len(list) != 0 {
		t.Errorf("%d photos are listed, want none", len(list))
	}
}

func TestAReinspectionFindsThePhotosOfLastTime(t *testing.T) {
	d, must := openDesk(t, t.TempDir()), checked(t)
	id := plan(t, d)
	a, b, actor := firstItems(t, d, id)
	v := must(d.AttachPhoto(ctx, actor, id, a, noisy(t, 5, 320, 240), "上次"))
	original := v.Inspection.EvidenceOf(a)[0]
	must(d.AttachPhoto(ctx, actor, id, a, noisy(t, 6, 320, 240), ""))
	must(d.EditPhoto(ctx, actor, id, desk.PhotoEdit{Photo: original.ID, Steps: []record.PhotoStep{hideFace}, Instead: true}))
	again := must(d.Visit(ctx, plan(t, d)))
	got, err := d.EarlierPhotos(ctx, again, a, 8)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d earlier photos (%v), want the two of last time", len(got), err)
	}
	// Photos of one second stand in any order.
	first := slices.IndexFunc(got, func(p desk.EarlierPhoto) bool { return p.Of == original.Digest })
	if first < 0 || got[first].Inspection != id || got[first].Number != v.Inspection.Number || got[first].Day == "" {
		t.Errorf("got %+v, want the copy that was chosen among them", got)
	}
	if got, err := d.EarlierPhotos(ctx, again, b, 8); err != nil || len(got) != 0 {
		t.Errorf("another item has %d earlier photos (%v)", len(got), err)
	}
	if got, err := d.EarlierPhotos(ctx, again, a, 1); err != nil || len(got) != 1 {
		t.Errorf("with a limit of one: %d (%v)", len(got), err)
	}
}
