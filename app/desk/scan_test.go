package desk_test

import (
	"context"
	"errors"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/scan/scantest"
	"plumbline/app/store"
)

var clerks = []record.Inspector{{Certificate: "9901038881", Name: "拟稿甲"}, {Certificate: "9901038882", Name: "审核乙"}, {Certificate: "9901038883", Name: "签发丙"}}

// issuedOrder brings an order to the point where it waits for its seal.
func issuedOrder(t *testing.T, d *desk.Desk, inspection record.ID) record.Document {
	t.Helper()
	if _, err := d.Store.RegisterInspectors(ctx, "", clerks); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	k, _ := record.FindDocumentKind("correction-order")
	for _, slot := range k.Slots {
		fields[slot.Name] = "60"
	}
	x, err := d.Draft(ctx, desk.Drafting{Kind: k.Name, Inspection: inspection, Language: report.Chinese, Copies: 2, Word: "示民社检", Fields: fields, By: record.InspectorID(clerks[0].Certificate)})
	if err != nil {
		t.Fatal(err)
	}
	for n, to := range []record.DocumentState{record.Reviewed, record.Issued} {
		if x, err = d.AdvanceDocument(ctx, x.ID, to, desk.DocumentStep{By: record.InspectorID(clerks[n+1].Certificate)}); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// sealed is an inspection that is sealed.
func sealed(t *testing.T, d *desk.Desk) record.ID {
	t.Helper()
	id := plan(t, d)
	answerAll(t, d, id, "三笔付款无凭证")
	signAndSeal(t, d, id)
	return id
}

func printRecord(t *testing.T, d *desk.Desk, id record.ID) report.Document {
	t.Helper()
	doc, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// scanned lays a document on the glass, page by page.
func scanned(t *testing.T, doc report.Document, r *rand.Rand) (out [][]byte) {
	t.Helper()
	for n, p := range scantest.Printed(t, doc.PDF, scantest.Office.DPI) {
		out = append(out, scantest.Office.Scan(t, p, n%4, r))
	}
	return out
}

// written puts files into a folder of their own.
func written(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func takeIn(t *testing.T, d *desk.Desk, steps bool, paths ...string) []desk.TakenIn {
	t.Helper()
	out, err := d.TakeInScans(ctx, desk.ScanDrop{By: record.InspectorID(team[0].Certificate), Paths: paths, Steps: steps}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// messageKey is the key of what an error says.
func messageKey(err error) string {
	var e *record.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

func entries(t *testing.T, d *desk.Desk) int64 {
	t.Helper()
	n, err := d.Store.Tip(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Friday's post: one PDF with a record and most of an order, the order's first page
// as a picture, and a holiday photo.
func TestScansOfOneDropFindTheirRecords(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := sealed(t, d)
	order := issuedOrder(t, d, id)
	paper, err := d.PrintDocument(ctx, "", order.ID, desk.Printing{})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewSource(7))
	pages, records := scanned(t, paper, r), scanned(t, printRecord(t, d, id), r)
	photo, err := os.ReadFile(picture(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := written(t, map[string][]byte{"a.pdf": scantest.PDF(t, "JPEG", append(slices.Clone(records), pages[1:]...)...), "b.jpg": pages[0], "holiday.jpg": photo, "list.xlsx": nil})

	got := takeIn(t, d, true, dir)
	if len(got) != 3 {
		t.Fatalf("%d files, want 3: %+v", len(got), got)
	}
	if x := got[0]; !x.Placed() || !x.New || len(x.Pages) != len(records)+len(pages)-1 || len(x.Steps) != 0 {
		t.Errorf("a.pdf: %+v", x)
	}
	if len(got[0].Held) != 1 || messageKey(got[0].Held[0].Err) != "scan.pages_missing" {
		t.Errorf("an order of which a page is missing: %+v", got[0].Held)
	}
	if x := got[1]; !x.Placed() || len(x.Steps) != 1 || x.Steps[0].State != record.Stamped || x.Steps[0].Steps[record.Stamped].File == "" {
		t.Errorf("b.jpg: %+v", x)
	}
	if x := got[2]; messageKey(x.Err) != "scan.no_code" {
		t.Errorf("a photo of something else: %+v", x)
	}
	back, err := d.Returned(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string]string{}
	for _, b := range back {
		if !b.Whole() {
			t.Errorf("%s: pages %v are missing", b.Kind, b.Missing)
		}
		printed[b.Kind] = b.Printed
	}
	if printed["inspection-record"] != "same" || printed["correction-order"] != "issued" {
		t.Errorf("printed from %v", printed)
	}
	files, err := d.Store.FilesToSend(ctx, 100)
	if err != nil || !slices.ContainsFunc(files, func(f store.File) bool { return f.Digest == record.HashOf(pages[0]) }) {
		t.Errorf("the scan does not travel to the server (%v)", err)
	}

	// Again: nothing new, no step is taken, nothing is written.
	before := entries(t, d)
	for _, x := range takeIn(t, d, true, dir)[:2] {
		if x.New || len(x.Steps) > 0 || !x.Placed() {
			t.Errorf("taken in twice: %+v", x)
		}
	}
	if now := entries(t, d); now != before {
		t.Errorf("taken in twice wrote %d entries", now-before)
	}
	if checked, err := d.Verify(ctx); err != nil || len(checked.Problems) > 0 {
		t.Errorf("verify: %+v, %v", checked, err)
	}
	if err := d.Store.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if again, err := d.Returned(ctx, id); err != nil || len(again) != len(back) {
		t.Errorf("after a rebuild: %+v, %v", again, err)
	}
}

// What is printed before the seal, signed in ink and scanned leads to what was
// signed, as a drawn signature does: the print says which reading it shows.
func TestAScanOfARecordSignedInInkTellsWhetherItIsWhatWasSealed(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	answerAll(t, d, id, "三笔付款无凭证")
	early := printRecord(t, d, id)
	if _, err := d.SetFields(ctx, record.InspectorID(team[0].Certificate), id, map[string]any{"statement": "无异议", "ended_at": "2026-11-20T11:00:00+08:00"}); err != nil {
		t.Fatal(err)
	}
	late := printRecord(t, d, id)
	signAndSeal(t, d, id)
	r := rand.New(rand.NewSource(8))
	for want, doc := range map[string]report.Document{"same": late, "before": early} {
		x := takeIn(t, d, false, written(t, map[string][]byte{"a.pdf": scantest.PDF(t, "JPEG", scanned(t, doc, r)...)}))[0]
		if !x.Placed() {
			t.Fatalf("%s: %+v", want, x)
		}
		prints, err := d.Store.PrintsWithCode(ctx, x.Pages[0].Place.Content)
		if err != nil || len(prints) != 1 {
			t.Fatalf("%v, %v", prints, err)
		}
		i, err := d.Store.Inspection(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if signed := prints[0].Reading == i.Signatures[0].Content; signed != (want == "same") {
			t.Errorf("%s: the print is of what was signed: %v", want, signed)
		}
	}
	back, err := d.Returned(ctx, id)
	if err != nil || len(back) != 1 || back[0].Whole() || len(back[0].Prints) != 2 {
		t.Errorf("pages of two prints: %+v, %v", back, err)
	}
}

func TestAStampedPDFIsFoundByWhatWasAttachedToIt(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := sealed(t, d)
	order := issuedOrder(t, d, id)
	doc, err := d.PrintDocument(ctx, "", order.ID, desk.Printing{})
	if err != nil {
		t.Fatal(err)
	}
	stamped := append(slices.Clone(doc.PDF), []byte("\n% what a platform of seals appends\n")...)
	x := takeIn(t, d, true, written(t, map[string][]byte{"a.pdf": stamped}))[0]
	if !x.Placed() || len(x.Pages) != doc.Pages || x.Pages[0].Place.How != record.PlacedByFile || len(x.Steps) != 1 {
		t.Errorf("got %+v", x)
	}
}

// A platform that writes the whole file anew keeps what is attached, packed as it
// likes.
func TestAPDFThatWasWrittenAnewIsFoundAllTheSame(t *testing.T) {
	if _, err := exec.LookPath("qpdf"); err != nil {
		t.Skip("no qpdf on this machine")
	}
	d := openDesk(t, t.TempDir())
	id := sealed(t, d)
	dir := written(t, map[string][]byte{"a.pdf": printRecord(t, d, id).PDF})
	for _, how := range []string{"--object-streams=generate", "--qdf", "--linearize"} {
		to := filepath.Join(dir, "b.pdf")
		if out, err := exec.Command("qpdf", how, filepath.Join(dir, "a.pdf"), to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if x := takeIn(t, d, false, to)[0]; !x.Placed() || x.Pages[0].Place.How != record.PlacedByFile {
			t.Errorf("%s: %+v", how, x)
		}
	}
}

// A page whose code is beneath the seal lies between its neighbours; one that
// nothing tells is placed by hand, and only with a note once it has a place.
func TestAPageWithoutItsCodeIsPlacedBetweenItsNeighboursOrByHand(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := sealed(t, d)
	doc := printRecord(t, d, id)
	r := rand.New(rand.NewSource(9))
	var pages [][]byte
	for n, p := range scantest.Printed(t, doc.PDF, scantest.Office.DPI) {
		if n == 1 { // the seal
			for y := p.Rect.Dy() * 9 / 10; y < p.Rect.Dy(); y++ {
				for x := p.Rect.Dx() * 8 / 10; x < p.Rect.Dx(); x++ {
					p.Pix[y*p.Stride+x] = 90
				}
			}
		}
		pages = append(pages, scantest.Office.Scan(t, p, 0, r))
	}
	x := takeIn(t, d, false, written(t, map[string][]byte{"a.pdf": scantest.PDF(t, "JPEG", pages[:3]...)}))[0]
	if !x.Placed() || x.Pages[1].Place.How != record.PlacedBetween || x.Pages[1].Place.Page != 2 {
		t.Fatalf("got %+v", x.Pages)
	}
	lone := filepath.Join(written(t, map[string][]byte{"b.jpg": pages[1]}), "b.jpg")
	if x = takeIn(t, d, false, lone)[0]; messageKey(x.Err) != "scan.no_code" {
		t.Fatalf("a page that nothing tells: %+v", x)
	}
	by := record.InspectorID(team[0].Certificate)
	x, err := d.PlaceScan(ctx, by, lone, "", nil, record.Place{Inspection: id, Kind: "inspection-record", Page: 2, Of: doc.Pages})
	if err != nil || x.Pages[0].Place.How != record.PlacedByHand {
		t.Fatalf("by hand: %+v, %v", x, err)
	}
	if _, err = d.PlaceScan(ctx, by, "", x.Scan, []int{1}, record.Place{Inspection: id, Kind: "inspection-record", Page: 3}); messageKey(err) != "scan.note_needed" {
		t.Errorf("moved without a note: %v", err)
	}
	if _, err = d.PlaceScan(ctx, by, "", x.Scan, []int{1}, record.Place{Inspection: id, Kind: "inspection-record", Page: 3, Note: "页码看错"}); err != nil {
		t.Error(err)
	}
}

func TestADropThatIsStoppedKeepsWhatWasTakenIn(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := sealed(t, d)
	files := map[string][]byte{"a.pdf": printRecord(t, d, id).PDF}
	list, err := d.Print(ctx, "", id, "evidence-list", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	files["b.pdf"] = list.PDF
	stopped, stop := context.WithCancel(ctx)
	got, err := d.TakeInScans(stopped, desk.ScanDrop{By: record.InspectorID(team[0].Certificate), Paths: []string{written(t, files)}}, func(done, total int) {
		if done == 1 {
			stop()
		}
	})
	if err != context.Canceled || len(got) != 1 {
		t.Fatalf("%d taken in, %v", len(got), err)
	}
	if scans, err := d.Store.Scans(ctx, id); err != nil || len(scans) != 1 {
		t.Errorf("%d scans are kept, %v", len(scans), err)
	}
}
