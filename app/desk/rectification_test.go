package desk_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/app/desk"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/report"
	"plumbline/app/store"
)

// clock is a day that the test moves on.
type clock struct{ now time.Time }

func (c *clock) on(day string) {
	t, err := time.ParseInLocation(time.DateOnly, day, time.Local)
	if err != nil {
		panic(err)
	}
	c.now = t.Add(10 * time.Hour)
}

// toldDesk is a laptop with one finding of an inspection sealed on 7 September
// 2026, a photo of before on its item.
func toldDesk(t *testing.T) (*desk.Desk, *clock, record.ID) {
	t.Helper()
	c := &clock{}
	c.on("2026-09-07")
	d, err := desk.Open(ctx, t.TempDir(), database, desk.Options{Now: func() time.Time { return c.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	id := plan(t, d)
	third := record.Inspector{Certificate: "9901039999", Name: "法制科赵某", ValidTo: "2099-12-31"}
	if _, err := d.Store.RegisterInspectors(ctx, "", []record.Inspector{third}); err != nil {
		t.Fatal(err)
	}
	answerAll(t, d, id, "三笔付款无凭证")
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	key := ""
	for k, a := range v.Inspection.Answers {
		if a.Text() == record.Nonconform {
			key = k
		}
	}
	if _, err := d.AttachPhoto(ctx, leader(), id, key, picture(t), "付款记录"); err != nil {
		t.Fatal(err)
	}
	for _, p := range team {
		if _, err := d.Sign(ctx, id, desk.Signing{Person: record.InspectorID(p.Certificate), PIN: pin, Method: record.SignedDrawn}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Sign(ctx, id, desk.Signing{Role: record.RoleRepresentative, Name: "李明", Method: record.SignedPaper}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Seal(ctx, id, leader(), pin); err != nil {
		t.Fatal(err)
	}
	lines, err := d.Ledger(ctx, store.LedgerFilter{})
	if err != nil || len(lines) != 1 {
		t.Fatalf("ledger: %d lines, %v", len(lines), err)
	}
	return d, c, lines[0].ID
}

func leader() record.ID { return record.InspectorID(team[0].Certificate) }

func take(t *testing.T, d *desk.Desk, f record.ID, x desk.Rectifying) desk.Rectified {
	t.Helper()
	r, err := d.Rectify(ctx, leader(), f, nil, x)
	if err != nil {
		t.Fatalf("%s: %v", x.Action, err)
	}
	return r
}

func plainStep(x record.Step) desk.Rectifying { return desk.Rectifying{Step: x} }

func TestAFindingGoesFromToldToClosedWithPhotosOfBeforeAndAfter(t *testing.T) {
	d, c, f := toldDesk(t)
	texts := i18n.New("en")
	next := func() string {
		t.Helper()
		lines, err := d.Ledger(ctx, store.LedgerFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return lines[0].Next(texts)
	}
	says := func(want string) {
		t.Helper()
		if got := next(); got != want {
			t.Errorf("the ledger says %q, want %q", got, want)
		}
	}
	says("may object until 2026-09-14")
	c.on("2026-09-15")
	says("to be ordered")
	take(t, d, f, plainStep(record.Step{Action: record.Order, Number: "云民改〔2026〕3号", Term: &record.Term{N: 10, Unit: record.WorkingDays}}))
	says("not served: nothing is due")
	c.on("2026-09-21")
	// Mid-Autumn and National Day lie within; 10 October, a Saturday, is worked.
	r := take(t, d, f, plainStep(record.Step{Action: record.Serve, Service: &record.ServiceProof{On: "2026-09-21", Way: record.ServedDirect, Proof: "回证3号", To: "李明"}}))
	if r.Due != "2026-10-12" {
		t.Errorf("ten working days from 21 September: due %s, want 2026-10-12", r.Due)
	}
	says("21 days left")
	c.on("2026-10-12")
	says("ends today")
	c.on("2026-10-15")
	says("3 days overdue")
	if lines, err := d.Ledger(ctx, store.LedgerFilter{OverdueOn: d.Today()}); err != nil || len(lines) != 1 || !lines[0].Overdue || lines[0].Age != 38 {
		t.Errorf("overdue: %+v %v", lines, err)
	}
	take(t, d, f, plainStep(record.Step{Action: record.Remind, Whom: "李明", Way: "电话"}))
	take(t, d, f, plainStep(record.Step{Action: record.Report, Note: "已补凭证"}))
	says("reported, to be re-inspected")
	after := picture(t)
	r = take(t, d, f, desk.Rectifying{Step: record.Step{Action: record.Reinspect, Result: record.Fixed, Note: "凭证齐全"},
		Certificates: []string{team[0].Certificate, team[1].Certificate}, Photos: []string{after}})
	says("")
	if r.State != record.Closed || len(r.Before) != 1 || len(r.Evidence) != 1 || r.Line.Progress.ClosedOn != "2026-10-15" || r.Line.Progress.Reminders != 1 {
		t.Errorf("got %s, %d photos of before, %d of after, %+v", r.State, len(r.Before), len(r.Evidence), r.Line.Progress)
	}
	if b, err := d.File(r.Evidence[0].Digest); err != nil || len(b) == 0 {
		t.Errorf("the photo of after: %d bytes, %v", len(b), err)
	}
	if _, err := d.Rectify(ctx, leader(), f, nil, plainStep(record.Step{Action: record.Remind, Whom: "李明", Way: "电话"})); record.CodeOf(err) != record.Invalid {
		t.Errorf("after the end: got %v", err)
	}
	if checked, err := d.Verify(ctx); err != nil || len(checked.Problems) > 0 {
		t.Errorf("verify: %+v %v", checked, err)
	}
	before, _ := d.Store.Digest(ctx)
	if err := d.Store.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if again, _ := d.Store.Digest(ctx); again != before {
		t.Error("rebuild gives other tables")
	}
}

func TestARefusedStepKeepsNoPhoto(t *testing.T) {
	d, _, f := toldDesk(t)
	before, err := d.Store.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Rectify(ctx, leader(), f, nil, desk.Rectifying{Step: record.Step{Action: record.Reinspect, Result: record.Fixed, Note: "好"},
		Certificates: []string{team[0].Certificate, team[1].Certificate}, Photos: []string{picture(t)}})
	if record.CodeOf(err) != record.Invalid {
		t.Errorf("re-inspected before an order: got %v", err)
	}
	after, err := d.Store.Status(ctx)
	if err != nil || after.Files != before.Files || after.Entries != before.Entries {
		t.Errorf("files %d → %d, entries %d → %d (%v)", before.Files, after.Files, before.Entries, after.Entries, err)
	}
}

func TestWhoeverInspectedDoesNotAnswerTheObjection(t *testing.T) {
	d, c, f := toldDesk(t)
	take(t, d, f, plainStep(record.Step{Action: record.Object, Note: "记账有误"}))
	lines, err := d.Ledger(ctx, store.LedgerFilter{})
	if err != nil || lines[0].AnswerBy != "2026-09-20" { // ten working days: Sunday the 20th is worked
		t.Errorf("answer by %q %v", lines[0].AnswerBy, err)
	}
	answer := plainStep(record.Step{Action: record.Reply, Result: record.Amended, Fact: "一笔付款无凭证", Severity: record.Minor, Note: "其余两笔在册"})
	if _, err := d.Rectify(ctx, leader(), f, nil, answer); record.CodeOf(err) != record.Forbidden {
		t.Errorf("by the team leader: got %v, want forbidden", err)
	}
	c.on("2026-09-09")
	r, err := d.Rectify(ctx, record.InspectorID("9901039999"), f, nil, answer)
	if err != nil || r.Fact != "一笔付款无凭证" || r.Severity != record.Minor || r.Names[record.InspectorID("9901039999")] != "法制科赵某" {
		t.Errorf("got %q %s by %v (%v)", r.Fact, r.Severity, r.Names, err)
	}
}

// A step on a finding that a colleague has changed since it was shown is kept,
// and so is the colleague's: the difference is listed.
func TestAStepOnWhatIsNoLongerSoIsAConflictAndNotLost(t *testing.T) {
	d, _, f := toldDesk(t)
	take(t, d, f, plainStep(record.Step{Action: record.Accept}))
	seen, err := d.Store.Rectification(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	take(t, d, f, plainStep(record.Step{Action: record.Order}))
	r, err := d.Rectify(ctx, record.InspectorID(team[1].Certificate), f, &seen, plainStep(record.Step{Action: record.Close, Note: "书面核查"}))
	if err != nil || !slices.Equal(r.Conflicts, []string{"state"}) || len(r.Steps) != 3 {
		t.Fatalf("conflicts %v, %d steps, %v", r.Conflicts, len(r.Steps), err)
	}
	if len(r.Allowed) != 0 || r.Line.Next(i18n.New("en")) != "two laptops differ: settle it" {
		t.Errorf("offered %v, %q", r.Allowed, r.Line.Next(i18n.New("en")))
	}
	if err := d.Resolve(ctx, leader(), f, "state", record.Ordered, "先责令"); err != nil {
		t.Fatal(err)
	}
	take(t, d, f, plainStep(record.Step{Action: record.Serve, Service: &record.ServiceProof{On: d.Today(), Way: record.ServedMail, Proof: "EMS"}}))
}

func TestTheYearThatWasMissingMovesTheDeadlinesThatRun(t *testing.T) {
	d, c, f := toldDesk(t)
	take(t, d, f, plainStep(record.Step{Action: record.Accept}))
	c.on("2026-12-28")
	take(t, d, f, plainStep(record.Step{Action: record.Order, Term: &record.Term{N: 10, Unit: record.WorkingDays}}))
	r := take(t, d, f, plainStep(record.Step{Action: record.Serve, Service: &record.ServiceProof{On: "2026-12-28", Way: record.ServedMail, Proof: "EMS"}}))
	if r.Due != "2027-01-11" || !slices.Equal(r.Line.Uncertain, []int{2027}) {
		t.Errorf("weekends alone: due %s, uncertain %v", r.Due, r.Line.Uncertain)
	}
	y := record.CalendarYear{Year: 2027, Source: record.Text{Chinese: "通知"}, Confidence: record.Verified, Off: []record.CalendarDay{{Date: "2027-01-01"}}}
	moved, err := d.SetCalendarYear(ctx, leader(), y)
	if err != nil || !slices.Equal(moved, []record.ID{f}) {
		t.Fatalf("moved %v, %v", moved, err)
	}
	if r, err = d.Rectification(ctx, f); err != nil || r.Due != "2027-01-12" || len(r.Line.Uncertain) != 0 || r.Steps[len(r.Steps)-1].Action != record.Recount {
		t.Errorf("due %s, uncertain %v, %v", r.Due, r.Line.Uncertain, err)
	}
	entries, err := d.Store.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if moved, err := d.SetCalendarYear(ctx, leader(), y); err != nil || len(moved) != 0 {
		t.Errorf("again: moved %v, %v", moved, err)
	}
	if again, err := d.Store.Status(ctx); err != nil || again.Entries != entries.Entries {
		t.Errorf("importing the same year again wrote %d entries (%v)", again.Entries-entries.Entries, err)
	}
}

func TestTheYearsTheProgramComesWithCanBeCountedWith(t *testing.T) {
	d := openDesk(t, t.TempDir())
	c, err := d.Calendar(ctx)
	if err != nil || !slices.Equal(c.Covered(), []int{2024, 2025, 2026}) {
		t.Fatalf("covered %v, %v", c.Covered(), err)
	}
	for _, n := range c.Covered() {
		y, _ := c.Year(n)
		if err := y.Check(); err != nil {
			t.Errorf("%d: %v", n, err)
		}
		if y.Confidence == record.Verified || y.Source.Chinese == "" || y.Source.English == "" {
			t.Errorf("%d: nobody here has read the notice itself: %s %+v", n, y.Confidence, y.Source)
		}
		// A year has 250 working days or so: a holiday too many or too few shows.
		worked := 0
		for at := time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == n; at = at.AddDate(0, 0, 1) {
			if works, _ := c.Works(at); works {
				worked++
			}
		}
		if want := map[int]int{2024: 251, 2025: 248, 2026: 248}[n]; worked != want {
			t.Errorf("%d has %d working days, want %d", n, worked, want)
		}
	}
	limits, err := d.Limits(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{record.LimitObjection, record.LimitAnswer, record.LimitRounds, record.LimitMoves, record.LimitCritical} {
		l, ok := limits[name]
		if !ok || l.Title.Chinese == "" || l.Title.English == "" || l.Source.Chinese == "" || l.Confidence == record.Verified {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

func TestATermIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]record.Term{
		"15": {N: 15, Unit: record.CalendarDays}, "15d": {N: 15, Unit: record.CalendarDays}, " 15日": {N: 15, Unit: record.CalendarDays}, "15天": {N: 15, Unit: record.CalendarDays},
		"10w": {N: 10, Unit: record.WorkingDays}, "10工作日": {N: 10, Unit: record.WorkingDays}, "10个工作日": {N: 10, Unit: record.WorkingDays}, "10 个工作日": {N: 10, Unit: record.WorkingDays},
		"2026-12-01": {Date: "2026-12-01"}, "15 days": {N: 15, Unit: record.CalendarDays}, "1 working day": {N: 1, Unit: record.WorkingDays},
	} {
		if got, err := desk.ParseTerm(text); err != nil || *got != want {
			t.Errorf("%q: got %+v %v, want %+v", text, got, err, want)
		}
	}
	if got, err := desk.ParseTerm(" "); got != nil || err != nil {
		t.Errorf("nothing: got %+v %v", got, err)
	}
	for _, bad := range []string{"soon", "-3", "0", "15x", "2026-02-30", "1.5d", "99999", "1５日"} {
		if got, err := desk.ParseTerm(bad); err == nil {
			t.Errorf("%q: got %+v, want it refused", bad, got)
		}
	}
}

// What the parties signed says of a finding what they were told; what the
// authority amends afterwards stands in what it writes afterwards.
func TestTheRecordPrintsAFindingAsItWasSignedAfterItWasAmended(t *testing.T) {
	d, _, f := toldDesk(t)
	lines, err := d.Ledger(ctx, store.LedgerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	id := lines[0].Inspection
	pages := func() (digests []string) {
		for _, kind := range []string{"inspection-record", "findings-report"} {
			doc, err := d.Print(ctx, "", id, kind, desk.Printing{Language: report.Chinese})
			if err != nil {
				t.Fatal(err)
			}
			if c := check(t, doc.PDF); !c.Proved() {
				t.Errorf("%s: %+v", kind, c)
			}
			digests = append(digests, doc.ContentDigest)
		}
		return digests
	}
	sealed := pages()
	take(t, d, f, plainStep(record.Step{Action: record.Object, Note: "凭证在会计处"}))
	answer := plainStep(record.Step{Action: record.Reply, Result: record.Amended, Fact: "一笔付款无凭证", Severity: record.Minor, Note: "其余两笔在册"})
	if _, err := d.Rectify(ctx, record.InspectorID("9901039999"), f, nil, answer); err != nil {
		t.Fatal(err)
	}
	if now := pages(); !slices.Equal(now, sealed) {
		t.Error("the record says otherwise than what was signed")
	}
}

// A served order is printed again as it was served, whatever was decided since.
func TestAnIssuedDocumentStaysAsItWasIssued(t *testing.T) {
	d, _, f := toldDesk(t)
	office := []record.Inspector{{Certificate: "9901038881", Name: "拟稿甲"}, {Certificate: "9901038882", Name: "审核乙"}, {Certificate: "9901038883", Name: "签发丙"}}
	if _, err := d.Store.RegisterInspectors(ctx, "", office); err != nil {
		t.Fatal(err)
	}
	lines, err := d.Ledger(ctx, store.LedgerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	k, _ := record.FindDocumentKind("correction-order")
	for _, slot := range k.Slots {
		fields[slot.Name] = "60"
	}
	x, err := d.Draft(ctx, desk.Drafting{Kind: k.Name, Inspection: lines[0].Inspection, Language: report.Chinese, Copies: 2, Word: "示民社检", Fields: fields, By: record.InspectorID(office[0].Certificate)})
	if err != nil {
		t.Fatal(err)
	}
	for n, to := range []record.DocumentState{record.Reviewed, record.Issued} {
		if _, err := d.AdvanceDocument(ctx, x.ID, to, desk.DocumentStep{By: record.InspectorID(office[n+1].Certificate)}); err != nil {
			t.Fatal(err)
		}
	}
	issued, err := d.PrintDocument(ctx, "", x.ID, desk.Printing{})
	if err != nil {
		t.Fatal(err)
	}
	take(t, d, f, plainStep(record.Step{Action: record.Object, Note: "凭证在会计处"}))
	answer := plainStep(record.Step{Action: record.Reply, Result: record.Amended, Fact: "一笔付款无凭证", Severity: record.Minor, Note: "其余两笔在册"})
	if _, err := d.Rectify(ctx, record.InspectorID("9901039999"), f, nil, answer); err != nil {
		t.Fatal(err)
	}
	again, err := d.PrintDocument(ctx, "", x.ID, desk.Printing{})
	if err != nil || again.ContentDigest != issued.ContentDigest {
		t.Errorf("the issued order prints otherwise than it was issued (%v)", err)
	}
	// One that is drafted now says what was decided.
	if x, err = d.Draft(ctx, desk.Drafting{Kind: k.Name, Inspection: lines[0].Inspection, Language: report.Chinese, Copies: 2, Word: "示民社检", Fields: fields, By: record.InspectorID(office[0].Certificate)}); err != nil {
		t.Fatal(err)
	}
	draft, err := d.PrintDocument(ctx, "", x.ID, desk.Printing{})
	if err != nil {
		t.Fatal(err)
	}
	if text := pdfText(t, draft.PDF); !strings.Contains(text, "一笔付款无凭证") {
		t.Error("the new draft lacks what was amended")
	}
	if text := pdfText(t, again.PDF); !strings.Contains(text, "三笔付款无凭证") || strings.Contains(text, "一笔付款无凭证") {
		t.Error("the issued order does not say what was found")
	}
}

// A sealed re-inspection asked about an open finding. What becomes of that later,
// and what is found elsewhere, changes nothing in the record.
func TestASealedReinspectionStaysAsItWasSignedWhateverBecomesOfTheEarlierFinding(t *testing.T) {
	d, _, f := toldDesk(t)
	first, err := d.Ledger(ctx, store.LedgerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	organization := first[0].Organization
	id, err := d.NewInspection(ctx, desk.Plan{Organization: organization, Checklist: "cn.rectification-reinspection", Certificates: []string{team[0].Certificate, team[1].Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	answers := answersTo(t, d, id, "")
	asked := 0
	for key := range answers {
		if _, of := record.SplitItemKey(key); of == string(f) {
			answers[key] = record.Answer{Value: text(record.Partly), Note: "仍有一笔无凭证", Reason: "拍摄不便"}
			asked++
		}
	}
	if asked == 0 {
		t.Fatal("the re-inspection asks nothing about the finding")
	}
	if _, err := d.Answer(ctx, leader(), id, answers); err != nil {
		t.Fatal(err)
	}
	sealed := signAndSeal(t, d, id)
	before, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	// Later: another inspection finds something else here, which is open now.
	later, err := d.NewInspection(ctx, desk.Plan{Organization: organization, Checklist: "cn.spot.social-group", Certificates: []string{team[0].Certificate, team[1].Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	answerAll(t, d, later, "又有三笔付款无凭证")
	signAndSeal(t, d, later)
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Nodes) != len(sealed.Nodes) || !reflect.DeepEqual(v.Progress, sealed.Progress) {
		t.Errorf("%d items, %+v; sealed with %d, %+v", len(v.Nodes), v.Progress, len(sealed.Nodes), sealed.Progress)
	}
	after, err := d.Print(ctx, "", id, "inspection-record", desk.Printing{Language: report.Chinese})
	if err != nil || !bytes.Equal(before.PDF, after.PDF) {
		t.Errorf("the record prints otherwise than when it was sealed (%v)", err)
	}
}

func FuzzACalendarYearFromAStrangersFile(f *testing.F) {
	f.Add([]byte(`{"year":2027,"source":{"zh":"通知","en":""},"confidence":"verified_text","off":[{"date":"2027-01-01","name":{"zh":"元旦","en":""}}],"work":[]}`))
	f.Add([]byte(`{"year":1e9,"off":null}`))
	f.Add([]byte("{}{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		y, err := desk.ReadCalendarYear(b)
		if err != nil {
			if record.CodeOf(err) == "" {
				t.Fatalf("%v is no sentence for people", err)
			}
			return
		}
		if c, err := record.NewCalendar(true, y).Count(y.Off[0].Date, record.Term{N: 20, Unit: record.WorkingDays}); err != nil || c.Due <= y.Off[0].Date {
			t.Fatalf("a year that was read cannot be counted with: %+v %v", c, err)
		}
	})
}

func TestEveryActionAndResultHasWordsInBothLanguages(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		texts := i18n.New(lang)
		var keys []string
		for _, a := range record.Actions {
			keys = append(keys, "rectify.action."+string(a))
		}
		for _, s := range record.FindingStates {
			keys = append(keys, "ctl.finding."+string(s), "ui.finding.state."+string(s))
		}
		for _, x := range []string{record.Upheld, record.Amended, record.Dismissed, record.Fixed, record.FixedPart, record.NotFixed, record.Approved, record.Declined} {
			keys = append(keys, "rectify.result."+x)
		}
		for _, x := range []string{record.ForCreditList, record.ForInterview, record.ForCase} {
			keys = append(keys, "rectify.for."+x)
		}
		for _, x := range []string{record.ServedDirect, record.ServedLeft, record.ServedMail, record.ServedElectronic, record.ServedPublic} {
			keys = append(keys, "rectify.way."+x)
		}
		for _, x := range []record.Unit{record.CalendarDays, record.WorkingDays} {
			keys = append(keys, "rectify.term."+string(x))
		}
		for _, key := range keys {
			if got := texts.T(key); got == key || strings.TrimSpace(got) == "" {
				t.Errorf("%s has no text for %s", lang, key)
			}
		}
	}
}
