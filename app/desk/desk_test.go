package desk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
	"plumbline/app/store/sqlite"
)

var ctx = context.Background()

var database = desk.Database{Open: sqlite.Open, Backup: sqlite.Backup, Check: sqlite.Check}

const pin = "314159"

func openDesk(t testing.TB, folder string) *desk.Desk {
	t.Helper()
	d, err := desk.Open(ctx, folder, database, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

var team = []record.Inspector{
	{Certificate: "9901031341", Name: "𬱖霞强", ValidTo: "2099-12-31"},
	{Certificate: "9901031392", Name: "周丽", ValidTo: "2099-12-31"},
}

// plan registers an organization and a team and plans an inspection.
func plan(t testing.TB, d *desk.Desk) record.ID {
	t.Helper()
	if _, err := d.Store.RegisterInspectors(ctx, "", team); err != nil {
		t.Fatal(err)
	}
	code := record.NewUSCC("51", "990100", "50000001")
	o := record.OrganizationID(record.SchemeUSCC, code)
	_, err := d.Store.Register(ctx, "", func(yield func(store.RegisterRow) bool) {
		yield(store.RegisterRow{ID: o, Set: func(record.Organization, bool) map[string]any {
			return map[string]any{"scheme": record.SchemeUSCC, "code": code, "name": "云溪市书法家协会", "kind": record.SocialGroup,
				"legal_representative": "李明", "address": "云溪市东湖区和平路1号"}
		}})
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.NewInspection(ctx, desk.Plan{Organization: o, Checklist: "cn.spot.social-group", Certificates: []string{team[0].Certificate, team[1].Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func text(s string) json.RawMessage {
	b, _ := json.Marshal(s) // strings always marshal
	return b
}

// answerAll answers every item, the third conformity item with a problem.
func answerAll(t testing.TB, d *desk.Desk, id record.ID, note string) {
	t.Helper()
	if _, err := d.Answer(ctx, record.InspectorID(team[0].Certificate), id, answersTo(t, d, id, note)); err != nil {
		t.Fatal(err)
	}
}

// answersTo goes on site and gives an answer to every item.
func answersTo(t testing.TB, d *desk.Desk, id record.ID, note string) map[string]record.Answer {
	t.Helper()
	leader := record.InspectorID(team[0].Certificate)
	if _, err := d.SetFields(ctx, leader, id, map[string]any{"place": "住所", "person_on_site": "李明", "shown_papers": true, "told_rights": true}); err != nil {
		t.Fatal(err)
	}
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]record.Answer{}
	conformity := 0
	for _, n := range v.Nodes {
		a := record.Answer{Value: text(record.Conform)}
		switch spec := n.Item.Answer; spec.Type {
		case checklist.Conformity:
			if conformity++; conformity == 3 {
				a = record.Answer{Value: text(record.Nonconform), Note: note}
			}
		case checklist.MultiChoice:
			a.Value = json.RawMessage(`["` + spec.Options[0].Value + `"]`)
		case checklist.Choice:
			a.Value = text(spec.Options[0].Value)
		case checklist.Number, checklist.Count, checklist.Money, checklist.Percent:
			a = record.Answer{Value: text("3"), Inputs: map[string]string{checklist.JudgementInput: record.Conform}}
		case checklist.Date:
			a = record.Answer{Value: text("2099-01-01")}
		case checklist.FreeText:
			a = record.Answer{Value: text("已记录"), Inputs: map[string]string{checklist.JudgementInput: record.Conform}}
		}
		if checklist.NeedsJudgement(n.Item) && checklist.Judgement(n.Item, a) == "" {
			if a.Inputs == nil {
				a.Inputs = map[string]string{}
			}
			a.Inputs[checklist.JudgementInput] = record.Conform
		}
		if n.Item.Evidence.Photo == checklist.PhotoRequired {
			a.Reason = "现场断电，无法拍摄"
		}
		answers[n.Key] = a
	}
	return answers
}

func picture(t testing.TB) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for x := range 320 {
		for y := range 240 {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func line(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func signAndSeal(t testing.TB, d *desk.Desk, id record.ID) desk.Visit {
	t.Helper()
	for _, p := range team {
		if _, err := d.Sign(ctx, id, desk.Signing{Person: record.InspectorID(p.Certificate), PIN: pin, Method: record.SignedDrawn, Image: line(t)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Sign(ctx, id, desk.Signing{Role: record.RoleRepresentative, Name: "李明", Method: record.SignedDrawn, Image: line(t)}); err != nil {
		t.Fatal(err)
	}
	v, err := d.Seal(ctx, id, record.InspectorID(team[0].Certificate), pin)
	if err != nil {
		t.Fatalf("%v %+v", err, v.Progress)
	}
	return v
}

func TestFromTheRegisterToASealedRecordAndItsPDF(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	answerAll(t, d, id, "三笔付款无凭证，经办人𬱖𬭸𬬭")
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AttachPhoto(ctx, v.Inspection.Team[0].Person, id, v.Nodes[0].Key, picture(t), "证书"); err != nil {
		t.Fatal(err)
	}
	v = signAndSeal(t, d, id)
	if v.Inspection.Sealed == nil || len(v.Findings) == 0 {
		t.Fatalf("sealed %v, findings %d", v.Inspection.Sealed != nil, len(v.Findings))
	}
	for _, f := range v.Findings {
		if f.State != record.Told || len(f.Citations) == 0 || f.Citations[0].Edition == "" {
			t.Errorf("finding %s: state %s, citations %+v", f.Code, f.State, f.Citations)
		}
	}
	doc, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Chinese})
	if err != nil || !bytes.Equal(doc.PDF, again.PDF) {
		t.Errorf("printed twice the PDF differs (%v)", err)
	}
	path := filepath.Join(t.TempDir(), "record.pdf")
	if err := os.WriteFile(path, doc.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	if known, err := d.VerifyPDF(ctx, path); err != nil || known.Inspection != id {
		t.Errorf("VerifyPDF: got %+v, %v", known, err)
	}
	_, err = d.Answer(ctx, v.Inspection.Team[0].Person, id, map[string]record.Answer{v.Nodes[0].Key: {Value: text(record.Nonconform)}})
	if record.CodeOf(err) != record.Sealed {
		t.Errorf("answering after the seal: got %v, want sealed", err)
	}
	checked, err := d.Verify(ctx)
	if err != nil || len(checked.Problems) > 0 || checked.Seals != 1 {
		t.Errorf("verify: %+v, %v", checked, err)
	}
}

func TestOneInspectorAloneCannotSeal(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	answerAll(t, d, id, "")
	leader := record.InspectorID(team[0].Certificate)
	if _, err := d.Sign(ctx, id, desk.Signing{Person: leader, PIN: pin, Method: record.SignedDrawn}); err != nil {
		t.Fatal(err)
	}
	_, err := d.Seal(ctx, id, leader, pin)
	if record.CodeOf(err) != record.Invalid {
		t.Errorf("got %v, want invalid", err)
	}
}

func TestAChangeAfterASignatureAsksForANewOne(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	answerAll(t, d, id, "")
	for _, p := range team {
		if _, err := d.Sign(ctx, id, desk.Signing{Person: record.InspectorID(p.Certificate), PIN: pin, Method: record.SignedDrawn}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Sign(ctx, id, desk.Signing{Role: record.RoleRepresentative, Method: record.SignRefused, Reason: "不同意", Witness: "物业王某"}); err != nil {
		t.Fatal(err)
	}
	leader := record.InspectorID(team[0].Certificate)
	if _, err := d.SetFields(ctx, leader, id, map[string]any{"statement": "补充"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Seal(ctx, id, leader, pin); record.CodeOf(err) != record.Invalid {
		t.Errorf("got %v, want invalid: the signatures are on another reading", err)
	}
}

func TestARefusalNeedsReasonAndWitness(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id := plan(t, d)
	for _, s := range []desk.Signing{{Method: record.SignRefused, Witness: "王某"}, {Method: record.SignRefused, Reason: "不同意"}} {
		if _, err := d.Sign(ctx, id, s); record.CodeOf(err) != record.Invalid {
			t.Errorf("%+v: got %v, want invalid", s, err)
		}
	}
}

func TestARestoredBackupHasEverythingAndStartsANewEpoch(t *testing.T) {
	folder := t.TempDir()
	d := openDesk(t, folder)
	id := plan(t, d)
	answerAll(t, d, id, "note")
	v, _ := d.Visit(ctx, id)
	if _, err := d.AttachPhoto(ctx, "", id, v.Nodes[0].Key, picture(t), ""); err != nil {
		t.Fatal(err)
	}
	epoch := d.Store.Self().Epoch
	before, err := d.Store.Digest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup.plumbline")
	if err := d.Backup(ctx, file, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(ctx, file, nil); record.CodeOf(err) != record.Invalid {
		t.Errorf("backup over a backup: got %v, want invalid", err)
	}
	if _, err := desk.Restore(ctx, folder, file, database, nil); record.CodeOf(err) != record.Busy {
		t.Errorf("restore under an open desk: got %v, want busy", err)
	}
	d.Close()
	aside, err := desk.Restore(ctx, folder, file, database, nil)
	if err != nil || aside == "" {
		t.Fatalf("restore: %q, %v", aside, err)
	}
	d = openDesk(t, folder)
	after, err := d.Store.Digest(ctx)
	if err != nil || after != before {
		t.Errorf("tables after restore %s, before %s (%v)", after.Short(), before.Short(), err)
	}
	if d.Store.Self().Epoch == epoch {
		t.Error("the restored laptop goes on in the old epoch")
	}
	if checked, err := d.Verify(ctx); err != nil || len(checked.Problems) > 0 || checked.Files != 2 {
		t.Errorf("verify: %+v, %v", checked, err)
	}
}

func TestAChangedBackupIsRefusedAndNothingIsLost(t *testing.T) {
	folder := t.TempDir()
	d := openDesk(t, folder)
	plan(t, d)
	file := filepath.Join(t.TempDir(), "backup.plumbline")
	if err := d.Backup(ctx, file, nil); err != nil {
		t.Fatal(err)
	}
	before, _ := d.Store.Digest(ctx)
	d.Close()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Restore(ctx, folder, file, database, nil); record.CodeOf(err) != record.Broken {
		t.Errorf("got %v, want broken", err)
	}
	d = openDesk(t, folder)
	if after, _ := d.Store.Digest(ctx); after != before {
		t.Error("the refused restore changed the data")
	}
}
