package desk_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"plumbline/app/desk"
	"plumbline/app/record"
	"plumbline/app/store"
)

// officials are people of the authority who do not inspect.
func officials(t *testing.T, d *desk.Desk, names ...string) (out []record.ID) {
	t.Helper()
	for _, name := range names {
		p := record.Inspector{Certificate: "JG-" + name, Name: name, ValidTo: "2099-12-31"}
		if _, err := d.Store.RegisterInspectors(ctx, "", []record.Inspector{p}); err != nil {
			t.Fatal(err)
		}
		out = append(out, record.InspectorID(p.Certificate))
	}
	return out
}

func proceed(t *testing.T, d *desk.Desk, by, inspection record.ID, x desk.Proceeding) desk.Proceeded {
	t.Helper()
	p, err := d.Proceed(ctx, by, inspection, nil, x)
	if err != nil {
		t.Fatalf("%s: %v", x.Act, err)
	}
	return p
}

func act(a record.ProcedureAct) desk.Proceeding {
	return desk.Proceeding{ProcedureStep: record.ProcedureStep{Act: a}}
}

func TestAnInspectionGoesFromApprovalToTheArchive(t *testing.T) {
	c := &clock{}
	c.on("2026-09-01")
	d, err := desk.Open(ctx, t.TempDir(), database, desk.Options{Now: func() time.Time { return c.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	id := plan(t, d)
	who := officials(t, d, "经办", "处长", "法制", "公示")
	clerk, head, reviewer, publisher := who[0], who[1], who[2], who[3]
	if _, err := d.SetLimit(ctx, clerk, record.Limit{Name: record.LimitApproval, N: 1, Source: record.Text{Chinese: "本机关规定"}}); err != nil {
		t.Fatal(err)
	}
	begin := map[string]any{"place": "三楼"}
	answer := func() error {
		_, err := d.Answer(ctx, leader(), id, firstAnswer(t, d, id))
		return err
	}
	if err := answer(); messageOf(err) != "procedure.not_approved" {
		t.Errorf("on site without approval: got %v", err)
	}
	if _, err := d.SetFields(ctx, leader(), id, begin); err != nil {
		t.Errorf("the place of the visit can be entered beforehand: %v", err)
	}
	proceed(t, d, clerk, id, act(record.AskApproval))
	if _, err := d.Proceed(ctx, leader(), id, nil, act(record.ApproveVisit)); messageOf(err) != "procedure.on_the_visit" {
		t.Errorf("the leader approved the visit: %v", err)
	}
	proceed(t, d, head, id, act(record.ApproveVisit))
	if err := answer(); messageOf(err) != "procedure.not_notified" {
		t.Errorf("on site without notice: got %v", err)
	}
	proceed(t, d, leader(), id, act(record.DeclareInterest))
	notice := act(record.NotifyVisit)
	notice.Service = &record.ServiceProof{Way: record.ServedDirect, Proof: "回证1", To: "李明"}
	proceed(t, d, clerk, id, notice)
	c.on("2026-09-07")
	answerAll(t, d, id, "三笔付款无凭证")
	signAndSeal(t, d, id)

	file := filepath.Join(t.TempDir(), "0001.mp4")
	if err := os.WriteFile(file, make([]byte, 3<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	recording := act(record.KeepRecording)
	recording.File, recording.Recording = file, &record.Recording{Device: "DSJ-1", Place: "三号柜"}
	p := proceed(t, d, leader(), id, recording)
	if got := p.Last(record.KeepRecording).Recording; got.Size != 3<<20+1 || got.Digest != record.HashOf(make([]byte, 3<<20+1)) || got.Name != "0001.mp4" {
		t.Errorf("got %+v", got)
	}
	proceed(t, d, leader(), id, act(record.SubmitVisit))
	v, err := d.Amend(ctx, id, desk.Amending{Part: "place", Text: "五楼", Reason: "笔误", By: leader()})
	if err != nil {
		t.Fatal(err)
	}
	confirm := act(record.ConfirmVisit)
	if _, err := d.Proceed(ctx, reviewer, id, nil, confirm); messageOf(err) != "procedure.amendment_open" {
		t.Errorf("confirmed with an amendment open: %v", err)
	}
	if _, err := d.DecideAmendment(ctx, head, id, v.Inspection.Amendments[0].ID, true, ""); err != nil {
		t.Fatal(err)
	}
	confirm.Result = record.ResultClean
	if _, err := d.Proceed(ctx, reviewer, id, nil, confirm); messageOf(err) != "procedure.result_clean" {
		t.Errorf("a visit with a finding was called clean: %v", err)
	}
	confirm.Result = record.ResultOrdered
	proceed(t, d, reviewer, id, confirm)
	tell := act(record.TellResult)
	tell.Service = notice.Service
	p = proceed(t, d, clerk, id, tell)
	if p.Next != record.PublishResult || p.Due != "2026-10-10" {
		t.Errorf("got %s by %s, want publication 20 working days after 7 September, with Mid-Autumn and National Day", p.Next, p.Due)
	}
	if _, err := d.Proceed(ctx, publisher, id, nil, act(record.PublishResult)); messageOf(err) != "procedure.objection_time" {
		t.Errorf("published while the organization may object: %v", err)
	}
	c.on("2026-09-16")
	proceed(t, d, publisher, id, act(record.PublishResult))
	if _, err := d.Proceed(ctx, clerk, id, nil, act(record.ArchiveVisit)); messageOf(err) != "procedure.findings_open" {
		t.Errorf("filed with a finding open: %v", err)
	}
	lines, err := d.Ledger(ctx, store.LedgerFilter{})
	if err != nil || len(lines) != 1 {
		t.Fatal(lines, err)
	}
	take(t, d, lines[0].ID, plainStep(record.Step{Action: record.Accept}))
	take(t, d, lines[0].ID, plainStep(record.Step{Action: record.Close, Note: "已补凭证"}))
	proceed(t, d, clerk, id, act(record.ArchiveVisit))
	rows, err := d.Store.Procedures(ctx, store.ProcedureFilter{Stage: record.StageArchived})
	if err != nil || len(rows) != 1 || rows[0].Inspection != id || rows[0].Number == "" || len(rows[0].Steps) != 10 {
		t.Errorf("got %+v, %v", rows, err)
	}
	before, err := d.Store.Digest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Store.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if after, err := d.Store.Digest(ctx); err != nil || after != before {
		t.Errorf("rebuild: other tables (%v)", err)
	}

	// A lawsuit after all: everything stays until it is decided.
	sue := act(record.ChallengeResult)
	sue.Kind, sue.Body, sue.Number = record.ByLawsuit, "云溪区人民法院", "（2026）行初1号"
	p = proceed(t, d, clerk, id, sue)
	if p.Next != record.AnswerChallenge || p.Due != "2026-10-08" {
		t.Errorf("got %s by %s", p.Next, p.Due)
	}
	text := desk.Unlawful{Reason: record.ForThirdParty, Texts: []string{"place"}}
	if _, err := d.RequestDestruction(ctx, id, leader(), pin, text); messageOf(err) != "destroy.challenged" {
		t.Errorf("something could be destroyed during a lawsuit: %v", err)
	}
	end := act(record.EndChallenge)
	end.Note = "维持"
	proceed(t, d, clerk, id, end)
	if _, err := d.RequestDestruction(ctx, id, leader(), pin, text); err != nil {
		t.Errorf("after the judgment: %v", err)
	}
}

// firstAnswer is one answer to the first item of an inspection.
func firstAnswer(t *testing.T, d *desk.Desk, id record.ID) map[string]record.Answer {
	t.Helper()
	for key, a := range answersTo(t, d, id, "") {
		return map[string]record.Answer{key: a}
	}
	return nil
}
