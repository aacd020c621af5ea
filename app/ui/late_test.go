package ui

import (
	"context"
	"strings"
	"testing"

	"plumbline/app/checklist"
	"plumbline/app/desk"
	"plumbline/app/record"
)

// carry takes to one folder what another has written, as a sync does.
func carry(t *testing.T, from, to *desk.Desk) {
	t.Helper()
	ctx := context.Background()
	heads, err := from.Store.Heads(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for chain := range heads {
		h, err := to.Store.Head(ctx, chain)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := from.Store.After(ctx, chain, h.Seq, 10000, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Store.Apply(ctx, entries, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// sealEmpty seals an inspection in which nothing could be checked.
func sealEmpty(t *testing.T, d *desk.Desk, id record.ID) {
	t.Helper()
	sealAnswered(t, d, id, nil)
}

// sealAnswered seals an inspection with these answers; the rest is not applicable.
func sealAnswered(t *testing.T, d *desk.Desk, id record.ID, given map[string]record.Answer) {
	t.Helper()
	ctx := context.Background()
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	actor := v.Inspection.Team[0].Person
	if _, err := d.SetFields(ctx, actor, id, map[string]any{"shown_papers": true, "told_rights": true}); err != nil {
		t.Fatal(err)
	}
	answers := map[string]record.Answer{}
	for _, n := range v.Nodes {
		a := record.Answer{Inputs: map[string]string{checklist.JudgementInput: record.NotApplicable}}
		if n.Item.Answer.Type == checklist.Conformity {
			a = record.Answer{Value: jsonText(record.NotApplicable)}
		}
		if g, ok := given[n.Key]; ok {
			a = g
		}
		answers[n.Key] = a
	}
	if _, err := d.Answer(ctx, actor, id, answers); err != nil {
		t.Fatal(err)
	}
	for _, s := range []desk.Signing{
		{Person: v.Inspection.Team[0].Person, PIN: selfTestPIN, Method: record.SignedPaper}, {Person: v.Inspection.Team[1].Person, PIN: selfTestPIN, Method: record.SignedPaper},
		{Role: record.RoleRepresentative, Name: "欧阳𬭸", Method: record.SignedPaper},
	} {
		if _, err := d.Sign(ctx, id, s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Seal(ctx, id, actor, selfTestPIN); err != nil {
		t.Fatal(err)
	}
}

func TestAnEntryThatTheSealHadNotSeenIsListedWithItsInspection(t *testing.T) {
	ctx := context.Background()
	here, there := openDesk(t, t.TempDir()), openDesk(t, t.TempDir())
	fill(t, here, 2)
	id := newInspection(t, here, "cn.spot.foundation")
	carry(t, here, there)
	sealEmpty(t, here, id)
	v, err := there.Visit(ctx, id) // a colleague who knows of no seal
	if err != nil {
		t.Fatal(err)
	}
	if _, err := there.Answer(ctx, v.Inspection.Team[1].Person, id, map[string]record.Answer{v.Nodes[0].Key: {Note: "迟到的备注"}}); err != nil {
		t.Fatal(err)
	}
	carry(t, there, here)
	w := openAt(t, here, "en", Syncing{})
	w.goTo("sync")
	said := strings.Join(textsOf(w.canvas().Content()), "\n")
	if !strings.Contains(said, "late entr") || !strings.Contains(said, v.Inspection.Number) || !strings.Contains(said, "change nothing in the sealed record") {
		t.Fatalf("the sync view says %q, want the inspection with its late entries", said)
	}
	for _, o := range visibleBelow(w.syncing.late) {
		if p, ok := o.(*press); ok {
			p.Tapped(nil)
		}
	}
	if w.view != view(w.inspection) || !strings.Contains(strings.Join(textsOf(w.canvas().Content()), "\n"), "late entr") {
		t.Errorf("a press on it shows %T, want the inspection that says so too", w.view)
	}
}
