package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// bench is one finding's record on one laptop, written the way the store does.
type bench struct {
	id    ID
	state State
	n     int
	name  string // of the laptop: its entries differ from another's
}

const (
	anna, bo, cai, dan ID = "person_a", "person_b", "person_c", "person_d"
)

var pair = []Member{{Person: anna, Name: "甲", ValidTo: "2099-12-31"}, {Person: bo, Name: "乙", ValidTo: "2099-12-31"}}

func world(today string) Setting {
	return Setting{Today: today, Calendar: calendar2026(), Team: []ID{anna, bo}, Limits: Limits{
		LimitObjection: {Name: LimitObjection, N: 5, Unit: WorkingDays}, LimitAnswer: {Name: LimitAnswer, N: 10, Unit: WorkingDays},
		LimitRounds: {Name: LimitRounds, N: 2}}}
}

// told gives a finding as a sealed inspection of 2 November 2026 told it.
func told(change ...func(*Finding)) *bench {
	f := Finding{ID: "find_x", Inspection: "insp_x", Item: "k1", Severity: Major, ObservedOn: "2026-11-02", State: Observed, DeadlineDays: 15}
	for _, c := range change {
		c(&f)
	}
	b := &bench{id: f.ID, state: State{}}
	b.keep(TellFindings([]Finding{f})[0])
	return b
}

func (b *bench) keep(c Change) Hash {
	b.n++
	entry := HashOf([]byte(fmt.Sprint(b.name, b.n)))
	for p, v := range c.Set {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		b.state.Write(p, Write{Entry: entry, Value: raw, Base: c.Base[p], Root: c.Kind == Create})
	}
	return entry
}

func (b *bench) view() Rectification {
	r, ok := RectificationOf(b.id, b.state)
	if !ok {
		panic("no finding")
	}
	return r
}

func (b *bench) do(x Step, w Setting, photos ...Evidence) error {
	if x.On == "" {
		x.On = w.Today
	}
	if x.By == "" {
		x.By = anna
	}
	changes, err := b.view().Do(x, photos, w)
	for _, c := range changes {
		b.keep(c)
	}
	return err
}

func (b *bench) must(t testing.TB, w Setting, steps ...Step) *bench {
	t.Helper()
	for _, x := range steps {
		if err := b.do(x, w); err != nil {
			t.Fatalf("%s: %v", x.Action, err)
		}
	}
	return b
}

var (
	accept  = Step{Action: Accept}
	object  = Step{Action: Object, Note: "记账有误"}
	order   = Step{Action: Order, Number: "云民改〔2026〕3号"}
	serve   = Step{Action: Serve, Service: &ServiceProof{On: "2026-11-11", Way: ServedDirect, Proof: "回证3号", To: "李明"}}
	report  = Step{Action: Report, Note: "已补齐凭证"}
	fixed   = Step{Action: Reinspect, Result: Fixed, Note: "凭证齐全", Inspectors: pair}
	partly  = Step{Action: Reinspect, Result: FixedPart, Note: "尚缺两笔", Inspectors: pair, Term: &Term{N: 10, Unit: WorkingDays}}
	failed  = Step{Action: Reinspect, Result: NotFixed, Note: "未整改", Inspectors: pair}
	propose = Step{Action: Propose, For: ForCreditList, Note: "逾期未改"}
)

// Each action done rightly, as far as the action alone can be right.
var rightly = map[Action]Step{
	Accept: accept, Object: object, Reply: {Action: Reply, By: cai, Result: Dismissed, Note: "账目无误"}, Order: order, Serve: serve,
	Recount: {Action: Recount}, Extend: {Action: Extend, Note: "春节停业", Second: cai, Term: &Term{N: 30, Unit: CalendarDays}},
	Remind: {Action: Remind, Whom: "李明", Way: "电话"}, Report: report, Reinspect: fixed, Close: {Action: Close, Note: "凭证复印件已核"},
	Carry: {Action: Carry, Inspection: "insp_y", Finding: "find_y"}, Propose: propose,
	Decide: {Action: Decide, By: cai, For: ForCreditList, Result: Approved, Number: "云民异〔2026〕1号"},
	Refer:  {Action: Refer, Whom: "市消防救援支队", Number: "云民移〔2026〕1号"}, Notify: {Action: Notify, Whom: "值班室 王主任", Way: "电话 14:05"},
	Void: {Action: Void, Note: "重复录入", Second: cai},
}

const late = "2026-12-10" // after the deadline of serve's order

// standing gives a finding in every state that makes a difference, reached the
// way it is reached in life.
func standing(t testing.TB) map[string]*bench {
	w, l := world("2026-11-11"), world(late)
	second := serve
	second.Service = &ServiceProof{On: late, Way: ServedMail, Proof: "EMS 1"}
	fire := func(f *Finding) { f.Authority = Text{Chinese: "消防救援机构"} }
	critical := func(f *Finding) { f.Severity = Critical }
	unsealed := told()
	unsealed.keep(Change{Kind: Set, Record: unsealed.id, Set: map[string]any{"state": Observed}, Base: map[string][]Hash{"state": unsealed.state.Versions("state")}})
	return map[string]*bench{
		"observed":           unsealed,
		"told":               told(),
		"told, objectable":   told(func(f *Finding) { f.ObservedOn = "2026-12-09" }),
		"told, others":       told(fire),
		"told, critical":     told(critical),
		"objected":           told().must(t, w, object),
		"confirmed":          told().must(t, w, accept),
		"confirmed, others":  told(fire).must(t, w, accept),
		"on the spot":        told(func(f *Finding) { f.State = OnTheSpot }),
		"ordered":            told().must(t, w, accept, order),
		"ordered, served":    told().must(t, w, accept, order, serve),
		"reported":           told().must(t, w, accept, order, serve, report),
		"partly":             told().must(t, w, accept, order, serve, partly),
		"partly, served":     told().must(t, w, accept, order, serve, partly).must(t, l, second),
		"failed":             told().must(t, w, accept, order, serve).must(t, l, failed),
		"failed, proposed":   told().must(t, w, accept, order, serve).must(t, l, failed, propose),
		"closed":             told().must(t, w, accept, order, serve, report, fixed),
		"closed, critical":   told(critical).must(t, w, accept, order, serve, report, fixed),
		"referred":           told(fire).must(t, w, rightly[Refer]),
		"carried":            told().must(t, w, accept, rightly[Carry]),
		"withdrawn":          told().must(t, w, rightly[Void]),
		"withdrawn, upheld":  told().must(t, w, object, Step{Action: Reply, By: cai, Result: Upheld, Note: "确有误"}),
		"conflict on states": conflicting(t),
	}
}

// conflicting is a finding that two laptops took to different states.
func conflicting(t testing.TB) *bench {
	a := told().must(t, world("2026-11-11"), accept, order, serve)
	b := &bench{id: a.id, state: clone(a.state), n: a.n, name: "other"}
	a.must(t, world(late), fixed)
	changes, err := b.view().Do(stepOn(failed, late), nil, world(late))
	if err != nil {
		t.Fatal(err)
	}
	a.name = "other"
	a.keep(changes[0])
	a.name = ""
	return a
}

func stepOn(x Step, day string) Step {
	x.On, x.By = day, anna
	return x
}

func clone(s State) State {
	out := State{}
	for p, c := range s {
		b, _ := json.Marshal(c)
		var d Cell
		json.Unmarshal(b, &d)
		out[p] = &d
	}
	return out
}

// walked says for every standing and every action what comes of it: "ok STATE",
// or the sentence (its key) that refuses it. A dash stands for: refused in one
// breath, by the sentence in the first column.
const walked = `
observed            | accept rectify.not_sealed
told                | accept ok confirmed; object ok objected; order ok ordered; refer rectify.own_matter; withdraw ok withdrawn; carry ok carried; notify rectify.not_critical; reply rectify.no_objection; close rectify.not_confirmed; propose,decide rectify.not_failed; * rectify.not_ordered
told, objectable    | accept ok confirmed; object ok objected; order rectify.objection_period; refer rectify.own_matter; withdraw ok withdrawn; carry ok carried; notify rectify.not_critical; reply rectify.no_objection; close rectify.not_confirmed; propose,decide rectify.not_failed; serve,reinspect,recount,extend,remind,report rectify.not_ordered
told, others        | accept ok confirmed; object ok objected; order rectify.others_matter; refer ok referred; withdraw ok withdrawn; carry ok carried; notify rectify.not_critical; reply rectify.no_objection; close rectify.not_confirmed; propose,decide rectify.not_failed; * rectify.not_ordered
told, critical      | accept ok confirmed; object ok objected; order ok ordered; refer rectify.own_matter; withdraw ok withdrawn; carry ok carried; notify ok told; reply rectify.no_objection; close rectify.not_confirmed; propose,decide rectify.not_failed; * rectify.not_ordered
objected            | accept ok confirmed; reply ok confirmed; withdraw ok withdrawn; carry ok carried; notify rectify.not_critical; * rectify.objection_open
confirmed           | order ok ordered; close ok closed; withdraw ok withdrawn; carry ok carried; refer rectify.own_matter; notify rectify.not_critical; accept,object rectify.stands_already; reply rectify.no_objection; propose,decide rectify.not_failed; * rectify.not_ordered
confirmed, others   | order rectify.others_matter; close ok closed; withdraw ok withdrawn; carry ok carried; refer ok referred; notify rectify.not_critical; accept,object rectify.stands_already; reply rectify.no_objection; propose,decide rectify.not_failed; * rectify.not_ordered
on the spot         | notify rectify.not_critical; * rectify.on_the_spot
ordered             | serve ok ordered; report ok reported; reinspect ok closed; close ok closed; withdraw ok withdrawn; carry ok carried; recount,extend,remind rectify.not_served; order rectify.ordered_already; refer rectify.too_late_to_refer; notify rectify.not_critical; accept,object rectify.stands_already; reply rectify.no_objection; propose,decide rectify.not_failed
ordered, served     | serve service.already; recount rectify.same_count; extend ok ordered; remind ok ordered; report ok reported; reinspect ok closed; close ok closed; withdraw ok withdrawn; carry ok carried; order rectify.ordered_already; refer rectify.too_late_to_refer; notify rectify.not_critical; accept,object rectify.stands_already; reply rectify.no_objection; propose,decide rectify.not_failed
reported            | reinspect ok closed; close ok closed; withdraw ok withdrawn; carry ok carried; order rectify.ordered_already; refer rectify.too_late_to_refer; notify rectify.not_critical; accept,object rectify.stands_already; reply rectify.no_objection; propose,decide rectify.not_failed; * rectify.reported_already
partly              | serve ok partly; recount,extend,remind rectify.not_served; report ok reported; reinspect ok closed; close ok closed; withdraw ok withdrawn; carry ok carried; order rectify.ordered_already; refer rectify.too_late_to_refer; notify rectify.not_critical; accept,object rectify.stands_already; reply rectify.no_objection; propose,decide rectify.not_failed
partly, served      | serve service.already; recount rectify.same_count; extend ok partly; remind ok partly; report ok reported; reinspect ok closed; close ok closed; withdraw ok withdrawn; carry ok carried; order rectify.ordered_already; refer rectify.too_late_to_refer; notify rectify.not_critical; accept,object rectify.stands_already; reply rectify.no_objection; propose,decide rectify.not_failed
failed              | reinspect ok closed; propose ok failed; decide rectify.nothing_proposed; close rectify.reinspect_first; withdraw ok withdrawn; carry ok carried; order rectify.ordered_already; refer rectify.too_late_to_refer; notify rectify.not_critical; accept,object rectify.stands_already; reply rectify.no_objection; * rectify.failed_already
failed, proposed    | reinspect ok closed; propose rectify.proposed_already; decide ok failed; close rectify.reinspect_first; withdraw ok withdrawn; carry ok carried; order rectify.ordered_already; refer rectify.too_late_to_refer; notify rectify.not_critical; accept,object rectify.stands_already; reply rectify.no_objection; * rectify.failed_already
closed              | notify rectify.not_critical; * rectify.closed
closed, critical    | notify ok closed; * rectify.closed
referred            | notify rectify.not_critical; * rectify.referred
carried             | notify rectify.not_critical; * rectify.carried
withdrawn           | * rectify.withdrawn
withdrawn, upheld   | * rectify.withdrawn
conflict on states  | * rectify.conflict
`

// wanted reads walked.
func wanted(t *testing.T) map[string]map[Action]string {
	out := map[string]map[Action]string{}
	for line := range strings.Lines(strings.TrimSpace(walked)) {
		name, rest, _ := strings.Cut(line, "|")
		row := map[Action]string{}
		var others string
		for part := range strings.SplitSeq(rest, ";") {
			actions, what, _ := strings.Cut(strings.TrimSpace(part), " ")
			for a := range strings.SplitSeq(actions, ",") {
				if a == "*" {
					others = what
				} else {
					row[Action(a)] = what
				}
			}
		}
		name = strings.TrimSpace(name)
		if name == "observed" {
			others = row[Accept]
		}
		for _, a := range Actions {
			if row[a] == "" {
				row[a] = others
			}
			if row[a] == "" {
				t.Fatalf("%s × %s is not in the table", name, a)
			}
		}
		out[name] = row
	}
	return out
}

func TestEveryActionInEveryStateIsAllowedOrRefusedWithTheRightSentence(t *testing.T) {
	want := wanted(t)
	seen := map[FindingState]bool{}
	for name, b := range standing(t) {
		row, ok := want[name]
		if !ok {
			t.Errorf("%s is not in the table", name)
			continue
		}
		seen[b.view().State] = true
		for _, a := range Actions {
			x, ok := rightly[a]
			if !ok {
				t.Fatalf("nobody says how %s is done rightly", a)
			}
			one := &bench{id: b.id, state: clone(b.state), n: b.n}
			got := ""
			if err := one.do(x, world(late)); err != nil {
				got = messageOf(err)
				if len(one.view().Steps) != len(b.view().Steps) {
					t.Errorf("%s × %s: refused, and recorded all the same", name, a)
				}
			} else {
				got = "ok " + string(one.view().State)
				if n := len(one.view().Steps); n != len(b.view().Steps)+1 {
					t.Errorf("%s × %s: %d steps, want one more than %d", name, a, n, len(b.view().Steps))
				}
			}
			if got != row[a] {
				t.Errorf("%s × %s: got %q, want %q", name, a, got, row[a])
			}
			if a != Carry && !strings.HasPrefix(row[a], "ok") && slices.Contains(b.view().Allowed(), a) &&
				!slices.Contains([]string{"rectify.objection_period", "service.already", "service.before_order", "rectify.same_count", "rectify.proposed_already"}, row[a]) {
				t.Errorf("%s × %s: offered, and refused by %s", name, a, row[a])
			}
		}
	}
	for _, s := range FindingStates {
		if !seen[s] {
			t.Errorf("no finding stands in %s: the walk is not whole", s)
		}
	}
}

func TestWithoutProofOfServiceNothingIsDue(t *testing.T) {
	b := told().must(t, world("2026-11-11"), accept, order)
	if r := b.view(); r.Due != "" || r.Overdue("2030-01-01") {
		t.Errorf("ordered, not served: due %q, overdue %v", r.Due, r.Overdue("2030-01-01"))
	}
	if err := b.do(failed, world("2030-01-01")); messageOf(err) != "rectify.not_served" {
		t.Errorf("failed without service: got %v", err)
	}
	b.must(t, world("2026-11-11"), serve)
	r := b.view()
	if r.Due != "2026-11-26" || r.Overdue("2026-11-26") || !r.Overdue("2026-11-27") {
		t.Errorf("15 days from 11 November: due %s, overdue on the 26th %v, on the 27th %v", r.Due, r.Overdue("2026-11-26"), r.Overdue("2026-11-27"))
	}
	if err := b.do(failed, world("2026-11-26")); messageOf(err) != "rectify.not_due_yet" {
		t.Errorf("failed on the last day: got %v, want not due yet", err)
	}
	if n, ok := r.DaysLeft("2026-11-20"); !ok || n != 6 {
		t.Errorf("days left: got %d %v, want 6", n, ok)
	}
}

func TestWhatAStepLacksIsSaid(t *testing.T) {
	proof := func(change func(*ServiceProof)) Step {
		p := *serve.Service
		change(&p)
		return Step{Action: Serve, Service: &p}
	}
	with := func(a Action, change func(*Step)) Step {
		x := rightly[a]
		change(&x)
		return x
	}
	stand := standing(t)
	for _, c := range []struct {
		at, want string
		step     Step
	}{
		{"told", "rectify.bad_day", with(Accept, func(x *Step) { x.On = "11/12" })},
		{"told", "rectify.future", with(Accept, func(x *Step) { x.On = "2026-12-11" })},
		{"told", "rectify.before_visit", with(Accept, func(x *Step) { x.On = "2026-11-01" })},
		{"told", "rectify.say_objection", Step{Action: Object, Note: "  "}},
		{"told", "rectify.unknown_action", Step{Action: "praise"}},
		{"told", "rectify.second_needed", with(Void, func(x *Step) { x.Second = "" })},
		{"told", "rectify.second_same", with(Void, func(x *Step) { x.Second = anna })},
		{"told", "rectify.say_why", with(Void, func(x *Step) { x.Note = "" })},
		{"told, others", "rectify.say_whom", with(Refer, func(x *Step) { x.Whom = "" })},
		{"told, others", "rectify.say_number", with(Refer, func(x *Step) { x.Number = "" })},
		{"told, critical", "rectify.say_way", with(Notify, func(x *Step) { x.Way = "" })},
		{"objected", "rectify.reply_not_by_team", with(Reply, func(x *Step) { x.By = bo })},
		{"objected", "rectify.reply_result", with(Reply, func(x *Step) { x.Result = "maybe" })},
		{"objected", "rectify.say_why", with(Reply, func(x *Step) { x.Note = "" })},
		{"objected", "rectify.say_amended", with(Reply, func(x *Step) { x.Result = Amended })},
		{"objected", "rectify.severity", with(Reply, func(x *Step) { x.Result, x.Severity = Amended, "huge" })},
		{"confirmed", "term.days", with(Order, func(x *Step) { x.Term = &Term{N: 0, Unit: CalendarDays} })},
		{"confirmed", "rectify.term_past", with(Order, func(x *Step) { x.Term = &Term{Date: "2026-12-01"} })},
		{"ordered", "service.no_proof", Step{Action: Serve}},
		{"ordered", "service.no_proof", proof(func(p *ServiceProof) { p.Proof = "" })},
		{"ordered", "service.bad_day", proof(func(p *ServiceProof) { p.On = "" })},
		{"ordered", "service.no_recipient", proof(func(p *ServiceProof) { p.To = "" })},
		{"ordered", "service.no_witness", proof(func(p *ServiceProof) { p.Way = ServedLeft })},
		{"ordered", "service.no_consent", proof(func(p *ServiceProof) { p.Way = ServedElectronic })},
		{"ordered", "service.no_way", proof(func(p *ServiceProof) { p.Way = "pigeon" })},
		{"ordered", "rectify.future", proof(func(p *ServiceProof) { p.On = "2027-01-01" })},
		{"ordered, served", "rectify.no_extension", with(Extend, func(x *Step) { x.Term = &Term{N: 10, Unit: CalendarDays} })},
		{"ordered, served", "rectify.term_needed", with(Extend, func(x *Step) { x.Term = nil })},
		{"ordered, served", "rectify.second_same", with(Extend, func(x *Step) { x.Second = anna })},
		{"ordered, served", "rectify.say_whom", Step{Action: Remind, Way: "电话"}},
		{"ordered, served", "inspection.two_inspectors", with(Reinspect, func(x *Step) { x.Inspectors = pair[:1] })},
		{"ordered, served", "inspection.two_inspectors", with(Reinspect, func(x *Step) { x.Inspectors = []Member{pair[0], pair[0]} })},
		{"ordered, served", "inspection.certificate_expired", with(Reinspect, func(x *Step) { x.Inspectors = []Member{pair[0], {Person: cai, ValidTo: "2026-12-09"}} })},
		{"ordered, served", "rectify.say_found", with(Reinspect, func(x *Step) { x.Note = "" })},
		{"ordered, served", "rectify.reinspect_result", with(Reinspect, func(x *Step) { x.Result = "good" })},
		{"ordered, served", "rectify.term_needed", with(Reinspect, func(x *Step) { x.Result = FixedPart })},
		{"ordered, served", "rectify.carry_where", Step{Action: Carry}},
		{"failed", "rectify.propose_what", Step{Action: Propose, For: "praise", Note: "x"}},
		{"failed, proposed", "rectify.decide_same", with(Decide, func(x *Step) { x.By = anna })},
		{"failed, proposed", "rectify.decide_result", with(Decide, func(x *Step) { x.Result = "" })},
		{"failed, proposed", "rectify.say_number", with(Decide, func(x *Step) { x.Number = "" })},
		{"failed, proposed", "rectify.say_why", with(Decide, func(x *Step) { x.Result, x.Number = Declined, "" })},
		{"failed, proposed", "rectify.nothing_proposed", with(Decide, func(x *Step) { x.For = ForCase })},
	} {
		b := stand[c.at]
		one := &bench{id: b.id, state: clone(b.state), n: b.n}
		if got := messageOf(one.do(c.step, world(late))); got != c.want {
			t.Errorf("%s × %s: got %q, want %q", c.at, c.step.Action, got, c.want)
		}
	}
}

func TestPhotosOfAfterHangOnTheFindingAndNoneOfASensitiveOne(t *testing.T) {
	b := told().must(t, world("2026-11-11"), accept, order, serve)
	if err := b.do(fixed, world(late), Evidence{ID: "ev_1", Digest: "sha256:1"}); err != nil {
		t.Fatal(err)
	}
	r := b.view()
	if len(r.Evidence) != 1 || r.Evidence[0].Item != "k1" || !slices.Equal(r.Steps[len(r.Steps)-1].Evidence, []ID{"ev_1"}) {
		t.Errorf("got %+v, steps %+v", r.Evidence, r.Steps)
	}
	b = told(func(f *Finding) { f.Sensitive = true }).must(t, world("2026-11-11"), accept, order, serve)
	if err := b.do(fixed, world(late), Evidence{ID: "ev_1"}); messageOf(err) != "rectify.no_photo_sensitive" {
		t.Errorf("sensitive: got %v", err)
	}
	if err := b.do(rightly[Remind], world(late), Evidence{ID: "ev_1"}); messageOf(err) != "rectify.photos_at_reinspection" {
		t.Errorf("with a reminder: got %v", err)
	}
}

func TestPartlyPutRightGetsANewDeadlineOnceServedAndNotForEver(t *testing.T) {
	b := told().must(t, world("2026-11-11"), accept, order, serve)
	day := "2026-11-20"
	for range 2 {
		b.must(t, world(day), partly)
		if r := b.view(); r.Due != "" || r.State != PartlyPut {
			t.Fatalf("after partly: %s, due %q; the new deadline was not served", r.State, r.Due)
		}
		next := serve
		next.Service = &ServiceProof{On: day, Way: ServedMail, Proof: "EMS"}
		b.must(t, world(day), next)
		if r := b.view(); r.Due == "" {
			t.Fatal("served, and nothing due")
		}
		day = b.view().Due
	}
	if err := b.do(partly, world("2027-03-01")); messageOf(err) != "rectify.rounds" {
		t.Errorf("third time partly: got %v, want it refused", err)
	}
	b.must(t, world("2027-03-01"), failed)
}

func TestAnAmendedFindingSaysWhatItNowSays(t *testing.T) {
	b := told().must(t, world("2026-11-11"), object,
		Step{Action: Reply, By: cai, Result: Amended, Fact: "一笔付款无凭证", Severity: Minor, Note: "其余两笔已补"})
	if r := b.view(); r.Fact != "一笔付款无凭证" || r.Severity != Minor || r.State != Confirmed {
		t.Errorf("got %s %q %s", r.Severity, r.Fact, r.State)
	}
}

func TestAnApprovedCaseEndsTheFindingHereAndADeclinedProposalMayBeMadeAgain(t *testing.T) {
	b := standing(t)["failed"]
	w := world(late)
	b.must(t, w, propose, Step{Action: Decide, By: cai, For: ForCreditList, Result: Declined, Note: "先约谈"}, propose,
		Step{Action: Propose, For: ForCase, Note: "拒不改正"}, Step{Action: Decide, By: cai, For: ForCase, Result: Approved, Number: "立案1号"})
	if r := b.view(); r.State != Referred || !slices.Equal(r.Progress.Proposed, []string{ForCreditList}) || r.Progress.ClosedOn != late {
		t.Errorf("got %s, open proposals %v, ended on %q", r.State, r.Progress.Proposed, r.Progress.ClosedOn)
	}
}

func TestAnotherCalendarIsCountedOnceAndSaysSo(t *testing.T) {
	b := told().must(t, world("2026-11-11"), accept, Step{Action: Order, Term: &Term{N: 5, Unit: WorkingDays}}, serve)
	w := world("2026-11-12")
	w.Calendar = NewCalendar(true, CalendarYear{Year: 2026, Source: Text{Chinese: "x"}, Off: off("临时放假", "2026-11-16")})
	before := b.view().Due
	b.must(t, w, Step{Action: Recount})
	if r := b.view(); before != "2026-11-18" || r.Due != "2026-11-19" || r.Served().On != "2026-11-11" {
		t.Errorf("was %s, is %s, served %s", before, r.Due, r.Served().On)
	}
	if err := b.do(Step{Action: Recount}, w); messageOf(err) != "rectify.same_count" {
		t.Errorf("again: got %v", err)
	}
}

// Whatever is done in whatever order: what is over stays over, nothing is due
// without service, nothing is ordered over an open objection or about another
// authority's matter, and only what failed is proposed for anything.
func TestNoSequenceOfStepsBreaksTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fire := rapid.Bool().Draw(t, "another authority's")
		b := told(func(f *Finding) {
			if fire {
				f.Authority = Text{Chinese: "消防"}
			}
			if rapid.Bool().Draw(t, "critical") {
				f.Severity = Critical
			}
		})
		day := 0
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			day += rapid.IntRange(0, 12).Draw(t, "days")
			today := addDays("2026-11-02", day)
			x := rightly[rapid.SampledFrom(Actions).Draw(t, "action")]
			switch x.Action {
			case Reinspect:
				x = rapid.SampledFrom([]Step{fixed, partly, failed}).Draw(t, "result")
			case Serve:
				x.Service = &ServiceProof{On: today, Way: ServedMail, Proof: "EMS"}
			case Decide:
				x.For = rapid.SampledFrom([]string{ForCase, ForCreditList}).Draw(t, "for")
			case Propose:
				x.For = rapid.SampledFrom([]string{ForCase, ForCreditList}).Draw(t, "for")
			}
			before := b.view()
			err := b.do(x, world(today))
			after := b.view()
			if err != nil {
				if CodeOf(err) == "" {
					t.Fatalf("%s in %s: %v is no sentence for people", x.Action, before.State, err)
				}
				if len(after.Steps) != len(before.Steps) || after.State != before.State {
					t.Fatalf("%s was refused and did something", x.Action)
				}
				continue
			}
			if !before.State.Open() && after.State != before.State {
				t.Fatalf("%s brought a finding back from %s to %s", x.Action, before.State, after.State)
			}
			if after.Due != "" && after.Served() == nil {
				t.Fatalf("%s: due %s without service", x.Action, after.Due)
			}
			if before.State == Objected && after.State == Ordered || fire && x.Action == Order {
				t.Fatalf("ordered in %s, another authority's matter: %v", before.State, fire)
			}
			if x.Action == Propose && before.State != Failed {
				t.Fatalf("proposed in %s", before.State)
			}
			if after.State == Failed && before.State != Failed && before.State != Reported && (before.Due == "" || before.Due >= today) {
				t.Fatalf("failed on %s, due %q", today, before.Due)
			}
			if len(after.Conflicts) > 0 {
				t.Fatalf("one laptop alone is in conflict at %v", after.Conflicts)
			}
		}
	})
}

func addDays(day string, n int) string {
	c, err := Calendar{}.Count(day, Term{N: max(n, 1), Unit: CalendarDays})
	if err != nil {
		panic(err)
	}
	if n == 0 {
		return day
	}
	return c.Due
}
