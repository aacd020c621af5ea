package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
	"plumbline/sync/server"
	"plumbline/sync/synctest"
)

func message(err error) string {
	var e *record.Error
	if errors.As(err, &e) {
		return e.Message
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestAnEnrolmentCodeIsGoodOnceAndForAQuarterOfAnHour(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		l := synctest.OpenLaptop(t, t.TempDir())
		if _, err := l.Client.Enrol(ctx, o.URL, "AAAA-BBBB-CCCC"); message(err) != "enrol.code_wrong" {
			t.Errorf("wrong code: got %v", err)
		}
		if _, err := l.Client.Enrol(ctx, o.URL, "AAAA-BBBB"); message(err) != "enrol.code_malformed" {
			t.Errorf("short code: got %v", err)
		}
		if _, err := l.Client.Sync(ctx, nil); message(err) != "sync.not_enrolled" {
			t.Errorf("not enrolled: got %v", err)
		}
		code := o.Code()
		l.Enrol(o.URL, code)
		other := synctest.OpenLaptop(t, t.TempDir())
		if _, err := other.Client.Enrol(ctx, o.URL, code); message(err) != "enrol.code_used" {
			t.Errorf("used code: got %v", err)
		}
		if l.Store.Authority() != synctest.Authority {
			t.Errorf("authority %q", l.Store.Authority())
		}
	})
	now := time.Now()
	o := synctest.Start(t, &synctest.Office{Now: func() time.Time { return now }})
	code := o.Code()
	now = now.Add(account.CodeLife + time.Second)
	l := synctest.OpenLaptop(t, t.TempDir())
	if _, err := l.Client.Enrol(ctx, o.URL, code); message(err) != "enrol.code_expired" {
		t.Errorf("old code: got %v", err)
	}
}

func TestGuessingCodesIsSlowedDown(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	l := synctest.OpenLaptop(t, t.TempDir())
	var err error
	for range 12 {
		_, err = l.Client.Enrol(ctx, o.URL, "0000-0000-0000")
	}
	if message(err) != "enrol.too_many_tries" {
		t.Errorf("got %v", err)
	}
	if _, err := l.Client.Enrol(ctx, o.URL, o.Code()); message(err) != "enrol.too_many_tries" {
		t.Errorf("a right code after too many wrong ones: got %v", err)
	}
	b, err := json.Marshal(protocol.EnrolRequest{Code: "000000000000", Device: "dev_x", Public: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.Post(o.URL+protocol.PathEnrol, "application/json", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if wait, err := strconv.Atoi(a.Header.Get("Retry-After")); a.StatusCode != 429 || err != nil || wait < 60 || wait > 660 {
		t.Errorf("got %d, Retry-After %q: want 429 and up to ten minutes", a.StatusCode, a.Header.Get("Retry-After"))
	}
}

func TestARevokedLaptopIsShutOutAndKeepsItsData(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a := o.Laptop()
		a.Register()
		a.Sync()
		id := a.Plan(1)
		if err := o.Accounts.Revoke(ctx, a.Store.Self().Device); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Client.Sync(ctx, nil); message(err) != "sync.device_revoked" || record.CodeOf(err) != record.Forbidden {
			t.Errorf("with its old token: got %v", err)
		}
		fresh := synctest.OpenLaptop(t, a.Folder)
		if _, err := fresh.Client.Sync(ctx, nil); message(err) != "sync.device_revoked" {
			t.Errorf("asking for a new token: got %v", err)
		}
		if _, err := a.Store.Inspection(ctx, id); err != nil {
			t.Errorf("its own inspection: %v", err)
		}
		if _, err := o.Store.Inspection(ctx, id); record.CodeOf(err) != record.NotFound {
			t.Errorf("the server took an inspection after the revocation: %v", err)
		}
		a.Enrol(o.URL, o.Code()) // found again: a new code lets it back in
		a.Sync()
		synctest.Equal(t, a.Store, o.Store)
	})
}

func TestTheServersOwnCertificateAuthorityIsPinnedByTheCode(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{TLS: true})
	code := o.Code()
	if c, err := protocol.ParseCode(code); err != nil || c.Pin == "" {
		t.Fatalf("code %q carries no pin: %v", code, err)
	}
	// Somebody in between, with a certificate authority of his own.
	thief := synctest.Start(t, &synctest.Office{TLS: true})
	l := synctest.OpenLaptop(t, t.TempDir())
	if _, err := l.Client.Enrol(ctx, thief.URL, code); message(err) != "sync.wrong_server" {
		t.Errorf("enrolling through a stranger: got %v", err)
	}
	if _, err := l.Client.Enrol(ctx, o.URL, code[:14]); message(err) != "sync.wrong_server" {
		t.Errorf("without the pin: got %v: such a server is trusted by nobody else", err)
	}
	l.Enrol(o.URL, code)
	l.Register()
	l.Sync()
	r, _, err := l.Store.Remote(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r.URL = thief.URL
	if err := l.Store.SetRemote(ctx, r); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Client.Sync(ctx, nil); message(err) != "sync.wrong_server" {
		t.Errorf("syncing with a stranger: got %v", err)
	}
	// The server gets a new certificate at each start; the authority stays.
	o.End()
	o.Begin()
	r.URL = o.URL
	if err := l.Store.SetRemote(ctx, r); err != nil {
		t.Fatal(err)
	}
	l.Sync()
}

func TestAServerWithAnotherKeyIsNotOurs(t *testing.T) {
	o, other := synctest.Start(t, &synctest.Office{}), synctest.Start(t, &synctest.Office{})
	l := o.Laptop()
	r, _, _ := l.Store.Remote(ctx)
	r.URL = other.URL
	if err := l.Store.SetRemote(ctx, r); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Client.Sync(ctx, nil); record.CodeOf(err) != record.Forbidden {
		t.Errorf("got %v, want forbidden", err)
	}
}

func TestPlainHTTPIsRefusedOffThisMachine(t *testing.T) {
	l := synctest.OpenLaptop(t, t.TempDir())
	for _, url := range []string{"http://192.0.2.1:80", "http://plumbline.example"} {
		if _, err := l.Client.Enrol(ctx, url, "AAAA-BBBB-CCCC"); message(err) != "enrol.plain_http" {
			t.Errorf("%s: got %v", url, err)
		}
	}
	for _, url := range []string{"", "ftp://x", "https://", "https://user@x", "http://[::1", "https://x/?a=b"} {
		if _, err := l.Client.Enrol(ctx, url, "AAAA-BBBB-CCCC"); message(err) != "enrol.url_malformed" {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

func TestAnotherDeviceCannotTakeALaptopsPlace(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	a.Sync()
	a.Store.Close()
	// The same journal, but not the key: the folder was copied without keys/.
	folder := synctest.CopyFolder(t, a.Folder)
	removeAll(t, folder, "keys")
	thief := synctest.OpenLaptop(t, folder)
	if _, err := thief.Client.Enrol(ctx, o.URL, o.Code()); message(err) != "enrol.other_key" {
		t.Errorf("got %v", err)
	}
	if _, err := thief.Client.Sync(ctx, nil); message(err) != "sync.device_key_wrong" {
		t.Errorf("got %v", err)
	}
	// The administrator may give that very device a new key.
	code, err := o.Accounts.NewCode(ctx, synctest.Authority, "", a.Store.Self().Device, nil)
	if err != nil {
		t.Fatal(err)
	}
	thief.Enrol(o.URL, code.String())
	thief.Sync()
}

func TestWhatWasWrittenBeforeEnrolmentTravels(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a, b := synctest.OpenLaptop(t, t.TempDir()), o.Laptop()
	a.Register()
	id := a.Plan(1)
	e := a.Attach(id, "k1", synctest.Picture(1, 5000), synctest.Picture(2, 500))
	a.Enrol(o.URL, o.Code())
	a.Sync()
	b.Sync()
	if !b.Files.Has(e.Small) {
		t.Error("the photo did not reach the colleague")
	}
	synctest.Equal(t, a.Store, b.Store, o.Store)
}

func TestALaptopOfAnotherAuthorityGetsNothingOfOurs(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		ours := o.Laptop()
		theirs, peer := synctest.OpenLaptop(t, t.TempDir()), synctest.OpenLaptop(t, t.TempDir())
		theirs.Enrol(o.URL, o.CodeFor("990200"))
		peer.Enrol(o.URL, o.CodeFor("990200"))
		ours.Register()
		id := ours.Plan(1)
		e := ours.Attach(id, "k1", synctest.Picture(1, 5000), synctest.Picture(2, 500))
		// Refused entries of both authorities stand in the server's one journal.
		expired(ours)
		ours.Sync()
		theirs.Register()
		expired(theirs)
		theirs.Sync()
		expired(ours)
		ours.Sync()
		theirs.Sync()
		peer.Sync()
		if _, err := theirs.Store.Inspection(ctx, id); record.CodeOf(err) != record.NotFound {
			t.Errorf("the inspection: got %v, want not found", err)
		}
		synctest.Equal(t, theirs.Store, peer.Store)
		for name, l := range map[string]*synctest.Laptop{"ours": ours, "theirs": theirs, "peer": peer} {
			want := 1
			if name == "ours" {
				want = 2
			}
			if q, err := l.Store.Quarantine(ctx); err != nil || len(q) != want {
				t.Errorf("%s: %d in quarantine, %v, want %d", name, len(q), err, want)
			}
			v, err := l.Store.Verify(ctx, nil)
			if err != nil || len(v.Problems) > 0 {
				t.Errorf("%s: %+v, %v", name, v.Problems, err)
			}
		}
		// Not even with the digest at hand.
		theirs.Keep([]record.Change{{Kind: record.Create, Record: record.NewID(record.InspectionType), Set: map[string]any{"x": 1}}}, nil)
		if err := theirs.Client.Fetch(ctx, "", e.Digest, nil); record.CodeOf(err) != record.NotFound {
			t.Errorf("the photo: got %v", err)
		}
	})
}

// expired plans an inspection by somebody whose certificate has run out.
func expired(l *synctest.Laptop, photos ...record.Evidence) record.ID {
	l.T.Helper()
	team := synctest.People()
	id, changes, err := record.NewInspection(synctest.Organization(9), record.ChecklistRef{ID: "x", Version: "1"}, "targeted", team, time.Now())
	if err != nil {
		l.T.Fatal(err)
	}
	m := changes[0].Set["team/"+string(team[1].ID)].(record.Member)
	m.Person, m.ValidTo = record.InspectorID("ZF-0009"), "2020-12-31"
	delete(changes[0].Set, "team/"+string(team[1].ID))
	changes[0].Set["team/"+string(m.Person)] = m
	for _, e := range photos {
		attached, err := record.InspectionOf(id, record.State{}).Attach(e, false)
		if err != nil {
			l.T.Fatal(err)
		}
		maps.Copy(changes[0].Set, attached[0].Set)
	}
	l.Keep(changes, nil)
	return id
}

func TestARefusedEntryIsInQuarantineOnBothSides(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := o.Laptop(), o.Laptop()
		a.Register()
		id := expired(a)
		good := a.Plan(1)
		r := a.Sync()
		if r.Refused != 1 {
			t.Errorf("got %+v, want 1 refused", r)
		}
		b.Sync()
		for name, l := range map[string]interface {
			Quarantine() (int, string)
		}{"server": quarantine{t, o.Store}, "A": quarantine{t, a.Store}, "B": quarantine{t, b.Store}} {
			if n, message := l.Quarantine(); n != 1 || message != "refuse.certificate_expired" {
				t.Errorf("%s: %d in quarantine, %s", name, n, message)
			}
		}
		if _, err := o.Store.Inspection(ctx, good); err != nil {
			t.Errorf("what came after the refused entry: %v", err)
		}
		if rows, err := o.Store.Inspections(ctx, inspectionsOf()); err != nil || len(rows) != 1 {
			t.Errorf("%d inspections, %v, want the good one; refused is %s", len(rows), err, id)
		}
		synctest.Equal(t, a.Store, b.Store, o.Store)
	})
}

func TestWhatTheServerRefuses(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	a := o.Laptop()
	a.Register()
	raw := func(v any) json.RawMessage { b, _ := json.Marshal(v); return b }
	fictional := synctest.Organization(3)
	visit := a.Plan(1)
	a.Sync()
	for _, c := range []struct {
		want   string
		change record.Change
	}{
		{"refuse.organization_id", record.Change{Kind: record.Create, Record: "org_0123", Set: map[string]any{"scheme": "uscc", "code": "5199", "name": "x"}}},
		{"refuse.organization_id", record.Change{Kind: record.Create, Record: fictional.ID, Set: map[string]any{"name": "no code"}}},
		{"refuse.inspector_id", record.Change{Kind: record.Create, Record: "person_0123", Set: map[string]any{"certificate": "ZF-7"}}},
		{"refuse.finding_id", record.Change{Kind: record.Create, Record: "find_0123", Set: map[string]any{"finding": record.Finding{Inspection: "insp_1", Item: "k1"}}}},
		{"refuse.checklist", record.Change{Kind: record.Create, Record: "list_0123", Set: map[string]any{"digest": record.HashOf([]byte("a")), "content": "b"}}},
		{"refuse.two_inspectors", record.Change{Kind: record.Create, Record: record.NewID(record.InspectionType), Set: map[string]any{"state": "planned"}}},
		{"refuse.sample", record.Change{Kind: record.Create, Record: fictional.ID, Set: map[string]any{"scheme": "uscc", "code": fictional.Code, "name": "x", "fictional": true}}},
		// Whoever drafted a plan does not approve it; who is refused once does not stand in another's way.
		{"", record.Change{Kind: record.Create, Record: "plan_0123", Set: map[string]any{"terms": record.PlanTerms{Title: "x"}, "steps/draft": record.PlanStep{By: "a", Name: "甲"}}}},
		{"refuse.duties", record.Change{Kind: record.Transition, Record: "plan_0123", Set: map[string]any{"state": "approved", "steps/approved": record.PlanStep{By: "a", Name: "甲"}}}},
		{"", record.Change{Kind: record.Transition, Record: "plan_0123", Set: map[string]any{"state": "approved", "steps/approved": record.PlanStep{By: "b", Name: "乙"}}}},
		{"refuse.step_of_another", record.Change{Kind: record.Transition, Record: "plan_0123", Set: map[string]any{"state": "frozen", "steps/frozen": record.PlanStep{By: "head", Name: "处长"}}}},
		{"refuse.step_of_another", record.Change{Kind: record.Assign, Record: "plan_0123", Set: map[string]any{"replaced/0001": record.Replacement{Reason: "x", Step: record.PlanStep{By: "head", Name: "处长"}}}}},
		{"refuse.duties", record.Change{Kind: record.Transition, Record: "plan_0123", Set: map[string]any{"state": "drawn", "steps/drawn": record.PlanStep{By: "b", Name: "乙"}}}},
		// Nobody grants what they asked for, judges a visit of theirs, or writes in the head's name.
		{"refuse.procedure_id", record.Change{Kind: record.Create, Record: "proc_0123", Set: map[string]any{"inspection": visit, "steps/1": record.ProcedureStep{ID: "1", Act: record.AskApproval, By: "a", Name: "甲"}}}},
		{"", record.Change{Kind: record.Create, Record: record.ProcedureID(visit), Set: map[string]any{"inspection": visit, "state": "asked", "steps/1": record.ProcedureStep{ID: "1", Act: record.AskApproval, By: "a", Name: "甲"}}}},
		{"refuse.duties", record.Change{Kind: record.Transition, Record: record.ProcedureID(visit), Set: map[string]any{"state": "approved", "steps/2": record.ProcedureStep{ID: "2", Act: record.ApproveVisit, By: "a", Name: "甲", Of: "1"}}}},
		{"refuse.duties", record.Change{Kind: record.Transition, Record: record.ProcedureID(visit), Set: map[string]any{"state": "approved", "steps/3": record.ProcedureStep{ID: "3", Act: record.ApproveVisit, By: synctest.People()[0].ID, Name: "组长", Of: "1"}}}},
		{"refuse.step_of_another", record.Change{Kind: record.Transition, Record: record.ProcedureID(visit), Set: map[string]any{"state": "approved", "steps/4": record.ProcedureStep{ID: "4", Act: record.ApproveVisit, By: "head", Name: "处长", Of: "1"}}}},
		{"", record.Change{Kind: record.Transition, Record: record.ProcedureID(visit), Set: map[string]any{"state": "approved", "steps/5": record.ProcedureStep{ID: "5", Act: record.ApproveVisit, By: "b", Name: "乙", Of: "1"}}}},
		{"refuse.step_of_another", record.Change{Kind: record.Create, Record: "compl_0122", Set: map[string]any{"terms": record.ComplaintTerms{Content: "x"}, "by": "head", "by_name": "处长"}}},
		{"", record.Change{Kind: record.Create, Record: "compl_0123", Set: map[string]any{"terms": record.ComplaintTerms{Content: "x"}, "by": synctest.People()[0].ID}}},
		{"refuse.duties", record.Change{Kind: record.Transition, Record: "compl_0123", Set: map[string]any{"state": "declined", "steps/1": record.ComplaintStep{ID: "1", Act: record.DeclineComplaint, By: synctest.People()[0].ID, Note: "x"}}}},
		// Nor does anybody settle a conflict with what they could not have done, or with what nobody did.
		{"refuse.duties", record.Change{Kind: record.Resolve, Record: record.ProcedureID(visit), Set: map[string]any{"state": "published"}}},
		{"refuse.duties", record.Change{Kind: record.Resolve, Record: "compl_0123", Set: map[string]any{"state": "declined"}}},
		{"", record.Change{Kind: record.Amend, Record: visit, Set: map[string]any{"amendments/amend_1": record.Amendment{ID: "amend_1", Part: "place", Amended: "x", By: synctest.People()[0].ID}}}},
		{"refuse.duties", record.Change{Kind: record.Amend, Record: visit, Set: map[string]any{"amendments/amend_1/approved": record.AmendmentStep{By: synctest.People()[0].ID}}}},
		{"refuse.step_of_another", record.Change{Kind: record.Amend, Record: visit, Set: map[string]any{"amendments/amend_1/approved": record.AmendmentStep{By: "head", Name: "处长"}}}},
		{"", record.Change{Kind: "dance", Record: "org_0123", Set: map[string]any{"steps": 3}}},
		{"", record.Change{Kind: record.Create, Record: "novel_0123", Set: map[string]any{"x": raw(1)}}},
	} {
		by := synctest.People()[0].ID
		for _, v := range c.change.Set { // a step is taken by whoever writes it
			if step, ok := v.(record.PlanStep); ok && step.By != "head" {
				by = step.By
			}
			if step, ok := v.(record.ProcedureStep); ok && step.By != "head" {
				by = step.By
			}
		}
		if _, err := a.Store.Append(ctx, by, c.change); err != nil {
			t.Fatal(err)
		}
		r := a.Sync()
		q, err := o.Store.Quarantine(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if r.Refused > 0 {
			got = q[len(q)-1].Message
			for _, x := range q {
				if x.Seq == synctest.Entries(t, a.Store)-int64(len(q)) {
					got = x.Message
				}
			}
		}
		if got != c.want {
			t.Errorf("%s of %s: got %q, want %q", c.change.Kind, c.change.Record, got, c.want)
		}
	}
	synctest.Equal(t, a.Store, o.Store)
}

func TestASampleServerTakesSamplesAndNothingElse(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{Sample: true})
	a := o.Laptop()
	a.Register()
	s := synctest.Organization(3)
	a.Keep([]record.Change{{Kind: record.Create, Record: s.ID, Set: map[string]any{"scheme": "uscc", "code": s.Code, "name": s.Name, "fictional": true}}}, nil)
	if r := a.Sync(); r.Refused != 0 {
		t.Errorf("got %+v, want nothing refused", r)
	}
	if _, err := o.Accounts.NewCode(ctx, "440103", "", "", nil); message(err) != "enrol.sample_authority" {
		t.Errorf("a real authority on a sample server: got %v", err)
	}
	real := synctest.Start(t, &synctest.Office{})
	_, err := server.New(ctx, server.Options{Store: real.Store, Files: real.Files, Accounts: real.Accounts, Folder: real.Folder, Sample: true})
	if message(err) != "server.not_sample" {
		t.Errorf("a real server started for samples: got %v", err)
	}
}

func TestAFolderWithSampleDataEnrolsOnlyUnderAFictionalAuthority(t *testing.T) {
	o := synctest.Start(t, &synctest.Office{})
	l := synctest.OpenLaptop(t, t.TempDir())
	if err := l.Store.MarkSample(ctx); err != nil {
		t.Fatal(err)
	}
	_, err := l.Client.Enrol(ctx, o.URL, o.CodeFor("440103"))
	if e, ok := err.(*record.Error); !ok || e.Message != "enrol.sample_folder" {
		t.Errorf("under a real authority: got %v, want enrol.sample_folder", err)
	}
	l.Enrol(o.URL, o.CodeFor("990100"))
}

// Whoever settles a refusal has to see the photo: it travels to the server like
// any other, in whatever order entry and refusal arrive at a replica.
func TestThePhotoOfARefusedEntryLeavesAllTablesEqual(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := o.Laptop(), o.Laptop()
		a.Register()
		first := a.Photo("k1", synctest.Picture(1, 3000), synctest.Picture(2, 300))
		refused, good := expired(a, first), a.Plan(1)
		second := a.Attach(refused, "k1", synctest.Picture(3, 3000), synctest.Picture(4, 300))
		third := a.Attach(good, "k1", synctest.Picture(5, 3000), synctest.Picture(6, 300))
		for range 2 {
			a.Sync()
			b.Sync()
		}
		synctest.Equal(t, a.Store, b.Store, o.Store)
		for _, d := range []record.Hash{first.Digest, second.Digest, third.Digest} {
			if got, err := o.Files.Digest(d); err != nil || got != d {
				t.Errorf("at the server photo %s is %s, %v", d.Short(), got.Short(), err)
			}
		}
		st, err := a.Store.Status(ctx)
		if err != nil || st.FilesLeft != 0 {
			t.Errorf("%d files wait to be sent for ever, %v", st.FilesLeft, err)
		}
		for _, s := range []*store.Store{a.Store, b.Store, o.Store} {
			if err := s.Rebuild(ctx); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Equal(t, a.Store, b.Store, o.Store)
	})
}

// Somebody who has a colleague's headers and signed head brings them to the
// server without the bodies. The server says it has them, and what the laptop
// then sends must not be dropped as known.
func TestBodiesThatACarrierLeftOutComeFromWhoWroteThem(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b, c := o.Laptop(), o.Laptop(), o.Laptop()
		a.Register()
		id := a.Plan(1)
		a.Sync()
		c.Sync()
		a.Answer(id, "k1", record.Nonconform, "三笔付款没有凭证")
		a.Answer(id, "k2", record.Conform, "")
		entries, err := a.Store.After(ctx, a.Store.Self(), 0, 1000, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for i := range entries {
			entries[i].Salt, entries[i].BodyJSON = nil, nil
		}
		for _, s := range []*store.Store{o.Store, c.Store} {
			if _, err := s.Apply(ctx, entries, nil); err != nil {
				t.Fatal(err)
			}
		}
		if synctest.Entries(t, o.Store) != synctest.Entries(t, a.Store) {
			t.Fatal("the server has not taken the headers: the test proves nothing")
		}
		a.Sync()
		b.Sync()
		c.Sync() // it has had the headers only
		synctest.Equal(t, a.Store, o.Store, b.Store, c.Store)
		if i, err := o.Store.Inspection(ctx, id); err != nil || i.Answers["k1"].Note == "" {
			t.Errorf("the server's answer is %+v, %v", i.Answers["k1"], err)
		}

		// The same at a server that was restored: the laptop takes them for sent.
		write, _, _ := o.Store.Handle()
		if _, err := write.Exec("UPDATE entry SET body = NULL, key = NULL WHERE kind = 'set' AND record = '" + string(id) + "'"); err != nil {
			t.Fatal(err)
		}
		if err := o.Store.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if i, err := o.Store.Inspection(ctx, id); err != nil || i.Answers["k1"].Note != "" {
			t.Fatalf("the server still has its answer, %v: the test proves nothing", err)
		}
		a.Sync()
		synctest.Equal(t, a.Store, o.Store, b.Store)
		if head, err := o.Store.WholeHead(ctx, a.Store.Self()); err != nil || head.Seq != synctest.Entries(t, a.Store) {
			t.Errorf("the server has the laptop's journal whole up to %d, %v", head.Seq, err)
		}
	})
}

// A laptop that has not heard of the roles yet: what they do not let a person write
// is in quarantine, what was written before them is not, and roles bind no
// neighbour.
func TestTheServerKeepsTheRolesOfAnAuthority(t *testing.T) {
	synctest.EachServer(t, func(t *testing.T, o *synctest.Office) {
		a, b := o.Laptop(), o.Laptop()
		a.Register()
		visit := a.Plan(1)
		a.Sync()
		b.Sync()
		write := func(l *synctest.Laptop, actor record.ID, c record.Change) {
			t.Helper()
			if _, err := l.Store.Append(ctx, actor, c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Millisecond) // roles count from the millisecond they are given
		}
		approve := func(inspection record.ID) record.Change {
			return record.Change{Kind: record.Create, Record: record.ProcedureID(inspection), Set: map[string]any{"inspection": inspection, "state": "approved",
				"steps/1": record.ProcedureStep{ID: "1", Act: record.ApproveVisit, By: "person_clerk", Name: "经办"}}}
		}
		grant := func(person record.ID, role record.Role, authority string) record.Change {
			return record.Change{Kind: record.Assign, Record: person, Set: map[string]any{"roles/" + string(role): record.RoleGrant{Authority: authority, By: "person_head", At: time.Now().UnixMilli()}}}
		}
		mine := a.Store.Authority()
		write(b, "person_clerk", approve("insp_early"))
		write(a, "person_head", grant("person_admin", record.Administrator, mine))
		write(a, "person_admin", grant("person_approver", record.Approver, mine))
		a.Sync()
		write(b, "person_clerk", approve(visit))                                                                    // is no approver
		write(b, "person_clerk", grant("person_clerk", record.Planner, mine))                                       // gives themselves a role
		write(b, "person_head", grant("person_clerk", record.Publisher, "110000"))                                  // at another authority
		write(b, "person_admin", record.Change{Kind: record.Set, Record: visit, Set: map[string]any{"place": "x"}}) // an administrator in a case
		b.Sync()
		b.Sync()
		q, err := o.Store.Quarantine(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var why []string
		for _, x := range q {
			why = append(why, x.Message)
		}
		slices.Sort(why)
		if got := strings.Join(why, " "); got != "role.admin_no_case role.needed role.needed role.self" {
			t.Errorf("in quarantine: %s", got)
		}
		if p, err := o.Store.Procedure(ctx, "insp_early"); err != nil || p.Stage != record.StageApproved {
			t.Errorf("what was approved before there were roles is %s, %v", p.Stage, err)
		}
		other := o.LaptopOf("990200")
		other.Register()
		theirs := other.Plan(2)
		write(other, "person_clerk", approve(theirs))
		write(other, "person_head", grant("person_boss", record.Administrator, mine))
		other.Sync()
		if p, err := o.Store.Procedure(ctx, theirs); err != nil || p.Stage != record.StageApproved {
			t.Errorf("a neighbour's roles bound them: %s, %v", p.Stage, err)
		}
		if q, err = o.Store.Quarantine(ctx); err != nil || len(q) != 5 {
			t.Errorf("a role given at another authority was taken: %d in quarantine, %v", len(q), err)
		}
		a.Sync()
		synctest.Equal(t, a.Store, b.Store)
	})
}
