package desk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
)

const secret = "线索：地下室有涉密标志的资料袋"

// sealedWithSecrets is a sealed inspection of the security checklist, with a
// note and a photo that only some may know of, and a photo that all may see. All
// answers stand in one entry together, or each in its own.
func sealedWithSecrets(t *testing.T, d *desk.Desk, together bool) record.ID {
	t.Helper()
	first, err := d.Visit(ctx, plan(t, d))
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.NewInspection(ctx, desk.Plan{Organization: first.Inspection.Organization.ID, Checklist: "cn.security-risk", Certificates: []string{team[0].Certificate, team[1].Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	if answers := answersTo(t, d, id, "三笔付款无凭证，经办人𬱖𬭸𬬭"); together {
		_, err = d.Answer(ctx, leader(), id, answers)
	} else {
		for _, key := range slices.Sorted(maps.Keys(answers)) { // as the window does it
			if _, err = d.Answer(ctx, leader(), id, map[string]record.Answer{key: answers[key]}); err != nil {
				break
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var open, hidden string
	for _, n := range v.Nodes {
		switch {
		case n.Item.PhotoForbidden():
		case n.Item.Sensitive:
			hidden = n.Key
		default:
			open = n.Key
		}
	}
	if _, err := d.Answer(ctx, leader(), id, map[string]record.Answer{hidden: {Value: text(record.Nonconform), Note: secret, Reason: "不拍照"}}); err != nil {
		t.Fatal(err)
	}
	for key, caption := range map[string]string{open: "大厅消防设施", hidden: secret} {
		if _, err := d.AttachPhoto(ctx, leader(), id, key, picture(t), caption); err != nil && key == open {
			t.Fatal(err)
		}
	}
	signAndSeal(t, d, id)
	return id
}

func check(t *testing.T, pdf []byte) desk.PDFCheck {
	t.Helper()
	c, err := desk.CheckPDF(ctx, pdf, database)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// P7 for whoever has the file and nothing else.
func TestADocumentProvesItselfWithoutAnyDatabase(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := sealedWithSecrets(t, d, false)
	for _, kind := range []string{"inspection-record", "evidence-list", "photo-sheet", "findings-report"} {
		for _, language := range []report.Language{report.Chinese, report.English, report.Both} {
			for _, copied := range []bool{false, true} {
				t.Run(fmt.Sprint(kind, " ", language, " ", copied), func(t *testing.T) {
					doc, err := d.Print(ctx, "", id, kind, desk.Printing{Language: language, OrganizationCopy: copied})
					if err != nil {
						t.Fatal(err)
					}
					c := check(t, doc.PDF)
					if !c.Proved() || !c.Remade || c.SealedBy != team[0].Name || len(c.Signers) != 2 {
						t.Errorf("got %+v", c)
					}
					outward := copied || report.Outward(kind)
					if in, _ := report.Open(doc.PDF); outward == bytes.Contains(plain(t, in.Proof), []byte(secret)) {
						t.Errorf("outward %v: the attachment has what is need-to-know, or lacks it where it may be known", outward)
					}
					if outward != (c.Withheld > 0) {
						t.Errorf("%d entries withheld", c.Withheld)
					}
				})
			}
		}
	}
}

// Where one entry says both what all may know and what only some may, all of it is
// withheld from what goes out. Then nothing proves the pages, and nothing calls
// them forged.
func TestADocumentThatWithholdsTooMuchIsUnprovedAndNotCalledForged(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := sealedWithSecrets(t, d, true)
	doc, err := d.Print(ctx, "", id, "findings-report", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	if c := check(t, doc.PDF); c.Proved() || len(c.Problems) > 0 || c.SealedBy == "" {
		t.Errorf("got %+v", c)
	}
}

// plain gives the bodies in a proof, one behind the other.
func plain(t *testing.T, b []byte) []byte {
	t.Helper()
	var p struct{ Entries, Later []struct{ Body []byte } }
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, e := range append(p.Entries, p.Later...) {
		out = append(out, e.Body...)
	}
	return out
}

// Whoever forges pages can write a list of parts that fits them. The entries
// that the seal names they cannot forge.
func TestForgedPagesWithAListThatFitsThemAreFound(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := sealedWithSecrets(t, d, false)
	doc, err := d.Print(ctx, "", id, "findings-report", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	in, _ := report.Open(doc.PDF)
	forged, err := report.Print("findings-report", report.Input{Language: report.Chinese, Proof: in.Proof, Number: "PL-1",
		Organization: report.InspectedOrganization{Name: "另一个协会"}, Checklist: report.UsedChecklist{Title: report.Text{Chinese: "安全"}}})
	if err != nil {
		t.Fatal(err)
	}
	c := check(t, forged.PDF)
	if c.Proved() || !slices.ContainsFunc(c.Problems, func(p store.Problem) bool { return p.Message == "verify.pdf_not_remade" && p.Args["part"] == "page 1" }) {
		t.Errorf("got %+v", c.Problems)
	}
	if fits, ours := report.Open(forged.PDF); !ours || len(fits.Wrong) > 0 {
		t.Error("the forged list should fit the forged pages: else this test shows nothing")
	}
	// Without a proof there is nothing that vouches for the pages.
	bare, err := report.Print("findings-report", report.Input{Language: report.Chinese, Number: "PL-1"})
	if err != nil {
		t.Fatal(err)
	}
	if c := check(t, bare.PDF); c.Proved() {
		t.Errorf("got %+v", c)
	}
}

// Every byte counts: one flipped anywhere is found, whatever it does to the file.
func TestAFlippedByteInADocumentIsFoundWithoutAnyDatabase(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := sealedWithSecrets(t, d, false)
	doc, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Both})
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(os.Getpid())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 7))
	for range 40 {
		at, bit := random.IntN(len(doc.PDF)), byte(1)<<random.IntN(8)
		b := bytes.Clone(doc.PDF)
		b[at] ^= bit
		if c := check(t, b); c.Proved() {
			t.Errorf("byte %d of %d, bit %d: proved all the same", at, len(b), bit)
		}
	}
}

// What the pages show of what happened after the seal is told apart.
func TestWhatAPageShowsOfLaterStepsIsToldApart(t *testing.T) {
	d, _, f := toldDesk(t)
	lines, err := d.Ledger(ctx, store.LedgerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	finding := lines[0]
	before, err := d.Print(ctx, "", finding.Inspection, "findings-report", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	if c := check(t, before.PDF); !c.Remade || c.Later != 0 {
		t.Errorf("before: %+v", c)
	}
	take(t, d, f, plainStep(record.Step{Action: record.Accept}))
	after, err := d.Print(ctx, "", finding.Inspection, "findings-report", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	if c := check(t, after.PDF); !c.Remade || c.Later == 0 {
		t.Errorf("after: %+v", c)
	}
}
